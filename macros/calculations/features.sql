{#- How many weeks before the as-of date are counted one by one: half a year. -#}
{% macro feature_weeks() -%}
    {{ return(26) }}
{%- endmacro %}


{#-
    The numbers that predictions learn from, in the order in which they stand in the array of
    int_prediction_points, each with its scale: `log` is ln(1 + x), `root` the square root of what
    is above zero, `plain` is x.
-#}
{% macro number_features() %}
    {%- set features = [] -%}
    {%- for name in [
        'recency_days', 'purchase_days_count', 'monetary_amount', 'tenure_days',
        'average_order_amount', 'decayed_purchase_days', 'frequency', 'average_gap_days',
        'gaps_since_last_purchase', 'units_per_order', 'products_per_order',
        'distinct_product_count', 'distinct_category_count', 'recent_purchase_count',
        'comparison_purchase_count', 'recent_spend_amount', 'comparison_spend_amount',
        'visit_count', 'days_since_last_visit', 'visits_per_week', 'minutes_per_session',
        'seconds_per_product_view', 'views_per_session', 'view_count', 'cart_count',
        'favorite_count', 'recent_visit_count', 'review_count'
    ] -%}
        {%- do features.append({'name': name, 'scale': 'log'}) -%}
    {%- endfor -%}
    {%- for name in [
        'horizon_spend_amount', 'horizon_visit_count', 'horizon_purchase_days'
    ] -%}
        {%- do features.append({'name': name, 'scale': 'root'}) -%}
    {%- endfor -%}
    {%- for name in [
        'gap_variation', 'favorite_category_share', 'category_diversity', 'return_share',
        'discount_share', 'purchase_change_rate', 'spend_change_rate', 'bounce_share',
        'conversion_rate', 'visit_change_rate', 'average_rating'
    ] -%}
        {%- do features.append({'name': name, 'scale': 'plain'}) -%}
    {%- endfor -%}
    {%- for week in range(1, feature_weeks() + 1) -%}
        {%- do features.append({'name': 'purchase_count_week_' ~ week, 'scale': 'log'}) -%}
    {%- endfor -%}
    {%- for name in var('feature_columns') if name in number_attributes() -%}
        {%- do features.append({'name': name, 'scale': 'log'}) -%}
    {%- endfor -%}
    {{ return(features) }}
{% endmacro %}


{#- How many days back a visit makes a customer a visitor: four of the windows that are foretold. -#}
{% macro visitor_days() -%}
    {{ return(4 * var('propensity_days')) }}
{%- endmacro %}


{#- What tells whether a visitor will buy: columns of int_visitor_features, each with its scale. -#}
{% macro visitor_features() %}
    {%- set features = [] -%}
    {%- for name in [
        'recent_cart_count', 'view_count', 'visit_count', 'recent_visit_count',
        'days_since_last_visit', 'days_since_first_visit', 'minutes_per_session',
        'seconds_per_product_view', 'recent_view_count', 'cart_count', 'favorite_count',
        'distinct_product_count', 'open_cart_count', 'days_since_last_cart', 'price_ratio',
        'purchase_count', 'recent_purchase_count', 'days_since_last_purchase',
        'average_gap_days', 'gaps_since_last_purchase'
    ] -%}
        {%- do features.append({'name': name, 'scale': 'log'}) -%}
    {%- endfor -%}
    {%- for name in ['bounce_share', 'average_rating'] -%}
        {%- do features.append({'name': name, 'scale': 'plain'}) -%}
    {%- endfor -%}
    {{ return(features) }}
{% endmacro %}


{#- What tells whether a product that was looked at will be bought: columns of int_cart_features, each
    with its scale. -#}
{% macro cart_features() %}
    {%- set features = [] -%}
    {%- for name in [
        'recent_cart_count', 'view_count', 'recent_view_count', 'cart_count', 'favorite_count',
        'view_seconds', 'days_since_last_seen', 'days_since_first_seen', 'days_since_last_cart',
        'product_purchase_days_count', 'days_since_product_purchase', 'product_buyer_count',
        'price_ratio', 'visit_count', 'recent_visit_count', 'days_since_last_visit',
        'distinct_product_count', 'open_cart_count', 'purchase_count', 'recent_purchase_count',
        'days_since_last_purchase', 'average_gap_days'
    ] -%}
        {%- do features.append({'name': name, 'scale': 'log'}) -%}
    {%- endfor -%}
    {%- do features.append({'name': 'average_rating', 'scale': 'plain'}) -%}
    {{ return(features) }}
{% endmacro %}


{#- The features of a relation on their scales, a list of expressions for an array. -#}
{% macro scaled_features(features, relation) %}
    {%- set numbers = [] -%}
    {%- for feature in features -%}
        {%- set column = relation ~ '.' ~ feature.name -%}
        {%- if feature.scale == 'log' -%}
            {%- do numbers.append(
                'case when ' ~ column ~ ' is not null then ' ~ log_amount(column) ~ ' end'
            ) -%}
        {%- elif feature.scale == 'root' -%}
            {%- do numbers.append(
                'cast(least(sqrt(greatest(' ~ column ~ ', 0)), 999999) as decimal(12, 6))'
            ) -%}
        {%- else -%}
            {%- do numbers.append('cast(' ~ column ~ ' as decimal(12, 6))') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(numbers) }}
{% endmacro %}


{#- The attributes of int_customers that are numbers; all others are words. -#}
{% macro number_attributes() %}
    {{ return(['age', 'income_amount']) }}
{% endmacro %}


{#- The attributes of int_customers that feature_columns may name, beside passthrough columns. -#}
{% macro customer_attributes() %}
    {{ return([
        'age', 'income_amount', 'gender', 'occupation', 'country', 'city', 'acquisition_channel',
        'has_marketing_consent'
    ]) }}
{% endmacro %}


{#- The words that predictions learn from: what `feature_columns` names beside numbers. -#}
{% macro word_features() %}
    {{ return(var('feature_columns') | reject('in', number_attributes()) | list) }}
{% endmacro %}


{#-
    What is predicted: its name, whose it is (customers, visitors or carts), how many days ahead it
    looks, the column of the samples that says what followed and whether that is a probability's, the
    rules (the first is the one that others have to beat), the methods tried beside them, the one
    that is served unless another one wins, and whether its total must be right, too.
-#}
{% macro prediction_tasks() %}
    {%- set churn = var('churn_methods') + (['carried'] if var('carried_fit') else []) -%}
    {%- set spend = var('spend_methods') -%}
    {%- set tasks = [
        {
            'name': 'churn', 'outcome': 'has_purchased', 'has_total': false,
            'rules': ['purchase_decay', 'rfm_cells'], 'methods': churn,
            'default': 'logistic_regression' if 'logistic_regression' in churn else churn[0]
        },
        {
            'name': 'spend', 'outcome': 'net_amount', 'has_total': true,
            'rules': ['spend_rate'], 'methods': spend,
            'default': 'ridge' if 'ridge' in spend else spend[0]
        },
        {
            'name': 'visits', 'outcome': 'visit_count', 'has_total': true,
            'rules': ['visit_rate'], 'methods': spend,
            'default': 'ridge' if 'ridge' in spend else spend[0]
        },
        {
            'name': 'purchases', 'outcome': 'purchase_days_count', 'has_total': true,
            'rules': ['past_rate'], 'methods': ['gradient_boosting'], 'default': 'gradient_boosting'
        },
        {
            'name': 'next_order', 'outcome': 'days_to_purchase', 'has_total': false,
            'rules': ['average_gap'], 'methods': ['shrunk_gaps'], 'default': 'shrunk_gaps'
        }
    ] -%}
    {%- for task in tasks -%}
        {%- do task.update({
            'population': 'customers', 'horizon': var('prediction_horizon_days'),
            'is_probability': task.name == 'churn'
        }) -%}
    {%- endfor -%}
    {%- set propensity = var('propensity_methods') -%}
    {%- for name, population in [
        ('visitor_propensity', 'visitors'), ('cart_propensity', 'carts')
    ] -%}
        {%- do tasks.append({
            'name': name, 'outcome': 'has_purchased', 'has_total': false,
            'rules': ['carted_recently', 'viewed_most', 'bought_most'],
            'methods': propensity,
            'default': 'logistic_regression' if 'logistic_regression' in propensity
                else propensity[0],
            'population': population, 'horizon': var('propensity_days'), 'is_probability': true
        }) -%}
    {%- endfor -%}
    {{ return(tasks) }}
{% endmacro %}


{#- The names of the tasks about customers who have bought, as SQL lists them. -#}
{% macro customer_tasks() -%}
    '{{ prediction_tasks() | selectattr('population', 'equalto', 'customers')
        | map(attribute='name') | join("', '") }}'
{%- endmacro %}


{#- Those of them that are fitted, so that the var refit may hold the fit, as SQL lists them. -#}
{% macro fitted_tasks() -%}
    'churn', 'spend', 'visits', 'purchases'
{%- endmacro %}


{#- The names of the tasks whose prediction is a probability, as SQL lists them. -#}
{% macro probability_tasks() -%}
    '{{ prediction_tasks() | selectattr('is_probability') | map(attribute='name') | join("', '") }}'
{%- endmacro %}


{#- The methods that SQL makes of a customer's past alone: each with its task, where the past
    stands, and its number there. -#}
{% macro plain_methods() %}
    {{ return([
        {'task': 'spend', 'name': 'spend_rate', 'relation': 'features',
         'value': 'greatest(past.horizon_spend_amount, 0)'},
        {'task': 'visits', 'name': 'visit_rate', 'relation': 'features',
         'value': 'coalesce(past.horizon_visit_count, 0)'},
        {'task': 'purchases', 'name': 'past_rate', 'relation': 'features',
         'value': 'past.horizon_purchase_days'},
        {'task': 'next_order', 'name': 'average_gap', 'relation': 'next_orders',
         'value': 'past.rule_days'},
        {'task': 'next_order', 'name': 'shrunk_gaps', 'relation': 'next_orders',
         'value': 'past.model_days'}
    ]) }}
{% endmacro %}


{#- The methods that SQL applies as coefficients. -#}
{% macro linear_methods() %}
    {{ return(['purchase_decay', 'logistic_regression', 'ridge', 'lasso', 'polynomial']) }}
{% endmacro %}


{#- The methods that the var spend_methods may name; src/customer_value/regressors.py fits them. -#}
{% macro regressors() %}
    {{ return(['ridge', 'lasso', 'polynomial', 'decision_tree', 'gradient_boosting']) }}
{% endmacro %}


{#- The methods that the var churn_methods may name; src/customer_value/classifiers.py fits them. -#}
{% macro classifiers() %}
    {{ return([
        'logistic_regression', 'decision_tree', 'random_forest', 'gradient_boosting', 'linear_svm',
        'nearest_neighbors', 'neural_network', 'stack', 'mean'
    ]) }}
{% endmacro %}


{#- A group of customers by how many gaps between their purchases are known. -#}
{% macro group_of_gaps(gap_count) -%}
    case
        when {{ gap_count }} = 0 then 'no gap'
        when {{ gap_count }} = 1 then '1 gap'
        when {{ gap_count }} < 5 then '2 to 4 gaps'
        else '5 or more gaps'
    end
{%- endmacro %}
