{#- dbt-spark's own, but that a Python model on a session is run as it is (spark_session.py). -#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {{ return(
        compiled_code if language == 'python'
        else dbt.spark__create_table_as(temporary, relation, compiled_code, language)
    ) }}
{%- endmacro %}


{#- In a text a backslash is itself (spark.sql.parser.escapedStringLiterals), so quotes are doubled. -#}
{% macro spark__escape_single_quotes(expression) -%}
    {{ expression | replace("'", "''") }}
{%- endmacro %}
