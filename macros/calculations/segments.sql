{#- The features that exist on every as-of date. -#}
{% macro rfm_features() %}
    {{ return(['recency_days', 'frequency', 'monetary_amount']) }}
{% endmacro %}


{#- The columns of fct_customer_behavior that a segmentation may name. -#}
{% macro behavior_features() %}
    {{ return([
        'purchase_days_count', 'tenure_days', 'average_gap_days', 'gap_variation',
        'average_order_amount', 'units_per_order', 'products_per_order', 'distinct_product_count',
        'distinct_category_count', 'category_diversity', 'return_share', 'discount_share',
        'visit_count', 'visits_per_week', 'minutes_per_session', 'seconds_per_product_view',
        'views_per_session', 'bounce_share', 'conversion_rate', 'review_count', 'average_rating'
    ]) }}
{% endmacro %}


{#- Whether a segmentation needs more than RFM, and so exists on feature dates alone. -#}
{% macro needs_behavior(features) %}
    {{ return(features | reject('in', rfm_features()) | list | length > 0) }}
{% endmacro %}


{#- The dates as of which segments are fitted: today or where they are held still, and backtests. -#}
{% macro is_fit_date(dates) -%}
    (
        {{ dates }}.is_backtest
        {%- if var('segments_fitted_as_of') %}
        or {{ dates }}.as_of_date = cast('{{ var("segments_fitted_as_of") }}' as date)
        {%- else %}
        or {{ dates }}.is_current
        {%- endif %}
    )
{%- endmacro %}
