with

contrasts as (

    select
        *,
        smallest_count >= {{ var('min_customers') }} and difference_error > 0 as is_tested
    from {{ ref('int_campaign_contrasts') }}

),

tested as (

    select
        *,
        case
            when is_tested
                then {{ t_p_value(
                    '((lift - other_lift) / difference_error)', '(smallest_count - 1)'
                ) }}
        end as p_value,
        {{ student_t(1.96, 'degrees_of_freedom') }} * standard_error as margin
    from contrasts

),

-- of m comparisons the one in place r may be as improbable as r / m of what one alone may be
ordered as (

    select
        *,
        p_value * count(p_value) over (partition by campaign_id)
        / nullif(row_number() over (
            partition by campaign_id, is_tested
            order by p_value asc, metric asc, arm asc, attribute asc, attribute_value asc
        ), 0) as stepped_p_value
    from tested

),

corrected as (

    select
        *,
        case
            when is_tested
                then least(1, min(stepped_p_value) over (
                    partition by campaign_id, is_tested
                    order by p_value asc, metric asc, arm asc, attribute asc, attribute_value asc
                    rows between current row and unbounded following
                ))
        end as adjusted_p_value
    from ordered

),

final as (

    select
        campaign_id,
        metric,
        arm,
        attribute,
        attribute_value,
        contacted_count,
        control_count,
        {{ as_decimal('lift', 28, 9) }} as lift,
        {{ as_decimal('lift - margin', 28, 9) }} as low,
        {{ as_decimal('lift + margin', 28, 9) }} as high,
        {{ as_decimal('other_lift', 28, 9) }} as other_lift,
        {{ as_decimal('lift - other_lift', 28, 9) }} as lift_difference,
        {{ as_decimal('p_value', 18, 9) }} as p_value,
        {{ as_decimal('adjusted_p_value', 18, 9) }} as adjusted_p_value,
        case when is_tested then adjusted_p_value < 0.05 end as responds_differently
    from corrected

)

{{ without_small_cells(
    'final',
    counts=['contacted_count', 'control_count'],
    keys=['campaign_id', 'metric', 'arm', 'attribute', 'attribute_value'],
    totals=[['campaign_id', 'metric', 'arm', 'attribute']]
) }}
