{#-
    This project as a package of another one, its host. By default dbt looks for what a package
    names in the host first, so a host's dim_customers or its source shop would take the place of
    ours with no more than a warning. check_host refuses that in one sentence, before anything is made.
-#}

{% macro check_host() %}
    {%- if project_name != 'customer_value' -%}
        {%- do check_names_are_ours() -%}
        {%- do check_relations_are_ours() -%}
    {%- endif -%}
{% endmacro %}


{#- No node of ours reads a node of the host, but for those that are meant. Analyses are never run. -#}
{% macro check_names_are_ours() %}
    {%- set on_purpose = foreign_models_on_purpose() -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id')
        if is_ours(node.unique_id) and node.resource_type != 'analysis' -%}
        {%- for other in node.depends_on.get('nodes', []) | sort if not is_ours(other) and other not in on_purpose -%}
            {%- set kind, package = other.split('.')[:2] -%}
            {%- set name = other.split('.')[2:] | join('.') -%}
            {%- set found = "The " ~ node.resource_type ~ " " ~ node.name ~ " of customer_value would read the "
                ~ kind ~ " " ~ name ~ " of " ~ package ~ " in place of our own: " -%}
            {%- if is_switched_on(name) -%}
                {%- do refuse(
                    found ~ "set the flag require_ref_searches_node_package_before_root to true under flags in the dbt_project.yml of "
                    ~ project_name ~ ", so that each project finds its own first"
                ) -%}
            {%- elif kind != 'seed' or name not in reference_seeds() -%}
                {%- do refuse(found ~ "switch ours on again, since only the seeds " ~ reference_seeds() | join(', ') ~ " may be replaced by a seed") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{#- No relation of ours would be made where the host has one. -#}
{% macro check_relations_are_ours() %}
    {%- set nodes = graph.nodes.values() | list + graph.sources.values() | list -%}
    {%- set ours = [] -%}
    {%- for node in nodes if node.relation_name and is_ours(node.unique_id) -%}
        {%- do ours.append(node.relation_name | lower) -%}
    {%- endfor -%}
    {%- for node in nodes if node.relation_name and not is_ours(node.unique_id) and node.relation_name | lower in ours -%}
        {%- do refuse(
            "The " ~ node.resource_type ~ " " ~ node.unique_id.split('.')[2:] | join('.') ~ " of " ~ node.package_name ~ " is " ~ node.relation_name
            ~ ", where customer_value would put its own: set the var schema_prefix of customer_value in the dbt_project.yml of "
            ~ project_name
        ) -%}
    {%- endfor -%}
{% endmacro %}


{% macro is_ours(unique_id) %}
    {{ return(unique_id.split('.')[1] == 'customer_value') }}
{% endmacro %}


{#- Whether a model, seed or source of ours has this name; one that is switched off does not count. -#}
{% macro is_switched_on(name) %}
    {{ return(
        'source.customer_value.' ~ name in graph.sources
        or 'model.customer_value.' ~ name in graph.nodes
        or 'seed.customer_value.' ~ name in graph.nodes
    ) }}
{% endmacro %}


{#- The seeds that a host may replace: it switches ours off and has one of the same name. -#}
{% macro reference_seeds() %}
    {{ return(['acquisition_costs', 'churn_signals', 'customer_tiers', 'event_types', 'lifecycle_stages', 'marketing_playbook', 'order_risk_rules', 'rfm_groups']) }}
{% endmacro %}


{#- The unique ids of the host's models that we read because the registry of methods names them. -#}
{% macro foreign_models_on_purpose() %}
    {%- set models = [] -%}
    {%- for method in recommendation_methods().values() if method.package != 'customer_value' -%}
        {%- do models.append('model.' ~ (method.package or project_name) ~ '.' ~ method.model) -%}
    {%- endfor -%}
    {{ return(models) }}
{% endmacro %}


{#- Whether a run is about this project: in a host, when something of ours is selected. -#}
{% macro is_our_run() %}
    {%- for unique_id in selected_resources if is_ours(unique_id) -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(project_name == 'customer_value') }}
{% endmacro %}
