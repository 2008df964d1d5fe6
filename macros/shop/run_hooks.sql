{#- What happens before the first and after the last model of every run. -#}

{% macro start_run() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'show', 'generate', 'freshness', 'retry'] -%}
        {%- do check_vars() -%}
        {%- do register_shop() -%}
        {%- if flags.WHICH in ['build', 'run', 'seed', 'retry'] -%}
            {%- do record_build(false) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro finish_run(results) %}
    {#- A build counts as complete when every model and seed of the project was made in it and
        nothing failed. Only then may it be published. -#}
    {%- if execute and flags.WHICH == 'build' and not flags.EMPTY -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error']) | list -%}
        {%- set made = results | map(attribute='node.unique_id') | list -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values()
            if node.package_name == 'customer_value' and node.resource_type in ['model', 'seed']
            and node.config.enabled and node.unique_id not in made -%}
            {%- do missing.append(node.unique_id) -%}
        {%- endfor -%}
        {%- if not failed and not missing -%}
            {%- do record_build(true) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- build_state.last_build, one row: whether the tables beside it come from one complete build.
    A build that is killed leaves false. -#}
{% macro record_build(is_complete) %}
    {%- do run_query('create schema if not exists build_state') -%}
    {%- do run_query(
        'create or replace table build_state.last_build as select ' ~ is_complete ~ ' as is_complete'
    ) -%}
{% endmacro %}
