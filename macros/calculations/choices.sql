{#- In how many closed windows, at least, a challenger has to win. -#}
{% macro fewest_windows() -%}
    2
{%- endmacro %}


{#-
    The CTE `judged`: the rows of `tried` with is_better, for challengers that won in every window, of
    enough windows, and in all together by more than chance gives the best of so many. By Holm (1979)
    the most surprising of m challengers has to beat what one of m gives by chance, the next what one
    of m - 1 gives, until one does not; 95 % on two sides.
-#}
{% macro judged_challengers(keys, number) -%}
{%- set group = (keys + ['is_challenger']) | join(', ') -%}
ordered as (

    select
        *,
        count(*) over of_group as challenger_count,
        row_number() over (
            partition by {{ group }}
            order by surprise desc nulls last, {{ number }} asc
        ) as surprise_rank
    from tried

    window of_group as (partition by {{ group }})

),

beyond_chance as (

    select
        *,
        coalesce(
            surprise > {{ normal_quantile(
                '0.025 / cast(challenger_count - surprise_rank + 1 as double)'
            ) }}, false
        ) as is_beyond_chance
    from ordered

),

judged as (

    select
        *,
        is_challenger
        and window_count >= {{ fewest_windows() }}
        and won_window_count = window_count
        and bool_and(is_beyond_chance) over (
            partition by {{ group }}
            order by surprise_rank
            rows between unbounded preceding and current row
        ) as is_better
    from beyond_chance

),
{%- endmacro %}
