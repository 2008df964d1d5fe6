with

methods as (

    select
        *,
        not is_default as is_challenger
    from {{ ref('int_demand_methods') }}

),

origins as (

    select * from {{ ref('int_demand_origins') }}
    where
        is_choosing
        and is_forecast

),

trials as (

    select * from {{ ref('ml_demand_trials') }}
    where level = 'product'

),

products as (

    select
        as_of_date,
        product_id,
        last_week
    from {{ ref('int_demand_products') }}

),

actuals as (

    select * from {{ ref('int_demand_actuals') }}
    where level = 'product'

),

weeks as (

    select
        trials.as_of_date,
        trials.method,
        trials.item,
        cast(trials.forecast_units as decimal(28, 9)) as forecast_units,
        coalesce(actuals.unit_count, 0) as unit_count

    from trials

    inner join origins
        on trials.as_of_date = origins.as_of_date

    inner join products
        on
            trials.as_of_date = products.as_of_date
            and trials.item = products.product_id

    left join actuals
        on
            trials.item = actuals.item
            and products.last_week + trials.week_ahead = actuals.week_number

),

product_sums as (

    select
        as_of_date,
        method,
        item,
        sum(forecast_units) as forecast_units,
        sum(unit_count) as unit_count,
        sum(abs(forecast_units - unit_count)) as error
    from weeks

    group by
        as_of_date,
        method,
        item

),

compared as (

    select
        product_sums.*,
        product_sums.error - defaults.error as difference

    from product_sums

    inner join methods
        on methods.is_default

    inner join product_sums as defaults
        on
            product_sums.as_of_date = defaults.as_of_date
            and product_sums.item = defaults.item
            and methods.method = defaults.method

),

origin_sums as (

    select
        as_of_date,
        method,
        sum(difference) < 0 as is_won
    from compared

    group by
        as_of_date,
        method

),

origin_counts as (

    select
        method,
        count(*) as window_count,
        count(*) filter (where is_won) as won_window_count
    from origin_sums

    group by method

),

-- a product counts once, with its sum over the origins
products_once as (

    select
        method,
        item,
        sum(forecast_units) as forecast_units,
        sum(unit_count) as unit_count,
        sum(error) as error,
        sum(difference) as difference
    from compared

    group by
        method,
        item

),

sums as (

    select
        method,
        count(*) as product_count,
        count(*) filter (where difference != 0) as differing_count,
        cast(sum(error) as double) / nullif(cast(sum(unit_count) as double), 0) as wape,
        {{ bounded_ratio('sum(forecast_units)', 'sum(unit_count)') }} - 1 as bias,
        cast(sum(difference) as double) as difference_sum,
        {{ product_sum('difference', 'difference') }} as difference_square_sum
    from products_once

    group by method

),

tried as (

    select
        methods.method,
        methods.method_number,
        methods.is_rule,
        methods.is_default,
        methods.is_challenger,
        coalesce(origin_counts.window_count, 0) as window_count,
        coalesce(origin_counts.won_window_count, 0) as won_window_count,
        sums.wape,
        sums.bias,
        coalesce(abs(sums.bias) <= {{ accepted_demand_bias() }}, false) as is_total_right,
        case
            when sums.differing_count >= {{ fewest_differing() }}
                then {{ normal_of_t(
                    '(-sums.difference_sum / sums.product_count / nullif('
                    ~ standard_error('difference_sum', 'difference_square_sum', 'product_count')
                    ~ ', 0))', '(sums.product_count - 1)'
                ) }}
        end as surprise

    from methods

    left join origin_counts
        on methods.method = origin_counts.method

    left join sums
        on methods.method = sums.method

),

{{ judged_challengers([], 'method_number') }}

-- the default stays unless another one is better beyond chance, or only the other's total is right
final as (

    select
        method,
        method_number,
        is_rule,
        is_default,
        window_count as origin_count,
        won_window_count as won_origin_count,
        cast(wape as decimal(18, 6)) as wape,
        cast(bias as decimal(18, 6)) as bias,
        is_total_right,
        is_better,
        row_number() over (
            order by
                is_total_right and (is_better or is_default) desc,
                case when is_total_right and is_better then wape end asc nulls last,
                is_default desc,
                method_number asc
        ) = 1 as is_chosen
    from judged

)

select * from final
