{#- What a hit at a rank is worth: 1 / log2(rank + 1) (Järvelin and Kekäläinen 2002). -#}
{% macro discount(rank) -%}
    cast(1 / (ln({{ rank }} + 1) / ln(2)) as decimal(18, 12))
{%- endmacro %}
