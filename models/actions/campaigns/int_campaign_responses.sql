with

contacts as (

    select * from {{ ref('int_campaign_contacts') }}
    where
        is_over
        and not is_crossed

),

outcomes as (

    {% for metric, value, is_measured in [
        ('visit', 'cast(has_visited as int)', 'measures_visits'),
        ('conversion', 'cast(has_converted as int)', 'measures_conversions'),
        ('spend', 'spend_amount', 'measures_spend'),
    ] -%}
    select
        campaign_id,
        customer_id,
        '{{ metric }}' as metric,
        arm,
        is_control,
        {{ is_measured }} as is_measured,
        rfm_group,
        cast({{ value }} as decimal(18, 4)) as outcome,
        history_amount
    from contacts

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from outcomes
where outcome is not null
