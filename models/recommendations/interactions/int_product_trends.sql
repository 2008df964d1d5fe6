{#- After so many days a buyer counts half in a product's trend: nDCG@10 .172 against .169 with a
    window of 30 days (docs/DECISIONS.md). -#}
{%- set half_life_days = 14 -%}
{#- Above so many buyers of the mean a new product could not show that it sells
    (docs/DECISIONS.md). -#}
{%- set most_prior_buyers = 10 -%}

with

dates as (

    select as_of_date from {{ ref('int_recommendation_dates') }}

),

purchases as (

    select * from {{ ref('int_customer_product_purchases') }}

),

lines as (

    select * from {{ ref('fct_order_lines') }}

),

products as (

    select * from {{ ref('stg_shop__products') }}

),

non_products as (

    select * from {{ ref('int_non_products') }}

),

launches as (

    select
        products.product_id,
        cast(products.launched_at as date) as launch_date

    from products

    left join non_products
        on products.product_id = non_products.product_id

    where
        products.launched_at is not null
        and non_products.product_id is null

),

-- guests' purchases too say that a product is sold
sale_days as (

    select distinct
        product_id,
        cast(ordered_at as date) as order_date
    from lines

    where gross_amount > 0

),

last_sales as (

    select
        dates.as_of_date,
        sale_days.product_id,
        min(sale_days.order_date) as first_sold_date,
        max(sale_days.order_date) as last_sold_date

    from dates

    inner join sale_days
        on sale_days.order_date < dates.as_of_date

    group by
        dates.as_of_date,
        sale_days.product_id

),

buyers as (

    select
        as_of_date,
        product_id,
        count(*) as buyer_count,
        count(*) filter (
            where last_purchase_date >= {{ add_days('as_of_date', -recent_buyer_days()) }}
        ) as recent_buyer_count,
        sum({{ decay(
            days_between('last_purchase_date', 'as_of_date'), half_life_days
        ) }}) as decayed_buyer_count

    from purchases

    group by
        as_of_date,
        product_id

),

-- what was bought, and what was put on sale so lately that nobody may have bought it yet
launched as (

    select
        dates.as_of_date,
        launches.product_id,
        launches.launch_date

    from dates

    inner join launches
        on launches.launch_date < dates.as_of_date

),

known as (

    select
        coalesce(buyers.as_of_date, launched.as_of_date) as as_of_date,
        coalesce(buyers.product_id, launched.product_id) as product_id,
        coalesce(buyers.buyer_count, 0) as buyer_count,
        coalesce(buyers.recent_buyer_count, 0) as recent_buyer_count,
        coalesce(buyers.decayed_buyer_count, 0) as decayed_buyer_count,
        launched.launch_date

    from buyers

    full outer join launched
        on
            buyers.as_of_date = launched.as_of_date
            and buyers.product_id = launched.product_id

    where
        buyers.product_id is not null
        or launched.launch_date
        >= {{ add_days('launched.as_of_date', -var('still_sold_days')) }}

),

-- what a product with few buyers says of itself is drawn towards the mean of all, as by so many
-- buyers more as products differ little: the prior of a beta-binomial by its moments
sums as (

    select
        as_of_date,
        cast(sum(decayed_buyer_count) as double) / nullif(sum(buyer_count), 0) as mean_trend,
        cast(sum(buyer_count) as double) as buyers,
        cast(sum(buyer_count * (buyer_count - 1)) as double) as buyer_pairs
    from known

    group by as_of_date

),

priors as (

    select
        known.as_of_date,
        sums.mean_trend,
        {{ prior_weight(
            'sum(cast(power(known.decayed_buyer_count - known.buyer_count * sums.mean_trend, 2) '
            ~ 'as decimal(38, 6)))',
            'sums.mean_trend', 'max(sums.buyers)', 'max(sums.buyer_pairs)', most_prior_buyers
        ) }} as prior_buyers

    from known

    inner join sums
        on known.as_of_date = sums.as_of_date

    group by
        known.as_of_date,
        sums.mean_trend

),

trends as (

    select
        known.as_of_date,
        known.product_id,
        -- what sells more stands first, as it does where scores are equal
        cast(row_number() over (
            partition by known.as_of_date
            order by
                known.buyer_count desc,
                known.decayed_buyer_count desc,
                last_sales.last_sold_date desc nulls last,
                last_sales.first_sold_date asc nulls last,
                known.launch_date desc nulls last,
                products.product_name asc nulls last,
                known.product_id asc
        ) - 1 as int) as product_index,
        cast(known.buyer_count as bigint) as buyer_count,
        cast(known.recent_buyer_count as bigint) as recent_buyer_count,
        {% if var('use_recency') -%}
        coalesce(
            (cast(known.decayed_buyer_count as double) + priors.prior_buyers * priors.mean_trend)
            / (known.buyer_count + priors.prior_buyers), 1
        ) as trend,
        {%- else -%}
        cast(1 as double) as trend,
        {%- endif %}
        last_sales.last_sold_date,
        {{ days_between(
            'coalesce(last_sales.last_sold_date, known.launch_date)', 'known.as_of_date'
        ) }} <= {{ var('still_sold_days') }} as is_still_sold,
        {{ days_between(
            'coalesce(known.launch_date, last_sales.first_sold_date)', 'known.as_of_date'
        ) }} <= {{ var('still_sold_days') }} as is_new

    from known

    inner join priors
        on known.as_of_date = priors.as_of_date

    left join last_sales
        on
            known.as_of_date = last_sales.as_of_date
            and known.product_id = last_sales.product_id

    left join products
        on known.product_id = products.product_id

)

select * from trends
