{#- Texts as SQL literals, with commas between; null where there are none. -#}
{% macro text_list(texts) -%}
    {%- for text in texts -%}
    {{ dbt.string_literal(dbt.escape_single_quotes(text | string)) }}{{ ', ' if not loop.last }}
    {%- else -%}
    null
    {%- endfor -%}
{%- endmacro %}
