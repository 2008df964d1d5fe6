with

thresholds as (

    select * from {{ ref('int_rfm_thresholds') }}

),

scores as (

    select * from {{ ref('int_customer_rfm_scores') }}

),

fm_thresholds as (

    select
        as_of_date
        {%- for cut in rfm_cuts() %},
        percentile_disc({{ cut }}) within group (
            order by frequency_score + monetary_score
        ) as fm_{{ loop.index }}
        {%- endfor %}

    from scores

    group by as_of_date

),

final as (

    {% for measure, column, relation in [
        ('recency', 'recency_days', 'thresholds'),
        ('frequency', 'frequency', 'thresholds'),
        ('monetary', 'monetary_amount', 'thresholds'),
        ('fm', 'fm', 'fm_thresholds')
    ] -%}
    {%- set last_measure = loop.last -%}
    {%- for cut in rfm_cuts() -%}
    select
        as_of_date,
        '{{ measure }}' as measure,
        cast({{ loop.index }} as int) as threshold_number,
        cast({{ cut }} as decimal(18, 6)) as customer_share,
        cast({{ column }}_{{ loop.index }} as decimal(18, 2)) as threshold
    from {{ relation }}

    {{ 'union all' if not (last_measure and loop.last) }}

    {% endfor -%}
    {%- endfor %}
)

select * from final
