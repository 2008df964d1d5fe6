{{ config(materialized='view') }}

{%- set thresholds = {} -%}
{%- for measure in ['recency_days', 'frequency', 'monetary_amount'] -%}
    {%- do thresholds.update({measure: []}) -%}
    {%- for cut in rfm_cuts() -%}
        {%- do thresholds[measure].append('thresholds.' ~ measure ~ '_' ~ loop.index) -%}
    {%- endfor -%}
{%- endfor -%}

with

customers as (

    select * from {{ ref('int_customer_rfm') }}

),

thresholds as (

    select * from {{ ref('int_rfm_thresholds') }}

),

scores as (

    select
        customers.as_of_date,
        customers.customer_id,
        customers.first_purchase_date,
        customers.last_purchase_date,
        customers.recency_days,
        customers.frequency,
        customers.monetary_amount,
        {{ rfm_score(
            'customers.recency_days', thresholds.recency_days, is_reversed=true
        ) }} as recency_score,
        {{ rfm_score('customers.frequency', thresholds.frequency) }} as frequency_score,
        {{ rfm_score('customers.monetary_amount', thresholds.monetary_amount) }} as monetary_score

    from customers

    inner join thresholds
        on customers.as_of_date = thresholds.as_of_date

)

select * from scores
