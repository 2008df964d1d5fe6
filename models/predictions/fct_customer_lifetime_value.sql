with

histories as (

    select * from {{ ref('int_purchase_histories') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}
    where is_current or is_backtest

),

lifetime_values as (

    select * from {{ ref('int_lifetime_values') }}

),

choices as (

    select * from {{ ref('int_lifetime_value_choices') }}

),

customers as (

    select
        histories.as_of_date,
        histories.customer_id,
        histories.first_purchase_date,
        histories.last_purchase_date,
        histories.repeat_count + 1 as purchase_days_count,
        histories.net_amount

    from histories

    inner join as_of_dates
        on histories.as_of_date = as_of_dates.as_of_date

),

-- the furthest horizon of which something is said orders the customers
ranked_horizons as (

    select
        as_of_date,
        max(horizon_days) as ranked_horizon_days
    from choices

    where
        target = 'value'
        and method is not null

    group by as_of_date

),

ranked_values as (

    select
        lifetime_values.as_of_date,
        lifetime_values.customer_id,
        ranked_horizons.ranked_horizon_days,
        lifetime_values.value

    from lifetime_values

    inner join ranked_horizons
        on
            lifetime_values.as_of_date = ranked_horizons.as_of_date
            and lifetime_values.horizon_days = ranked_horizons.ranked_horizon_days

),

thresholds as (

    select
        as_of_date,
        {{ decile_thresholds('value') }}
    from ranked_values

    group by as_of_date

),

deciles as (

    select
        ranked_values.as_of_date,
        ranked_values.customer_id,
        ranked_values.ranked_horizon_days,
        {{ decile_of('ranked_values.value', 'thresholds.') }} as value_decile

    from ranked_values

    inner join thresholds
        on ranked_values.as_of_date = thresholds.as_of_date

),

{% for days in value_horizons() -%}
values_{{ days }}_days as (

    select * from lifetime_values
    where horizon_days = {{ days }}

),

{% for target in value_targets() -%}
{{ target.name }}_{{ days }}_days_choices as (

    select * from choices
    where
        horizon_days = {{ days }}
        and target = '{{ target.name }}'

),

{% endfor -%}
{% endfor -%}

final as (

    select
        customers.as_of_date,
        customers.customer_id,
        customers.first_purchase_date,
        customers.last_purchase_date,
        cast(customers.purchase_days_count as bigint) as purchase_days_count,
        {{ money('customers.net_amount') }} as net_amount,
        {%- for days in value_horizons() %}
        {%- set values = 'values_' ~ days ~ '_days' %}
        cast({{ values }}.purchases as decimal(18, 6)) as expected_purchases_{{ days }}_days,
        cast({{ values }}.purchases_low as decimal(18, 6)) as purchases_low_{{ days }}_days,
        cast({{ values }}.purchases_high as decimal(18, 6)) as purchases_high_{{ days }}_days,
        {{ values }}.purchase_probability as purchase_probability_{{ days }}_days,
        {{ money(values ~ '.value') }} as expected_value_{{ days }}_days,
        {{ money(values ~ '.value_low') }} as value_low_{{ days }}_days,
        {{ money(values ~ '.value_high') }} as value_high_{{ days }}_days,
        {%- for target in value_targets() %}
        {%- set choice = target.name ~ '_' ~ days ~ '_days_choices' %}
        {{ choice }}.method as {{ target.name }}_method_{{ days }}_days,
        {{ choice }}.beats_baseline as {{ target.name }}_beats_baseline_{{ days }}_days,
        {{ choice }}.reason as {{ target.name }}_reason_{{ days }}_days,
        {%- endfor %}
        {%- endfor %}
        {{ money('values_365_days.discounted_value') }} as discounted_value_365_days,
        deciles.ranked_horizon_days,
        deciles.value_decile,
        case
            {%- for tier, lowest in value_tiers() %}
            when deciles.value_decile >= {{ lowest }} then '{{ tier }}'
            {%- endfor %}
        end as value_tier

    from customers

    left join deciles
        on
            customers.as_of_date = deciles.as_of_date
            and customers.customer_id = deciles.customer_id
    {%- for days in value_horizons() %}

    left join values_{{ days }}_days
        on
            customers.as_of_date = values_{{ days }}_days.as_of_date
            and customers.customer_id = values_{{ days }}_days.customer_id

    {%- for target in value_targets() %}

    left join {{ target.name }}_{{ days }}_days_choices
        on customers.as_of_date = {{ target.name }}_{{ days }}_days_choices.as_of_date
    {%- endfor %}
    {%- endfor %}

)

select * from final
