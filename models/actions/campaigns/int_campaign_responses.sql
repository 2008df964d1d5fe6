with

contacts as (

    select * from {{ ref('int_campaign_contacts') }}
    where not is_crossed

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

    -- what the shop has measured is known at once, what is looked up when all days are over
    where
        case
            when {{ is_measured }} then is_past
            else is_over
        end

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from outcomes
where outcome is not null
