{%- set steps = ['visit', 'view', 'cart', 'order'] -%}

with

visits as (

    select * from {{ ref('int_visit_steps') }}

),

counts as (

    select
        slice,
        slice_value,
        count(*) as visit_count,
        count(*) filter (where has_viewed) as view_count,
        count(*) filter (where has_cart) as cart_count,
        count(*) filter (where has_ordered) as order_count,
        count(distinct visitor_key) as visit_visitor_count,
        count(distinct case when has_viewed then visitor_key end) as view_visitor_count,
        count(distinct case when has_cart then visitor_key end) as cart_visitor_count,
        count(distinct case when has_ordered then visitor_key end) as order_visitor_count
    from visits

    group by
        slice,
        slice_value

),

final as (

    {% for step in steps -%}
    {%- set before = steps[loop.index0 - 1] if not loop.first else step -%}
    select
        slice,
        slice_value,
        {{ loop.index }} as step_number,
        '{{ step }}' as step,
        cast({{ step }}_count as bigint) as session_count,
        cast({{ step }}_visitor_count as bigint) as visitor_count,
        {{ ratio(step ~ '_count', before ~ '_count') }} as share_of_step_before,
        {{ ratio(step ~ '_count', 'visit_count') }} as share_of_visits
    from counts

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

{{ without_small_cells(
    'final',
    counts=['session_count', 'visitor_count'],
    keys=['slice', 'slice_value', 'step_number', 'step'],
    totals=[['slice', 'step_number']]
) }}
