{#- The CTEs that end in `ranked`: of a task of propensity the probabilities of each published date, the
    place among them, and how good the method was in the backtest. Reads the CTE `dates`. -#}
{% macro propensity_scores(task) -%}
scores as (

    select
        as_of_date,
        customer_id,
        product_id,
        method,
        cast(prediction as decimal(18, 6)) as purchase_probability
    from {{ ref('int_prediction_scores') }}

    where task = '{{ task }}'

),

figures as (

    select * from {{ ref('int_probability_figures') }}
    where
        task = '{{ task }}'
        and not is_fitted_on

),

scorecard as (

    select * from {{ ref('int_probability_scorecard') }}
    where
        task = '{{ task }}'
        and slice = 'all customers'
        and metric = 'brier'

),

reasons as (

    select
        as_of_date,
        customer_id,
        product_id
        {%- for number in [1, 2, 3] %},
        max(case when reason_number = {{ number }} then reason end) as reason_{{ number }},
        max(case when reason_number = {{ number }} then effect end) as effect_{{ number }}
        {%- endfor %}
    from {{ ref('int_propensity_reasons') }}

    where task = '{{ task }}'

    group by
        as_of_date,
        customer_id,
        product_id

),

-- equal probabilities share the middle of their places
placed as (

    select
        *,
        cast(
            (
                rank() over (partition by as_of_date order by purchase_probability)
                - 1
                + count(*) over (partition by as_of_date, purchase_probability) / cast(2 as double)
            ) / count(*) over (partition by as_of_date) as decimal(18, 6)
        ) as propensity_percentile
    from scores

),

ranked as (

    select
        placed.*,
        case
            when placed.propensity_percentile > 0.8 then 'high'
            when placed.propensity_percentile > 0.5 then 'medium'
            else 'low'
        end as propensity_level,
        scorecard.beats_baseline,
        figures.bias as backtest_bias
        {%- for number in [1, 2, 3] %},
        reasons.reason_{{ number }},
        reasons.effect_{{ number }}
        {%- endfor %},
        case
            when reasons.reason_1 is not null then null
            when placed.method in ('decision_tree', 'random_forest', 'gradient_boosting')
                then
                    'Reasons of trees are made for the 100,000 likeliest to buy, and only where the '
                    || 'library shap is installed.'
            when
                placed.method in (
                    'carted_recently', 'viewed_most', 'bought_most', 'logistic_regression'
                )
                then 'Nothing moves the probability from the mean, or 100,000 others are likelier.'
            else 'Reasons are not made for ' || placed.method || '.'
        end as no_explanation_reason

    from placed

    inner join dates
        on placed.as_of_date = dates.as_of_date

    left join figures
        on
            dates.backtest_date = figures.as_of_date
            and placed.method = figures.method

    left join scorecard
        on
            dates.backtest_date = scorecard.as_of_date
            and placed.method = scorecard.method

    left join reasons
        on
            placed.as_of_date = reasons.as_of_date
            and placed.customer_id = reasons.customer_id
            and placed.product_id is not distinct from reasons.product_id

),
{%- endmacro %}


{#- Why there is no score, as a sentence; null where there is one. -#}
{% macro no_score_reason(method, reason) -%}
    case
        when {{ method }} is null
            then upper(left({{ reason }}, 1)) || substring({{ reason }}, 2) || '.'
    end
{%- endmacro %}


{#- What speaks for a purchase or against it, in words: `relation` is visitors or carts, with the columns
    `features`, and `feature` names the one that speaks. -#}
{% macro propensity_reason_words(feature, relation, features) -%}
    {%- set recent = ' in the last ' ~ var('propensity_days') ~ ' days' -%}
    {%- set lately = ' in ' ~ visitor_days() ~ ' days' -%}
    {%- set of_cart = relation == 'carts' -%}
    {%- set what = 'it' if of_cart else 'products' -%}
    {%- set sentences = {
        'view_count': ['viewed ' ~ what ~ ' ', 'times', lately],
        'recent_view_count': ['viewed ' ~ what ~ ' ', 'times', recent],
        'cart_count': ['put ' ~ what ~ ' into the cart ', 'times', lately],
        'recent_cart_count': ['put ' ~ what ~ ' into the cart ', 'times', recent],
        'favorite_count': ['marked ' ~ what ~ ' as a favorite ', 'times', lately],
        'view_seconds': ['looked at it for ', 'second', ''],
        'days_since_last_seen': ['last looked at it ', 'day', ' ago'],
        'days_since_first_seen': ['first looked at it ', 'day', ' ago'],
        'days_since_last_cart': [
            'last put ' ~ ('it' if of_cart else 'something') ~ ' into the cart ', 'day', ' ago'
        ],
        'product_purchase_days_count': ['bought it on ', 'day', ' before'],
        'days_since_product_purchase': ['last bought it ', 'day', ' ago'],
        'product_buyer_count': ['bought by ', 'customer', lately],
        'price_ratio': [
            'costs ' if of_cart else 'what they viewed costs ', 'number',
            ' times what they usually pay for a unit'
        ],
        'average_rating': ['rated ', 'number', ' on average'],
        'visit_count': ['visited ', 'times', lately],
        'recent_visit_count': ['visited ', 'times', recent],
        'days_since_last_visit': ['last visited ', 'day', ' ago'],
        'days_since_first_visit': ['visited ', 'day', ' ago'],
        'minutes_per_session': ['stays for ', 'number', ' minutes'],
        'seconds_per_product_view': ['views a product for ', 'number', ' seconds'],
        'bounce_share': ['share of visits with one event ', 'number', ''],
        'distinct_product_count': ['looked at ', 'product', lately],
        'open_cart_count': ['left ', 'product', ' in the cart'],
        'purchase_count': ['bought ', 'times', ' before'],
        'recent_purchase_count': ['bought ', 'times', lately],
        'days_since_last_purchase': ['last bought ', 'day', ' ago'],
        'average_gap_days': ['usually buys every ', 'number', ' days'],
        'gaps_since_last_purchase': ['last bought ', 'number', ' usual gaps ago']
    } -%}
    coalesce(case {{ feature }}
        {%- for each in features %}
        {%- set value, words = relation ~ '.' ~ each.name, sentences[each.name] %}
        when '{{ each.name }}' then
            '{{ words[0] }}' || {{ number_words(value, 2) if words[1] == 'number'
                else times_words(value) if words[1] == 'times'
                else counted_words(value, words[1]) }} || '{{ words[2] }}'
        {%- endfor %}
    end, replace({{ feature }}, '_', ' ') || ' not known')
{%- endmacro %}
