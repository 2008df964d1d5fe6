with

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where customer_id is not null

),

events as (

    select * from {{ ref('int_events') }}
    where customer_id is not null

),

reviews as (

    select * from {{ ref('int_reviews') }}
    where customer_id is not null

),

campaign_contacts as (

    select * from {{ ref('stg_shop__campaign_contacts') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

customer_ids as (

    {% for relation in ['customers', 'orders', 'events', 'reviews', 'campaign_contacts'] -%}
    select customer_id from {{ relation }}
    {{ 'union distinct' if not loop.last }}

    {% endfor %}
),

last_countries as (

    select
        customer_id,
        country

    from orders

    where country is not null

    qualify row_number() over (partition by customer_id order by ordered_at desc, order_id desc) = 1

),

birthdays as (

    select
        customers.customer_id,
        customers.birth_date,
        {{ dbt.datediff('customers.birth_date', 'today.as_of_date', 'year') }} as year_count,
        today.as_of_date

    from customers

    inner join today
        on customers.birth_date < today.as_of_date

),

-- whole years: one fewer where this year's birthday is still to come
ages as (

    select
        customer_id,
        year_count - case
            when
                extract(month from birth_date) * 100 + extract(day from birth_date)
                > extract(month from as_of_date) * 100 + extract(day from as_of_date)
                then 1
            else 0
        end as age

    from birthdays

),

final as (

    select
        customer_ids.customer_id,
        customers.gender,
        cast(coalesce(ages.age, customers.age) as int) as age,
        customers.occupation,
        customers.income_amount,
        coalesce(customers.country, last_countries.country) as country,
        customers.city,
        customers.signed_up_at,
        customers.acquisition_channel,
        customers.has_marketing_consent,
        customers.attributes

    from customer_ids

    left join customers
        on customer_ids.customer_id = customers.customer_id

    left join last_countries
        on customer_ids.customer_id = last_countries.customer_id

    left join ages
        on customer_ids.customer_id = ages.customer_id

)

select * from final
