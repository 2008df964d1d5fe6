{%- set inputs = {
    'order_lines': 'all that is said of purchases',
    'customers': 'what is known of customers beside their purchases; who may be contacted',
    'products': 'names, costs and stock of products; fct_inventory_advice',
    'events': 'rpt_funnel, rpt_paths, rpt_search_terms, rpt_recommendation_feedback; '
        ~ 'visits in fct_customer_behavior; fct_visitor_propensity, fct_cart_propensity',
    'reviews': 'fct_review_sentiment, rpt_satisfaction, rpt_product_satisfaction, '
        ~ 'rpt_complaint_topics',
    'campaign_contacts': 'rpt_campaigns, rpt_campaign_results, rpt_campaign_segments; '
        ~ 'lifts in fct_marketing_actions are assumed',
} -%}

with

counts as (

    {% for table in inputs -%}
    select
        '{{ table }}' as shop_table,
        count(*) as row_count
    from {{ ref('stg_shop__' ~ table) }}

    {{ 'union all' if not loop.last }}

    {% endfor %}
),

final as (

    select
        shop_table,
        cast(row_count as bigint) as row_count,
        row_count > 0 as is_there,
        case shop_table
            {%- for table, empty in inputs.items() %}
            when '{{ table }}' then '{{ empty }}'
            {%- endfor %}
        end as needed_for
    from counts

)

select * from final
