{#- Whether a text matches a regular expression anywhere; the empty one matches nothing. -#}
{% macro matches(text, pattern) %}
    {{ return('false' if not pattern else adapter.dispatch('matches', 'customer_value')(text, pattern)) }}
{% endmacro %}

{% macro default__matches(text, pattern) -%}
    regexp_matches({{ text }}, {{ dbt.string_literal(dbt.escape_single_quotes(pattern)) }})
{%- endmacro %}

{% macro spark__matches(text, pattern) -%}
    {{ text }} rlike {{ dbt.string_literal(dbt.escape_single_quotes(pattern)) }}
{%- endmacro %}
