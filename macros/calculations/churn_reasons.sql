{#- Days, or something else that is counted, in words: 1 day, 64 days. -#}
{% macro counted_words(number, noun) -%}
    {{ number_words(number) }} || case when {{ number }} = 1 then ' {{ noun }}' else ' {{ noun }}s' end
{%- endmacro %}


{#- What a customer did, as a reason in words: `relation` has the columns of
    int_customer_features, and `feature` names the one that speaks. -#}
{% macro churn_reason_words(feature, relation) -%}
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
        when 'purchase_days_count' then
            'bought on ' || {{ counted_words(relation ~ '.purchase_days_count', 'day') }}
        when 'frequency' then 'bought ' || {{ times_words(relation ~ '.frequency') }}
        when 'tenure_days' then
            'first bought ' || {{ counted_words(relation ~ '.tenure_days', 'day') }} || ' ago'
        when 'monetary_amount' then
            'spent ' || {{ number_words(relation ~ '.monetary_amount', 2) }} || ' in all'
        when 'average_order_amount' then
            {{ number_words(relation ~ '.average_order_amount', 2) }} || ' an order'
        {%- for each in number_features()
            if each.name.startswith('purchase_count_week_') %}
        {%- set week = each.name.split('_')[-1] %}
        when '{{ each.name }}' then
            'bought ' || {{ times_words(relation ~ '.' ~ each.name) }} || ' in the week '
            || '{{ week }} before'
        {%- endfor %}
        {%- for each in number_features()
            if not each.name.startswith('purchase_count_week_') and each.name not in [
                'recency_days', 'decayed_purchase_days', 'gaps_since_last_purchase',
                'purchase_days_count', 'frequency', 'tenure_days', 'monetary_amount',
                'average_order_amount'
            ] %}
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
