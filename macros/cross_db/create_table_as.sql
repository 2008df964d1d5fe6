{#- dbt-spark's own, but that a Python model on a session is run as it is (spark_session.py). -#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {{ return(
        compiled_code if language == 'python'
        else dbt.spark__create_table_as(temporary, relation, compiled_code, language)
    ) }}
{%- endmacro %}


{#- Within a text of Spark's a backslash stands for itself if it is doubled, as a quote does. -#}
{% macro spark__escape_single_quotes(expression) -%}
    {{ expression | replace('\\', '\\\\') | replace("'", "''") }}
{%- endmacro %}
