with

predictions as (

    select * from {{ ref('int_lifetime_value_predictions') }}
    where is_served

),

choices as (

    select * from {{ ref('int_lifetime_value_choices') }}

),

thresholds as (

    select * from {{ ref('int_lifetime_value_thresholds') }}

),

residuals as (

    select * from {{ ref('int_lifetime_value_residuals') }}

),

{% for target in value_targets() -%}
{{ target.name }}_choices as (

    select
        choices.method as chosen_method,
        thresholds.*

    from choices

    inner join thresholds
        on
            choices.as_of_date = thresholds.as_of_date
            and choices.horizon_days = thresholds.horizon_days
            and choices.target = thresholds.target

    where choices.target = '{{ target.name }}'

),

{{ target.name }}_residuals as (

    select * from residuals
    where target = '{{ target.name }}'

),

{% endfor -%}

chosen as (

    select
        predictions.as_of_date,
        predictions.horizon_days,
        predictions.customer_id,
        predictions.purchase_probability,
        predictions.discounted_share
        {%- for target in value_targets() %},
        {{ target.name }}_choices.chosen_method as {{ target.name }}_method,
        case {{ target.name }}_choices.chosen_method
            when '{{ target.method }}' then predictions.model_{{ target.name }}
            when '{{ target.rule }}' then predictions.rule_{{ target.name }}
        end as {{ target.name }}
        {%- for place in range(1, 10) %},
        {{ target.name }}_choices.threshold_{{ place }} as {{ target.name }}_threshold_{{ place }}
        {%- endfor %},
        {{ target.name }}_choices.highest as {{ target.name }}_highest
        {%- endfor %}

    from predictions

    {% for target in value_targets() -%}
    left join {{ target.name }}_choices
        on
            predictions.as_of_date = {{ target.name }}_choices.as_of_date
            and predictions.horizon_days = {{ target.name }}_choices.horizon_days

    {% endfor %}
),

grouped as (

    select
        as_of_date,
        horizon_days,
        customer_id,
        purchase_probability,
        discounted_share
        {%- for target in value_targets() %},
        {{ target.name }}_method,
        {{ target.name }},
        {{ decile_of(target.name, target.name ~ '_') }} as {{ target.name }}_decile
        {%- endfor %}
    from chosen

),

-- what is bought by a steady rate is worth so much less when it is discounted
final as (

    select
        grouped.as_of_date,
        grouped.horizon_days,
        grouped.customer_id
        {%- for target in value_targets() %},
        grouped.{{ target.name }}_method,
        grouped.{{ target.name }},
        {%- for side in ['low', 'high'] %}
        case
            when grouped.{{ target.name }} is not null
                then greatest(
                    grouped.{{ target.name }} + {{ target.name }}_residuals.residual_{{ side }}, 0
                )
        end as {{ target.name }}_{{ side }}{{ ',' if side == 'low' }}
        {%- endfor %}
        {%- endfor %},
        case
            when grouped.purchases_method = 'bg_nbd' then grouped.purchase_probability
        end as purchase_probability,
        cast(grouped.value as double) * case
            when grouped.value_method = 'gamma_gamma' then cast(grouped.discounted_share as double)
            else {{ steady_discount('grouped.horizon_days') }}
        end as discounted_value

    from grouped

    {% for target in value_targets() -%}
    left join {{ target.name }}_residuals
        on
            grouped.as_of_date = {{ target.name }}_residuals.as_of_date
            and grouped.horizon_days = {{ target.name }}_residuals.horizon_days
            and grouped.{{ target.name }}_decile = {{ target.name }}_residuals.decile

    {% endfor %}
)

select * from final
