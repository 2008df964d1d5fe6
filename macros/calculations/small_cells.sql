{#-
    The rows of a relation, without the figures of small groups: a report must not tell what one
    person did. A row with fewer than `min_cell_size` in one of its counts keeps its keys and is
    null in all else, and `is_suppressed` says so. Where the rows of a group add up to a total that
    is known, the next smallest ones go with it until those that are gone are two, and together as
    many as is asked for: else a subtraction would tell what was left out (Hundepool et al. 2012,
    Statistical Disclosure Control, section 4.2). The total itself stays, and the suppressed rows
    are what it has more than the others.

    counts: the columns that say how many a row is made of, the first of which adds up; keys: the
    columns that stay; totals: lists of keys, whose rows with equal values add up.
-#}
{% macro without_small_cells(relation, counts, keys, totals=[]) -%}
    {%- set size = min_cell_size() -%}
    {%- if size <= 1 -%}
        select
    *,
    false as is_suppressed
from {{ relation }}
    {%- else -%}
        {%- set measures = [] -%}
        {%- for column in model.columns if column not in keys + ['is_suppressed'] -%}
            {%- do measures.append(column) -%}
        {%- endfor -%}
        select
        {%- for key in keys %}
    {{ key }},
        {%- endfor %}
        {%- for measure in measures %}
    case when not is_small then {{ measure }} end as {{ measure }},
        {%- endfor %}
    is_small as is_suppressed
from {{ with_complements(
    small_cells(relation, counts, size), counts[0], keys, totals, size, keys + measures
) }}
    {%- endif -%}
{%- endmacro %}


{#- The fewest customers of whom a report tells anything. -#}
{% macro min_cell_size() %}
    {{ return(var('min_cell_size') or (5 if var('pseudonymize_customers') else 1)) }}
{% endmacro %}


{#- The rows of a relation, with whether one of their counts is small; nobody (0) tells of nobody. -#}
{% macro small_cells(relation, counts, size) -%}
    (
    select
        *,
        {%- for count in counts %}
        {{ 'or ' if not loop.first }}coalesce({{ count }} between 1 and {{ size - 1 }}, false)
        {%- endfor %} as is_small
    from {{ relation }}
) as small_cells
{%- endmacro %}


{#- Those rows, and the next smallest that go with them, one total after the other. -#}
{% macro with_complements(cells, count, keys, totals, size, columns) -%}
    {#- what hides a row in one total may bare one in another, so several are looked at in turn -#}
    {%- set sql = namespace(text=cells) -%}
    {%- for total in totals * (1 if totals | length == 1 else 4) -%}
        {%- set known = total | join(', ') ~ (', ' if total else '') -%}
        {%- set sql.text -%}
(
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        is_small
        or coalesce(
            {{ count }} > 0
            and small_count > 0
            and (
                small_count + place - 1 < 2
                or small_customers + coalesce(customers_before, 0) < {{ size }}
            ), false
        ) as is_small
    from (
        select
            *,
            count(case when is_small then 1 end) over ({{ 'partition by ' ~ total | join(', ') if total }}) as small_count,
            sum(case when is_small then {{ count }} else 0 end) over ({{ 'partition by ' ~ total | join(', ') if total }}) as small_customers,
            sum({{ count }}) over (
                partition by {{ known }}is_small or coalesce({{ count }} = 0, true)
                order by {{ count }}, {{ keys | join(', ') }}
                rows between unbounded preceding and 1 preceding
            ) as customers_before,
            row_number() over (
                partition by {{ known }}is_small or coalesce({{ count }} = 0, true)
                order by {{ count }}, {{ keys | join(', ') }}
            ) as place
        from {{ sql.text }}
    ) as counted_cells
) as cells_of_total
        {%- endset -%}
    {%- endfor -%}
    {{ sql.text }}
{%- endmacro %}
