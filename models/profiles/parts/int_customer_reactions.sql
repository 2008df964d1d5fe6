with

dates as (

    select * from {{ ref('int_profile_dates') }}

),

order_days as (

    select * from {{ ref('int_customer_order_days') }}

),

reviews as (

    select
        customer_id,
        cast(min(reviewed_at) as date) as first_review_date
    from {{ ref('int_reviews') }}

    where customer_id is not null

    group by customer_id

),

known as (

    select
        dates.as_of_date,
        order_days.customer_id,
        order_days.order_date,
        order_days.is_purchase,
        order_days.discount_amount > 0 as is_discounted,
        order_days.gross_amount - order_days.discount_amount as spend_amount,
        min(case when order_days.returned_amount > 0 then order_days.order_date end) over (
            partition by dates.as_of_date, order_days.customer_id
        ) as first_return_date,
        case
            when reviews.first_review_date < dates.as_of_date then reviews.first_review_date
        end as first_review_date

    from dates

    inner join order_days
        on dates.as_of_date > order_days.ordered_at

    left join reviews
        on order_days.customer_id = reviews.customer_id

),

sums as (

    select
        as_of_date,
        customer_id,
        count(*) filter (where is_purchase) as purchase_count,
        count(*) filter (where is_purchase and is_discounted) as discounted_count,
        sum(spend_amount) filter (where is_purchase and is_discounted) as discounted_amount,
        sum(spend_amount) filter (where is_purchase and not is_discounted) as full_price_amount
        {%- for event in ['return', 'review'] %},
        min(first_{{ event }}_date) as first_{{ event }}_date,
        count(*) filter (
            where
                is_purchase
                and order_date < first_{{ event }}_date
                and order_date >= {{ add_days('first_' ~ event ~ '_date', -reaction_days()) }}
        ) as before_{{ event }}_count,
        count(*) filter (
            where
                is_purchase
                and order_date > first_{{ event }}_date
                and order_date <= {{ add_days('first_' ~ event ~ '_date', reaction_days()) }}
        ) as after_{{ event }}_count
        {%- endfor %}
    from known

    group by
        as_of_date,
        customer_id

),

-- a reaction is told when the days after it are over
final as (

    select
        as_of_date,
        customer_id,
        {{ ratio('discounted_count', 'purchase_count') }} as discounted_purchase_share,
        case
            when discounted_count > 0
                then {{ mean_amount('discounted_amount', 'discounted_count', 2) }}
        end as discounted_order_amount,
        case
            when purchase_count > discounted_count
                then {{ mean_amount(
                    'full_price_amount', '(purchase_count - discounted_count)', 2
                ) }}
        end as full_price_order_amount,
        cast(case
            when discounted_count > 1 and purchase_count - discounted_count > 1
                then {{ ratio(
                    'discounted_amount * (purchase_count - discounted_count)',
                    'full_price_amount * discounted_count'
                ) }} - 1
        end as decimal(18, 6)) as price_sensitivity
        {%- for event in ['return', 'review'] %},
        first_{{ event }}_date,
        cast(case
            when {{ add_days('first_' ~ event ~ '_date', reaction_days()) }} < as_of_date
                then after_{{ event }}_count - before_{{ event }}_count
        end as bigint) as {{ event }}_effect
        {%- endfor %}
    from sums

)

select * from final
