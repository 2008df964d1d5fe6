with

dates as (

    select * from {{ ref('int_recommendation_dates') }}

),

-- where nothing is learned from ratings none is foretold
outcomes as (

    select * from {{ ref('int_rating_outcomes') }}
    {%- if var('interaction_value') != 'rating' %}
    where false
    {%- endif %}

),

factors as (

    select * from {{ ref('ml_factors') }}

),

matrix as (

    select * from {{ ref('int_interaction_matrix') }}
    where value > 0

),

-- the rule: what others gave the product, and how much higher than others the customer rates
item_means as (

    select
        as_of_date,
        product_index,
        sum(cast(value as decimal(18, 6))) / cast(count(*) as double) as mean_rating

    from matrix

    group by
        as_of_date,
        product_index

),

biases as (

    select
        matrix.as_of_date,
        matrix.customer_index,
        sum(cast(matrix.value - item_means.mean_rating as decimal(18, 6)))
        / cast(count(*) as double) as bias

    from matrix

    inner join item_means
        on
            matrix.as_of_date = item_means.as_of_date
            and matrix.product_index = item_means.product_index

    group by
        matrix.as_of_date,
        matrix.customer_index

),

predictions as (

    select
        outcomes.as_of_date,
        outcomes.customer_index,
        cast(outcomes.rating as double) as rating,
        least(5, greatest(1, {{ dot_product(
            'customer_factors.factors', 'product_factors.factors'
        ) }})) as predicted_rating,
        least(5, greatest(1, item_means.mean_rating + biases.bias)) as baseline_rating

    from outcomes

    inner join item_means
        on
            outcomes.as_of_date = item_means.as_of_date
            and outcomes.product_index = item_means.product_index

    inner join biases
        on
            outcomes.as_of_date = biases.as_of_date
            and outcomes.customer_index = biases.customer_index

    inner join factors as customer_factors
        on
            outcomes.as_of_date = customer_factors.as_of_date
            and outcomes.customer_index = customer_factors.entity_index
            and customer_factors.entity = 'customer'

    inner join factors as product_factors
        on
            outcomes.as_of_date = product_factors.as_of_date
            and outcomes.product_index = product_factors.entity_index
            and product_factors.entity = 'product'

),

errors as (

    select
        as_of_date,
        customer_index,
        cast(abs(predicted_rating - rating) as decimal(18, 6)) as absolute_error,
        cast(abs(baseline_rating - rating) as decimal(18, 6)) as baseline_absolute_error,
        cast(power(predicted_rating - rating, 2) as decimal(18, 6)) as squared_error,
        cast(power(baseline_rating - rating, 2) as decimal(18, 6)) as baseline_squared_error
    from predictions

),

sums as (

    {% for metric, error in [('rmse', 'squared_error'), ('mae', 'absolute_error')] -%}
    select
        as_of_date,
        '{{ metric }}' as metric,
        count(*) as row_count,
        count(distinct customer_index) as customer_count,
        count(distinct case
            when {{ error }} != baseline_{{ error }} then customer_index
        end) as differing_count,
        cast(sum({{ error }}) as double) / count(*) as mean_error,
        cast(sum(baseline_{{ error }}) as double) / count(*) as baseline_mean_error,
        {{ margin(
            'sum(' ~ error ~ ')', 'sum(cast(power(' ~ error ~ ', 2) as decimal(18, 6)))', 'count(*)'
        ) }} as mean_margin,
        cast(sum({{ error }} - baseline_{{ error }}) as double) / count(*) as difference,
        {{ margin(
            'sum(' ~ error ~ ' - baseline_' ~ error ~ ')',
            'sum(cast(power(' ~ error ~ ' - baseline_' ~ error ~ ', 2) as decimal(18, 6)))',
            'count(*)'
        ) }} as difference_margin
    from errors

    group by as_of_date

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

-- the root of a mean of squares, and of the ends of its interval; less is better
metrics as (

    select
        as_of_date,
        metric,
        row_count,
        {%- for name, value in [
            ('value', 'mean_error'),
            ('low', 'greatest(0, mean_error - mean_margin)'),
            ('high', 'mean_error + mean_margin'),
            ('baseline_value', 'baseline_mean_error'),
        ] %}
        power({{ value }}, case when metric = 'rmse' then 0.5 else 1 end) as {{ name }},
        {%- endfor %}
        case
            when metric = 'mae' and {{ has_verdict('customer_count', 'differing_count') }}
                then difference + difference_margin < 0
        end as beats_baseline
    from sums

),

final as (

    select
        'rating' as task,
        'ratings' as list,
        'matrix_factorization' as method,
        dates.protocol,
        dates.known_as_of_date as as_of_date,
        'all customers' as slice,
        metrics.metric,
        cast(null as int) as k,
        {{ as_decimal('metrics.value', 18, 6) }} as value,
        {{ as_decimal('metrics.low', 18, 6) }} as low,
        {{ as_decimal('metrics.high', 18, 6) }} as high,
        'item_mean_and_bias' as baseline,
        {{ as_decimal('metrics.baseline_value', 18, 6) }} as baseline_value,
        metrics.beats_baseline,
        cast(metrics.row_count as bigint) as rows_scored

    from metrics

    inner join dates
        on metrics.as_of_date = dates.as_of_date

)

select * from final
