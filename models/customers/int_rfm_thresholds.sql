with

customers as (

    select * from {{ ref('int_customer_rfm') }}

),

thresholds as (

    select
        as_of_date
        {%- for measure in ['recency_days', 'frequency', 'monetary_amount'] %}
        {%- for cut in rfm_cuts() %},
        cast(
            percentile_disc({{ cut }}) within group (order by {{ measure }}) as decimal(18, 2)
        ) as {{ measure }}_{{ loop.index }}
        {%- endfor %}
        {%- endfor %}

    from customers

    group by as_of_date

)

select * from thresholds
