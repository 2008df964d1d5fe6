with

fits as (

    select * from {{ ref('ml_lifetime_value_fits') }}
    where
        model = 'bg_nbd'
        and is_usable

),

patterns as (

    select * from {{ ref('int_purchase_patterns') }}

),

actual as (

    select
        as_of_date,
        least(repeat_count, 8) as repeat_count,
        sum(customer_count) as customer_count
    from patterns

    group by
        as_of_date,
        least(repeat_count, 8)

),

expected as (

    {% for count in range(9) -%}
    select
        as_of_date,
        {{ count }} as repeat_count,
        {{ element('expected_customer_counts', count + 1) }} as expected_customer_count
    from fits

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        expected.as_of_date,
        cast(expected.repeat_count as int) as repeat_count,
        expected.repeat_count = 8 as is_or_more,
        cast(coalesce(actual.customer_count, 0) as bigint) as customer_count,
        cast(expected.expected_customer_count as decimal(18, 4)) as expected_customer_count

    from expected

    left join actual
        on
            expected.as_of_date = actual.as_of_date
            and expected.repeat_count = actual.repeat_count

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['as_of_date', 'repeat_count', 'is_or_more'],
    totals=[['as_of_date']]
) }}
