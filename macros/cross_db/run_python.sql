{#-
    Calls a function that the profile's plugin offers (src/customer_value/plugin.py): what a run does
    before its models and SQL cannot say. On DuckDB the answer is in the database `registration`; on Spark
    (src/customer_value/spark_session.py) it is what the macro returns.
-#}
{% macro run_python(function, arguments) %}
    {{ return(adapter.dispatch('run_python', 'customer_value')(function, arguments)) }}
{% endmacro %}

{% macro default__run_python(function, arguments) %}
    {%- set plugin = run_query("select getvariable('customer_value_plugin')").columns[0].values()[0] -%}
    {%- if not plugin -%}
        {%- do refuse(
            "The profile '" ~ target.profile_name ~ "' does not name the project's plugin: write "
            ~ "plugins: [{module: customer_value.plugin}] in its output '" ~ target.name ~ "'"
        ) -%}
    {%- endif -%}
    {%- do adapter.store_relation(plugin, none, [], '', '', {'function': function, 'arguments': arguments}) -%}
{% endmacro %}

{% macro spark__run_python(function, arguments) %}
    {%- if adapter.run_python is not defined -%}
        {%- do refuse(
            "The folder src of the project is not among Python's, so dbt-spark cannot run Python models: "
            ~ "set the environment variable PYTHONPATH to it, or use make"
        ) -%}
    {%- endif -%}
    {{ return(adapter.run_python(function, arguments)) }}
{% endmacro %}
