with

lifetime_values as (

    select * from {{ ref('int_lifetime_values') }}

),

outcomes as (

    select * from {{ ref('int_customer_outcomes') }}

),

happened as (

    select
        lifetime_values.*,
        outcomes.has_purchased,
        cast(outcomes.purchase_days_count as decimal(28, 6)) as actual_purchases,
        cast(outcomes.net_amount as decimal(28, 6)) as actual_value

    from lifetime_values

    inner join outcomes
        on
            lifetime_values.as_of_date = outcomes.as_of_date
            and lifetime_values.horizon_days = outcomes.horizon_days
            and lifetime_values.customer_id = outcomes.customer_id

),

foretold as (

    {% for target in value_targets() -%}
    select
        as_of_date,
        horizon_days,
        '{{ target.name }}' as target,
        {{ target.name }}_method as method,
        {{ target.name }}_low as low,
        {{ target.name }}_high as high,
        actual_{{ target.name }} as actual,
        {{ 'purchase_probability' if target.name == 'purchases' else 'cast(null as double)' }}
        as purchase_probability,
        case when has_purchased then 1 else 0 end as bought
    from happened

    where {{ target.name }}_low is not null

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        as_of_date,
        horizon_days,
        target,
        method,
        cast(count(*) as bigint) as customer_count,
        cast(count(*) filter (where actual >= low and actual <= high) as bigint) as inside_count,
        {{ ratio('count(*) filter (where actual >= low and actual <= high)', 'count(*)') }}
        as inside_share,
        cast(count(*) filter (where actual < low) as bigint) as below_count,
        cast(count(*) filter (where actual > high) as bigint) as above_count,
        {{ ratio(
            'sum(cast(purchase_probability as decimal(18, 9)))', 'count(purchase_probability)'
        ) }} as mean_purchase_probability,
        {{ ratio(
            'sum(bought) filter (where purchase_probability is not null)',
            'count(purchase_probability)'
        ) }} as bought_share,
        {{ ratio(
            'sum(cast(power(purchase_probability - bought, 2) as decimal(18, 9)))',
            'count(purchase_probability)'
        ) }} as brier
    from foretold

    group by
        as_of_date,
        horizon_days,
        target,
        method

)

select * from final
