{#- A few days far behind all others are mistyped years. They begin after a gap that is longer than
    `max_gap_days` and than three times every gap before it, and all from there on hold fewer orders
    than the square root of all: a shop that sells four times a year, or for a season, goes on. A
    gap that few orders stand before, and far longer than those in the middle, is a mistake at the
    beginning, which must not excuse one at the end. -#}
with

lines as (

    select * from {{ source('shop', 'order_lines') }}

),

order_dates as (

    select
        order_id,
        cast({{ cast_text('ordered_at', 'timestamp') }} as date) as order_date,
        {{ cast_text('discount_amount', 'decimal(18, 4)') }} as discount_amount,
        {{ has_zone('ordered_at') }} as has_zone

    from lines

),

-- counted under a condition, since a filter would cast every time twice
counts as (

    select
        order_date,
        cast(count(distinct order_id) filter (
            where order_date >= '{{ var("min_order_date") }}'
        ) as bigint) as order_count,
        cast(count(*) filter (where discount_amount > 0) as bigint) as positive_discount_count,
        cast(count(*) filter (where discount_amount < 0) as bigint) as negative_discount_count,
        cast(count(*) filter (where has_zone) as bigint) as zoned_line_count

    from order_dates

    group by order_date

),

days as (

    select
        order_date,
        order_count,
        positive_discount_count,
        negative_discount_count,
        zoned_line_count,
        {{ days_between('lag(order_date) over (order by order_date)', 'order_date') }} as gap_days,
        sum(order_count) over (order by order_date) - order_count as earlier_order_count,
        sum(order_count) over () as total_order_count

    from counts

    where order_count > 0

),

-- a gap in the middle of the shop's orders is its own
middles as (

    select
        *,
        power(earlier_order_count, 2) < total_order_count as is_beginning,
        power(total_order_count - earlier_order_count, 2) < total_order_count as is_end,
        max(case
            when
                power(earlier_order_count, 2) >= total_order_count
                and power(total_order_count - earlier_order_count, 2) >= total_order_count
                then gap_days
        end) over () as longest_own_gap_days

    from days

),

gaps as (

    select
        *,
        max(case
            when
                not is_beginning
                or longest_own_gap_days is null
                or gap_days <= greatest({{ var('max_gap_days') }}, 3 * longest_own_gap_days)
                then gap_days
        end) over (
            order by order_date
            rows between unbounded preceding and 1 preceding
        ) as longest_earlier_gap_days

    from middles

),

breaks as (

    select
        order_date,
        order_count,
        positive_discount_count,
        negative_discount_count,
        zoned_line_count,
        gap_days,
        is_end
        and coalesce(gap_days > greatest(
            {{ var('max_gap_days') }}, 3 * coalesce(longest_earlier_gap_days, 0)
        ), false) as is_break

    from gaps

),

judged as (

    select
        order_date,
        order_count,
        positive_discount_count,
        negative_discount_count,
        zoned_line_count,
        gap_days,
        not bool_or(is_break) over (order by order_date) as is_ordinary

    from breaks

)

select * from judged
