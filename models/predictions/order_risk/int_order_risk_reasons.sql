{%- set reason_count = 3 -%}

with

orders as (

    select * from {{ ref('int_order_risk_features') }}

),

rules as (

    select * from {{ ref('int_order_risk_rules') }}

),

choices as (

    select * from {{ ref('int_order_risk_choices') }}
    where no_score_reason is null

),

forest as (

    select anomalies.*

    from {{ ref('ml_order_anomalies') }} as anomalies

    inner join choices
        on anomalies.as_of_date = choices.as_of_date

    where anomalies.feature_1 is not null

),

-- where another method than the forest is served, what puts an order among the first by it
served as (

    select
        scores.order_id,
        case
            when choices.method = 'logistic_regression' then 'fraud_score'
            else 'line_count'
        end as feature

    from {{ ref('int_order_risk_scores') }} as scores

    inner join choices
        on scores.as_of_date = choices.as_of_date

    where
        choices.method != 'isolation_forest'
        and case choices.method
            when 'logistic_regression' then scores.logistic_regression_rank
            else scores.few_lines_then_value_rank
        end <= {{ var('verify_order_share') }} * choices.order_count + 1

),

-- a rule of the shop says more than a method, and a heavy one more than a light one
speaking as (

    select
        order_id,
        feature,
        rule_id,
        -weight as place
    from rules

    union all

    select
        order_id,
        feature,
        cast(null as string) as rule_id,
        0 as place
    from served

    {% for number in range(1, reason_count + 1) -%}
    union all

    select
        order_id,
        feature_{{ number }} as feature,
        cast(null as string) as rule_id,
        {{ number }} as place
    from forest

    where feature_{{ number }} is not null

    {% endfor %}
),

-- the same thing is not said twice
subjects as (

    select
        *,
        {{ order_risk_subject('feature') }} as subject
    from speaking

    qualify row_number() over (
        partition by order_id, {{ order_risk_subject('feature') }}
        order by place, rule_id, feature
    ) = 1

),

ranked as (

    select
        order_id,
        feature,
        rule_id,
        cast(row_number() over (
            partition by order_id
            order by place, rule_id, feature
        ) as int) as reason_number
    from subjects

    qualify reason_number <= {{ reason_count }}

),

line_scores as (

    select * from {{ ref('int_order_risk_lines') }}

),

products as (

    select
        product_id,
        coalesce(product_name, product_id) as product
    from {{ ref('dim_products') }}

),

-- the line that the reason is about; of several the one of the largest amount
{% set about_lines = [
    'customer_quantity_score', 'product_quantity_score', 'price_deviation'
] -%}
reason_lines as (

    select
        ranked.order_id,
        ranked.reason_number,
        line_scores.quantity,
        line_scores.log_price,
        line_scores.usual_log_price,
        line_scores.has_list_price,
        line_scores.product_line_count,
        line_scores.product_usual_quantity,
        line_scores.customer_usual_quantity,
        products.product

    from ranked

    inner join line_scores
        on ranked.order_id = line_scores.order_id

    inner join products
        on line_scores.product_id = products.product_id

    where ranked.feature in ({{ text_list(about_lines) }})

    qualify row_number() over (
        partition by ranked.order_id, ranked.reason_number
        order by
            case ranked.feature
                {%- for name in about_lines %}
                when '{{ name }}' then line_scores.{{ name }}
                {%- endfor %}
            end desc,
            line_scores.line_amount desc,
            products.product asc,
            line_scores.line_number asc
    ) = 1

),

final as (

    select
        ranked.order_id,
        ranked.reason_number,
        ranked.feature,
        ranked.rule_id,
        coalesce(ranked.rule_id || ': ', '')
        || {{ order_risk_words('ranked.feature', 'orders', 'reason_lines') }} as reason

    from ranked

    inner join orders
        on ranked.order_id = orders.order_id

    left join reason_lines
        on
            ranked.order_id = reason_lines.order_id
            and ranked.reason_number = reason_lines.reason_number

)

select * from final
