{#- What happens before the first and after the last model of every run; in a host, of every run that
    selects something of ours. -#}

{% macro start_run() %}
    {%- set commands = ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'generate', 'freshness', 'retry'] -%}
    {%- if execute and flags.WHICH in commands and is_our_run() -%}
        {%- do check_host() -%}
        {%- do check_vars() -%}
        {%- do register_shop() -%}
        {%- if flags.WHICH in ['build', 'run', 'seed', 'retry'] -%}
            {%- do record_build(false) -%}
            {%- do open_history() -%}
            {%- do import_libraries() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- Models run as threads of one process, and two must not be the first to import a library. -#}
{% macro import_libraries() %}
    {%- set models = [] -%}
    {%- for node in own_nodes() if node.language == 'python' and node.unique_id in selected_resources -%}
        {%- do models.append(node.raw_code) -%}
    {%- endfor -%}
    {%- if models -%}
        {%- do run_python('import_libraries', {'models': models}) -%}
    {%- endif -%}
{% endmacro %}


{% macro finish_run(results) %}
    {#- A build counts as complete when every model and seed of the project was made in it, every data
        test ran, and nothing failed. Only then may it be published. -#}
    {%- if execute and flags.WHICH == 'build' and not flags.EMPTY and is_our_run() -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error']) | list -%}
        {%- set made = results | map(attribute='node.unique_id') | list -%}
        {%- set missing = [] -%}
        {%- for node in own_nodes(['model', 'seed', 'test']) if node.unique_id not in made -%}
            {%- do missing.append(node.unique_id) -%}
        {%- endfor -%}
        {%- if not failed and not missing -%}
            {%- do record_relations() -%}
            {%- do keep_history() -%}
            {%- do record_build(true) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- The project's own nodes, those that are switched off left out. -#}
{% macro own_nodes(resource_types=['model', 'seed']) %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values()
        if node.package_name == 'customer_value' and node.resource_type in resource_types and node.config.enabled -%}
        {%- do nodes.append(node) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}


{% macro build_state() %}
    {{ return((var('schema_prefix') ~ '_' if var('schema_prefix') else '') ~ 'build_state') }}
{% endmacro %}


{#- build_state.last_build, one row: whether the tables beside it come from one complete build.
    A build that is killed leaves false. -#}
{% macro record_build(is_complete) %}
    {{ return(adapter.dispatch('record_build', 'customer_value')(is_complete)) }}
{% endmacro %}

{% macro default__record_build(is_complete) %}
    {%- do run_query('create schema if not exists ' ~ build_state()) -%}
    {%- do run_query(
        'create or replace table ' ~ build_state() ~ '.last_build as select ' ~ is_complete ~ ' as is_complete'
    ) -%}
{% endmacro %}

{% macro spark__record_build(is_complete) %}
    {%- do run_python('record_build', {'state': build_state(), 'is_complete': is_complete}) -%}
{% endmacro %}


{#-
    build_state.relations, one row per relation of this build, with whether it is published: every
    mart that is not restricted. A relation that an earlier build recorded, or that version 0.1.0
    made, and that no node or source has any longer is dropped; in a host only what is recorded.
-#}
{% macro record_relations() %}
    {{ return(adapter.dispatch('record_relations', 'customer_value')()) }}
{% endmacro %}

{% macro spark__record_relations() %}
    {%- set relations, known = [], known_relations() -%}
    {%- for node in own_nodes() -%}
        {%- set columns = {} -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.update({column.name: column.description}) -%}
        {%- endfor -%}
        {%- do relations.append({
            'schema': node.schema, 'name': node.alias, 'is_public': is_public(node),
            'description': node.description, 'columns': columns
        }) -%}
    {%- endfor -%}
    {%- for schema, name in run_python('recorded_relations', {'state': build_state()})
        if schema ~ '.' ~ name not in known -%}
        {%- do run_query('drop table if exists ' ~ schema ~ '.' ~ name) -%}
    {%- endfor -%}
    {%- do run_python('record_relations', {'state': build_state(), 'relations': relations}) -%}
{% endmacro %}

{% macro default__record_relations() %}
    {%- set rows, known = [], known_relations() -%}
    {%- for node in own_nodes() -%}
        {%- do rows.append("('" ~ node.schema ~ "', '" ~ node.alias ~ "', " ~ is_public(node) ~ ')') -%}
    {%- endfor -%}

    {#- not asked of dbt's cache: a schema that is new to it opens a transaction that nobody commits -#}
    {%- set there = {} -%}
    {%- for row in run_query(
        "select table_schema, table_name, table_type from information_schema.tables where table_catalog = '" ~ target.database ~ "'"
    ).rows -%}
        {%- do there.update({row[0] ~ '.' ~ row[1]: 'view' if row[2] == 'VIEW' else 'table'}) -%}
    {%- endfor -%}

    {%- set recorded = build_state() ~ '.relations' -%}
    {%- set earlier = [] -%}
    {%- if recorded not in there -%}
        {%- do earlier.extend(former_relations() if project_name == 'customer_value' else []) -%}
    {%- else -%}
        {%- for row in run_query('select schema_name, relation_name from ' ~ recorded ~ ' order by all').rows -%}
            {%- do earlier.append((row[0], row[1])) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for schema, name in earlier if schema ~ '.' ~ name in there and schema ~ '.' ~ name not in known -%}
        {%- do adapter.drop_relation(api.Relation.create(
            database=target.database, schema=schema, identifier=name, type=there[schema ~ '.' ~ name]
        )) -%}
    {%- endfor -%}
    {%- do run_query(
        'create or replace table ' ~ recorded ~ ' as select * from (values ' ~ rows | join(', ')
        ~ ') as relations (schema_name, relation_name, is_public)'
    ) -%}
{% endmacro %}


{#- Every relation that a node or source of the project has, as schema.name. -#}
{% macro known_relations() %}
    {%- set known = [] -%}
    {%- for node in graph.nodes.values() | list + graph.sources.values() | list -%}
        {%- do known.append(node.schema ~ '.' ~ (node.identifier or node.alias)) -%}
    {%- endfor -%}
    {{ return(known) }}
{% endmacro %}


{#- Whether a node is a mart that is published. -#}
{% macro is_public(node) %}
    {{ return(node.name.split('_')[0] in ['dim', 'fct', 'rpt'] and node.fqn[1] != 'restricted') }}
{% endmacro %}


{#- What version 0.1.0 made under names that are gone; it kept no record. -#}
{% macro former_relations() %}
    {%- set relations = [] -%}
    {%- for name in [
        'int_interactions', 'int_interests', 'int_recommendation_relevance', 'int_recommendation_scores',
        'int_recommendation_figures', 'int_segment_eta', 'int_customer_features'
    ] -%}
        {%- do relations.append(('intermediate', name)) -%}
    {%- endfor -%}
    {%- for name in [
        'ml_product_similarities', 'ml_content_similarities', 'ml_matrix_factorisation',
        'ml_segment_centers', 'ml_segment_scores'
    ] -%}
        {%- do relations.append(('ml', name)) -%}
    {%- endfor -%}
    {{ return(relations) }}
{% endmacro %}
