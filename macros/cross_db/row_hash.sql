{#- A hash of columns of text, the same on every engine: equal rows have equal ones. A value ends, and
    a null is, a character that texts do not have. Engines' concat differs with nulls, of which there
    are none here; || would make a text of every part, each longer than the one before. -#}
{% macro row_hash(columns) -%}
    md5(concat(
        {%- for column in columns %}
        coalesce({{ column }} || chr(31), chr(30)){{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
