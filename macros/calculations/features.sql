{#- How many weeks before the as-of date are counted one by one: half a year. -#}
{% macro feature_weeks() -%}
    {{ return(26) }}
{%- endmacro %}


{#-
    The numbers that predictions learn from, in the order in which they stand in the array of
    int_prediction_points, each with its scale: `log` is ln(1 + x), `plain` is x.
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


{#- The methods that the var churn_methods may name; src/customer_value/classifiers.py fits them. -#}
{% macro classifiers() %}
    {{ return([
        'logistic_regression', 'decision_tree', 'random_forest', 'gradient_boosting', 'linear_svm',
        'nearest_neighbors', 'neural_network', 'stack', 'mean'
    ]) }}
{% endmacro %}
