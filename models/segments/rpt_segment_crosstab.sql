{%- set names = segmentations().keys() | list + ['interest'] -%}

with

segments as (

    select * from {{ ref('fct_customer_segments') }}
    where
        is_current
        and is_own_fit

),

rfm as (

    select * from {{ ref('fct_customer_rfm') }}
    where is_current

),

-- each segmentation beside each later one of the list
pairs as (

    select
        first_segments.segmentation as row_segmentation,
        first_segments.segment_name as row_segment,
        second_segments.segmentation as column_segmentation,
        second_segments.segment_name as column_segment,
        first_segments.customer_id

    from segments as first_segments

    inner join segments as second_segments
        on first_segments.customer_id = second_segments.customer_id

    where
        case first_segments.segmentation
            {%- for name in names %}
            when '{{ name }}' then {{ loop.index }}
            {%- endfor %}
        end < case second_segments.segmentation
            {%- for name in names %}
            when '{{ name }}' then {{ loop.index }}
            {%- endfor %}
        end

),

cells as (

    select
        pairs.row_segmentation,
        pairs.row_segment,
        pairs.column_segmentation,
        pairs.column_segment,
        count(*) as customer_count,
        sum(rfm.monetary_amount) as monetary_amount

    from pairs

    inner join rfm
        on pairs.customer_id = rfm.customer_id

    group by
        pairs.row_segmentation,
        pairs.row_segment,
        pairs.column_segmentation,
        pairs.column_segment

),

final as (

    select
        row_segmentation,
        row_segment,
        column_segmentation,
        column_segment,
        cast(customer_count as bigint) as customer_count,
        {{ ratio('customer_count', 'sum(customer_count) over of_row') }} as share_of_row,
        {{ total('monetary_amount') }} as revenue_amount
    from cells

    window of_row as (partition by row_segmentation, row_segment, column_segmentation)

)

{{ without_small_cells(
    'final',
    counts=['customer_count'],
    keys=['row_segmentation', 'row_segment', 'column_segmentation', 'column_segment'],
    totals=[
        ['row_segmentation', 'row_segment', 'column_segmentation'],
        ['row_segmentation', 'column_segmentation', 'column_segment']
    ]
) }}
