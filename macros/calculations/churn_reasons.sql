{#- Days, or something else that is counted, in words: 1 day, 64 days. -#}
{% macro counted_words(number, noun) -%}
    {{ number_words(number) }} || case when {{ number }} = 1 then ' {{ noun }}' else ' {{ noun }}s' end
{%- endmacro %}


{#- What a customer did, as a reason in words: `relation` has the columns of
    int_customer_features, and `feature` names the one that speaks. -#}
{% macro churn_reason_words(feature, relation) -%}
    {%- set recent = ' in the last ' ~ var('recent_days') ~ ' days' -%}
    {%- set before = ' in the ' ~ var('comparison_days') ~ ' days before the last '
        ~ var('recent_days') -%}
    {%- set ahead = ' in ' ~ var('prediction_horizon_days') ~ ' days at the rate until now' -%}
    {%- set sentences = {
        'monetary_amount': ['spent ', 'number', ' in all'],
        'average_order_amount': ['', 'number', ' an order'],
        'recent_spend_amount': ['spent ', 'number', recent],
        'comparison_spend_amount': ['spent ', 'number', before],
        'horizon_spend_amount': ['spends ', 'number', ahead],
        'units_per_order': ['', 'number', ' units an order'],
        'products_per_order': ['', 'number', ' products an order'],
        'frequency': ['bought ', 'times', ''],
        'recent_purchase_count': ['bought ', 'times', recent],
        'comparison_purchase_count': ['bought ', 'times', before],
        'horizon_purchase_days': ['buys on ', 'number', ' more days' ~ ahead],
        'purchase_days_count': ['bought on ', 'day', ''],
        'tenure_days': ['first bought ', 'day', ' ago'],
        'average_gap_days': ['usually buys every ', 'number', ' days'],
        'distinct_product_count': ['bought ', 'different product', ''],
        'distinct_category_count': ['bought in ', 'number', ' of the categories'],
        'visit_count': ['visited ', 'times', ''],
        'recent_visit_count': ['visited ', 'times', recent],
        'horizon_visit_count': ['visits ', 'number', ' times' ~ ahead],
        'days_since_last_visit': ['last visited ', 'day', ' ago'],
        'review_count': ['wrote ', 'review', '']
    } -%}
    coalesce(case {{ feature }}
        when 'recency_days' then
            'last bought ' || {{ counted_words(relation ~ '.recency_days', 'day') }} || ' ago'
            || case
                when {{ relation }}.average_gap_days is null then ', once until now'
                else ', usually every ' || {{ number_words('round(' ~ relation ~ '.average_gap_days, 0)') }}
            end
        when 'decayed_purchase_days' then
            'bought on ' || {{ counted_words(relation ~ '.purchase_days_count', 'day') }}
            || ', last ' || {{ counted_words(relation ~ '.recency_days', 'day') }} || ' ago'
        when 'gaps_since_last_purchase' then
            'last bought ' || {{ counted_words(relation ~ '.recency_days', 'day') }}
            || ' ago, usually every ' || {{ number_words('round(' ~ relation ~ '.average_gap_days, 0)') }}
        {%- for name, words in sentences.items() %}
        {%- set value = relation ~ '.' ~ name %}
        when '{{ name }}' then
            '{{ words[0] }}' || {{ number_words(value, 2) if words[1] == 'number'
                else times_words(value) if words[1] == 'times'
                else counted_words(value, words[1]) }} || '{{ words[2] }}'
        {%- endfor %}
        {%- for each in number_features()
            if each.name.startswith('purchase_count_week_') %}
        {%- set week = each.name.split('_')[-1] %}
        when '{{ each.name }}' then
            'bought ' || {{ times_words(relation ~ '.' ~ each.name) }} || ' in the week '
            || '{{ week }} before'
        {%- endfor %}
        {%- for each in number_features()
            if not each.name.startswith('purchase_count_week_') and each.name not in [
                'recency_days', 'decayed_purchase_days', 'gaps_since_last_purchase'
            ] and each.name not in sentences %}
        when '{{ each.name }}' then
            '{{ each.name | replace("_", " ") }} '
            || coalesce({{ number_words(relation ~ '.' ~ each.name, 2) }}, 'not known')
        {%- endfor %}
        {%- for name in word_features() %}
        when '{{ name }}' then
            '{{ name | replace("_", " ") }} '
            || coalesce(cast({{ relation }}.{{ name }} as string), 'not known')
        {%- endfor %}
    end, replace({{ feature }}, '_', ' ') || ' not known')
{%- endmacro %}
