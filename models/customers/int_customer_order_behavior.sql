with

feature_dates as (

    select * from {{ ref('int_feature_dates') }}

),

orders as (

    select * from {{ ref('int_customer_order_days') }}

),

totals as (

    select
        feature_dates.as_of_date,
        orders.customer_id,
        count(*) filter (where orders.is_purchase) as purchase_count,
        count(*) filter (where orders.is_new_purchase_day) as purchase_days_count,
        min(orders.order_date) filter (where orders.is_purchase) as first_purchase_date,
        count(orders.gap_days) as gap_count,
        sum(orders.gap_days) as gap_sum,
        sum(orders.gap_days * orders.gap_days) as gap_square_sum,
        sum(orders.gross_amount) as gross_amount,
        sum(orders.discount_amount) as discount_amount,
        sum(orders.returned_amount) as returned_amount,
        sum(orders.gross_amount - orders.discount_amount) as spend_amount,
        sum(orders.unit_count) as unit_count,
        sum(orders.product_count) filter (where orders.is_purchase) as product_count,
        {%- for weekday in weekdays() %}
        count(*) filter (
            where orders.is_purchase and orders.weekday_number = {{ loop.index }}
        ) as {{ weekday }}_count,
        {%- endfor %}
        {%- for daypart in dayparts() %}
        count(*) filter (
            where orders.is_purchase and orders.daypart_number = {{ loop.index }}
        ) as {{ daypart }}_count,
        {%- endfor %}
        count(*) filter (
            where orders.is_purchase and orders.order_date >= feature_dates.recent_from_date
        ) as recent_purchase_count,
        count(*) filter (
            where
                orders.is_purchase
                and orders.order_date >= feature_dates.comparison_from_date
                and orders.order_date < feature_dates.recent_from_date
        ) as comparison_purchase_count,
        coalesce(sum(orders.gross_amount - orders.discount_amount) filter (
            where orders.order_date >= feature_dates.recent_from_date
        ), 0) as recent_spend_amount,
        coalesce(sum(orders.gross_amount - orders.discount_amount) filter (
            where
                orders.order_date >= feature_dates.comparison_from_date
                and orders.order_date < feature_dates.recent_from_date
        ), 0) as comparison_spend_amount

    from feature_dates

    inner join orders
        on orders.ordered_at < feature_dates.as_of_date

    group by all

),

channel_counts as (

    select
        feature_dates.as_of_date,
        orders.customer_id,
        orders.channel,
        count(*) as purchase_count

    from feature_dates

    inner join orders
        on orders.ordered_at < feature_dates.as_of_date

    where
        orders.is_purchase
        and orders.channel is not null

    group by all

),

channels as (

    select
        as_of_date,
        customer_id,
        channel

    from channel_counts

    qualify row_number() over (
        partition by as_of_date, customer_id order by purchase_count desc, channel asc
    ) = 1

),

final as (

    select
        totals.as_of_date,
        totals.customer_id,
        cast(totals.purchase_count as bigint) as purchase_count,
        cast(totals.purchase_days_count as bigint) as purchase_days_count,
        {{ days_between('totals.first_purchase_date', 'totals.as_of_date') }} as tenure_days,
        {{ ratio('totals.gap_sum', 'totals.gap_count') }} as average_gap_days,
        -- standard deviation over mean; the sums are of integers, so exact in any order
        cast(
            sqrt(
                (totals.gap_count * totals.gap_square_sum - totals.gap_sum * totals.gap_sum)
                / nullif(cast(totals.gap_count * (totals.gap_count - 1) as double), 0)
            ) * totals.gap_count / totals.gap_sum as decimal(18, 6)
        ) as gap_variation,
        {{ mean_amount(
            'totals.spend_amount', 'totals.purchase_count', 2
        ) }} as average_order_amount,
        {{ ratio('totals.unit_count', 'totals.purchase_count') }} as units_per_order,
        {{ ratio('totals.product_count', 'totals.purchase_count') }} as products_per_order,
        {{ money('totals.spend_amount - totals.returned_amount') }} as net_amount,
        {{ share_up_to_one('totals.returned_amount', 'totals.gross_amount') }} as return_share,
        {{ share_up_to_one('totals.discount_amount', 'totals.gross_amount') }} as discount_share,
        {{ most_frequent('totals', weekdays()) }} as preferred_weekday,
        {{ most_frequent('totals', dayparts()) }} as preferred_daypart,
        channels.channel as preferred_channel,
        cast(totals.recent_purchase_count as bigint) as recent_purchase_count,
        cast(totals.comparison_purchase_count as bigint) as comparison_purchase_count,
        {{ change_rate(
            'totals.recent_purchase_count', 'totals.comparison_purchase_count'
        ) }} as purchase_change_rate,
        {{ money('totals.recent_spend_amount') }} as recent_spend_amount,
        {{ money('totals.comparison_spend_amount') }} as comparison_spend_amount,
        {{ change_rate(
            'totals.recent_spend_amount', 'totals.comparison_spend_amount'
        ) }} as spend_change_rate

    from totals

    left join channels
        on
            totals.as_of_date = channels.as_of_date
            and totals.customer_id = channels.customer_id

    where totals.purchase_count > 0

)

select * from final
