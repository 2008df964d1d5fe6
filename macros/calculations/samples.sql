{#-
    A sample is drawn by a hash of what customers did, so that another id draws the same sample. Of
    those who are alike, and so have one fingerprint, it does not matter which is drawn, but how
    many are: a column `alike_number` counts them, by their ids.
-#}
{% macro fingerprint(columns) -%}
    md5(
        {%- for column in columns %}
        {{ "|| ' ' || " if not loop.first }}coalesce(cast({{ column }} as string), '-')
        {%- endfor %}
    )
{%- endmacro %}


{#- The order in which rows with a fingerprint and an alike_number are drawn. -#}
{% macro draw_order() -%}
    md5(fingerprint || ' ' || cast(alike_number as string)), fingerprint, alike_number
{%- endmacro %}
