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


{#-
    The segmentations by features: {name: {feature: [word for low, word for high]}}. Where there is a
    fit of another shop, each is there once more, for that shop's centers.
-#}
{% macro segmentations() %}
    {%- set named = {} -%}
    {%- do named.update(var('segmentations')) -%}
    {%- if var('carried_fit') -%}
        {%- for name, words in var('segmentations').items() -%}
            {%- do named.update({'carried_' ~ name: words}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(named) }}
{% endmacro %}


{#- With fewer categories nobody's interests are told apart. -#}
{% macro fewest_categories() -%}
    3
{%- endmacro %}


{#-
    Up to where a feature's low word is true, and from where its high one: 110 days ago is not recent
    even where others bought longer ago. Beyond it a name says the segment's median instead.
-#}
{% macro word_limits() %}
    {{ return({
        'recency_days': {'low': 90, 'high': 31},
        'frequency': {'low': 4, 'high': 3},
        'purchase_days_count': {'low': 4, 'high': 3},
        'products_per_order': {'low': 3, 'high': 3},
        'median_quantity': {'low': 1, 'high': 4},
    }) }}
{% endmacro %}


{#- How often, in words: not once, once, twice, 3 times. -#}
{% macro times_words(number) -%}
    case {{ number }}
        when 0 then 'not once'
        when 1 then 'once'
        when 2 then 'twice'
        else {{ grouped_number(number) }} || ' times'
    end
{%- endmacro %}


{#- A number as people write it, 8,064 or 2.5: decimals below ten alone, and where there are any. -#}
{% macro number_words(number, decimals=1) -%}
    case
        when abs({{ number }}) >= 10 or {{ number }} = round({{ number }}, 0)
            then {{ grouped_number(number) }}
        else cast(cast({{ number }} as decimal(18, {{ decimals }})) as string)
    end
{%- endmacro %}


{#- A feature's median in words, for names; rounded, so that a name does not change every day. -#}
{% macro median_words(feature, median) -%}
    case {{ feature }}
        when 'recency_days' then 'last bought ' || case
            when {{ median }} = 1 then 'a day'
            when {{ median }} <= 60 then {{ grouped_number(median) }} || ' days'
            when {{ median }} <= 730 then {{ grouped_number(median ~ ' / 30.4') }} || ' months'
            else {{ grouped_number(median ~ ' / 365.25') }} || ' years'
        end || ' ago'
        when 'frequency' then 'bought ' || {{ times_words(median) }}
        when 'purchase_days_count'
            then 'bought on ' || {{ number_words(median) }}
                || case when {{ median }} = 1 then ' day' else ' days' end
        when 'monetary_amount' then 'spent ' || {{ number_words(median, 2) }}
        when 'average_order_amount'
            then 'about ' || {{ number_words(median, 2) }} || ' an order'
        when 'products_per_order'
            then 'about ' || {{ number_words(median) }}
                || case when {{ median }} = 1 then ' product' else ' products' end || ' an order'
        when 'units_per_order'
            then 'about ' || {{ number_words(median) }}
                || case when {{ median }} = 1 then ' unit' else ' units' end || ' an order'
        when 'median_quantity'
            then 'about ' || {{ number_words(median) }}
                || case when {{ median }} = 1 then ' piece' else ' pieces' end || ' of a product'
        else replace({{ feature }}, '_', ' ') || ' ' || {{ number_words(median, 2) }}
    end
{%- endmacro %}


{#- Medians of a group of customers in one sentence; below zero on average their mean stands, too. -#}
{% macro medians_sentence(frequency, recency_days, amount, mean_amount) -%}
    'bought ' || {{ times_words(frequency) }}
    || ', last ' || case
        when {{ recency_days }} = 1 then 'a day' else {{ grouped_number(recency_days) }} || ' days'
    end
    || ' ago, ' || {{ number_words(amount, 2) }} || ' in all'
    || case
        when {{ mean_amount }} < 0 then ', on average ' || {{ number_words(mean_amount, 2) }}
        else ''
    end
{%- endmacro %}
