with

segments as (

    select * from {{ ref('fct_customer_segments') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

points as (

    select * from {{ ref('int_segment_points') }}

),

-- one fit throughout, that of today, so that a customer who moved is not a center that moved
current_fit as (

    select max(fitted_as_of) as fitted_as_of
    from segments

    where is_current

),

held as (

    select
        segments.as_of_date,
        segments.fitted_as_of,
        segments.segmentation,
        segments.customer_id,
        segments.segment_name,
        points.monetary_amount

    from segments

    inner join current_fit
        on segments.fitted_as_of = current_fit.fitted_as_of

    inner join points
        on
            segments.as_of_date = points.as_of_date
            and segments.segmentation = points.segmentation
            and segments.customer_id = points.customer_id

),

-- from each date of a segmentation to its next: months where RFM is enough, else feature dates
dates as (

    select
        held.segmentation,
        held.as_of_date

    from held

    inner join as_of_dates
        on held.as_of_date = as_of_dates.as_of_date

    where
        as_of_dates.is_current
        {%- for segmentation, features in segmentations().items() %}
        or (
            held.segmentation = '{{ segmentation }}'
            and as_of_dates.{{
                'is_training' if needs_behavior(features.keys()) else 'is_month_start'
            }}
        )
        {%- endfor %}

    group by
        held.segmentation,
        held.as_of_date

),

periods as (

    select
        segmentation,
        as_of_date as to_date,
        lag(as_of_date) over (partition by segmentation order by as_of_date) as from_date
    from dates

),

moves as (

    select
        held.segmentation,
        periods.from_date,
        periods.to_date,
        coalesce(earlier.segment_name, 'not yet a customer') as from_name,
        held.segment_name as to_name,
        count(*) as customer_count,
        sum(held.monetary_amount) as revenue_amount

    from periods

    inner join held
        on
            periods.segmentation = held.segmentation
            and periods.to_date = held.as_of_date

    left join held as earlier
        on
            periods.segmentation = earlier.segmentation
            and periods.from_date = earlier.as_of_date
            and held.customer_id = earlier.customer_id

    where periods.from_date is not null

    group by
        held.segmentation,
        periods.from_date,
        periods.to_date,
        coalesce(earlier.segment_name, 'not yet a customer'),
        held.segment_name

),

final as (

    select
        segmentation,
        from_date,
        to_date,
        cast(from_date as string) || ' ' || from_name as from_segment,
        cast(to_date as string) || ' ' || to_name as to_segment,
        from_name = to_name as is_same_segment,
        cast(customer_count as bigint) as customer_count,
        {{ total('revenue_amount') }} as revenue_amount

    from moves

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['segmentation', 'from_date', 'to_date', 'from_segment', 'to_segment', 'is_same_segment'],
    totals=[
        ['segmentation', 'from_date', 'to_date', 'from_segment'],
        ['segmentation', 'from_date', 'to_date', 'to_segment']
    ]
) }}
