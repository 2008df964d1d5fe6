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
    What is predicted: its name, the column of int_prediction_samples that says what followed, the
    rules (the first is the one that others have to beat), the methods tried beside them, the one
    that is served unless another one wins, and whether its total must be right, too.
-#}
{% macro prediction_tasks() %}
    {%- set churn, spend = var('churn_methods'), var('spend_methods') -%}
    {{ return([
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
    ]) }}
{% endmacro %}


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
