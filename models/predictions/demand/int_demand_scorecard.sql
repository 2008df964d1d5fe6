{#- Weighted absolute percentage error decides, where the total is right, too; a product counts
    once, with its sum over the reported origins. -#}
{%- set plain_metrics = ['bias', 'total_wape', 'mase', 'rmsse'] -%}

with

today as (

    select as_of_date from {{ ref('int_demand_origins') }}
    where is_current

),

errors as (

    select * from {{ ref('int_demand_errors') }}
    where
        is_reported
        and slice in ('compared products', 'all products', 'shop, as a sum')

),

ranges as (

    select * from {{ ref('int_demand_ranges') }}
    where
        level = 'product'
        and residual_count is not null
        and unit_count is not null

),

items as (

    select
        slice,
        method,
        item,
        sum(forecast_units) as forecast_units,
        sum(unit_count) as unit_count,
        sum(error) as error,
        sum(total_error) as total_error,
        sum(scaled_error) as scaled_error,
        sum(scaled_root_error) as scaled_root_error,
        count(scaled_error) as scaled_count
    from errors

    group by
        slice,
        method,
        item

),

shop_sums as (

    select
        slice,
        method,
        cast(sum(unit_count) as double) as unit_count,
        cast(sum(error) as double) / nullif(cast(sum(unit_count) as double), 0) as wape
    from items

    group by
        slice,
        method

),

-- of a ratio of sums, what each product adds to its error (Cochran 1977, Sampling techniques, 6.4)
compared as (

    select
        items.slice,
        items.method,
        items.item,
        items.forecast_units,
        items.unit_count,
        items.error,
        items.total_error,
        items.scaled_error,
        items.scaled_root_error,
        items.scaled_count,
        ruled.error as rule_error,
        ruled.forecast_units as rule_forecast_units,
        ruled.total_error as rule_total_error,
        ruled.scaled_error as rule_scaled_error,
        ruled.scaled_root_error as rule_scaled_root_error,
        items.error - ruled.error as difference,
        cast(
            items.error - shop_sums.wape * items.unit_count as decimal(28, 9)
        ) as deviation,
        cast(
            items.error - ruled.error
            - (shop_sums.wape - rule_sums.wape) * items.unit_count as decimal(28, 9)
        ) as difference_deviation

    from items

    inner join items as ruled
        on
            items.slice = ruled.slice
            and items.item = ruled.item
            and ruled.method = '{{ demand_rule() }}'

    inner join shop_sums
        on
            items.slice = shop_sums.slice
            and items.method = shop_sums.method

    inner join shop_sums as rule_sums
        on
            items.slice = rule_sums.slice
            and rule_sums.method = '{{ demand_rule() }}'

    where shop_sums.unit_count > 0

),

sums as (

    select
        slice,
        method,
        count(*) as item_count,
        count(*) filter (where difference != 0) as differing_count,
        cast(sum(unit_count) as double) as unit_sum,
        cast(sum(deviation) as double) as deviation_sum,
        {{ product_sum('deviation', 'deviation') }} as deviation_square_sum,
        cast(sum(difference_deviation) as double) as difference_deviation_sum,
        {{ product_sum(
            'difference_deviation', 'difference_deviation'
        ) }} as difference_deviation_square_sum,
        cast(sum(error) as double) / cast(sum(unit_count) as double) as wape,
        cast(sum(rule_error) as double) / cast(sum(unit_count) as double) as rule_wape,
        cast(sum(forecast_units) as double) / cast(sum(unit_count) as double) - 1 as bias,
        cast(sum(rule_forecast_units) as double) / cast(sum(unit_count) as double) - 1
        as rule_bias,
        cast(sum(total_error) as double) / cast(sum(unit_count) as double) as total_wape,
        cast(sum(rule_total_error) as double) / cast(sum(unit_count) as double)
        as rule_total_wape,
        {{ bounded_ratio('sum(scaled_error)', 'sum(scaled_count)') }} as mase,
        {{ bounded_ratio('sum(rule_scaled_error)', 'sum(scaled_count)') }} as rule_mase,
        {{ bounded_ratio('sum(scaled_root_error)', 'sum(scaled_count)') }} as rmsse,
        {{ bounded_ratio('sum(rule_scaled_root_error)', 'sum(scaled_count)') }} as rule_rmsse
    from compared

    group by
        slice,
        method

),

margins as (

    select
        *,
        wape - rule_wape as difference,
        {{ margin('deviation_sum', 'deviation_square_sum', 'item_count') }}
        * item_count / unit_sum as wape_margin,
        {{ margin(
            'difference_deviation_sum', 'difference_deviation_square_sum', 'item_count'
        ) }} * item_count / unit_sum as difference_margin
    from sums

),

judged as (

    select
        *,
        case
            when method != '{{ demand_rule() }}' and differing_count >= {{ fewest_differing() }}
                then coalesce(
                    difference + difference_margin < 0
                    and abs(bias) <= {{ accepted_demand_bias() }}, false
                )
        end as beats_baseline
    from margins

),

coverages as (

    select
        method,
        cast(count(*) filter (
            where unit_count between low_units and high_units
        ) as double) / count(*) as coverage,
        count(distinct item) as item_count
    from ranges

    group by method

),

metric_rows as (

    select
        slice,
        method,
        'wape' as metric,
        wape as value,
        case when item_count > 1 then greatest(wape - wape_margin, 0) end as low,
        wape + wape_margin as high,
        rule_wape as baseline_value,
        beats_baseline,
        item_count
    from judged

    union all

    select
        slice,
        method,
        'wape_difference' as metric,
        difference as value,
        difference - difference_margin as low,
        difference + difference_margin as high,
        0 as baseline_value,
        beats_baseline,
        item_count
    from judged

    where method != '{{ demand_rule() }}'

    {% for metric in plain_metrics -%}
    union all

    select
        slice,
        method,
        '{{ metric }}' as metric,
        {{ metric }} as value,
        cast(null as double) as low,
        cast(null as double) as high,
        rule_{{ metric }} as baseline_value,
        cast(null as boolean) as beats_baseline,
        item_count
    from judged

    where {{ metric }} is not null

    {% endfor -%}
    union all

    select
        'all products' as slice,
        coverages.method,
        'coverage' as metric,
        coverages.coverage as value,
        cast(null as double) as low,
        cast(null as double) as high,
        ruled.coverage as baseline_value,
        cast(null as boolean) as beats_baseline,
        coverages.item_count

    from coverages

    inner join coverages as ruled
        on ruled.method = '{{ demand_rule() }}'

),

final as (

    select
        'demand' as task,
        'products' as list,
        metric_rows.method,
        'rolling_origin' as protocol,
        today.as_of_date,
        metric_rows.slice,
        metric_rows.metric,
        cast(null as int) as k,
        {{ as_decimal('metric_rows.value', 18, 6) }} as value,
        {{ as_decimal('metric_rows.low', 18, 6) }} as low,
        {{ as_decimal('metric_rows.high', 18, 6) }} as high,
        '{{ demand_rule() }}' as baseline,
        {{ as_decimal('metric_rows.baseline_value', 18, 6) }} as baseline_value,
        metric_rows.beats_baseline,
        cast(metric_rows.item_count as bigint) as rows_scored

    from metric_rows

    cross join today

)

select * from final
