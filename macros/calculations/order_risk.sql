{#- Of the shop's orders or lines so many count for a customer's or product's own. -#}
{% macro prior_count() -%}
    5
{%- endmacro %}


{#- A price's logarithm; null where there is no price. -#}
{% macro log_price(price) -%}
    cast(ln(cast(nullif({{ price }}, 0) as double)) as decimal(12, 6))
{%- endmacro %}


{#- The mean of the logarithms before, own ones drawn to the shop's: both are lists of count, sum and
    sum of squares. Null where nothing is known of the shop. -#}
{% macro shrunk_mean(past, shop) -%}
    (
        cast({{ past[1] }} as double)
        + {{ prior_count() }} * cast({{ shop[1] }} as double) / nullif({{ shop[0] }}, 0)
    ) / ({{ past[0] }} + {{ prior_count() }})
{%- endmacro %}


{#- What is usual, from the mean of logarithms ln(1 + x) before. -#}
{% macro usual_value(past, shop) -%}
    cast(exp({{ shrunk_mean(past, shop) }}) - 1 as decimal(18, 4))
{%- endmacro %}


{#-
    By how many standard deviations a logarithm lies above what was usual before: mean and variance are
    those of the own past, to which a few of the shop's are added. 0 where nothing is known of the shop.
    A deviation of .1 is added, since quantities that never differ say little about the next one.
-#}
{% macro own_score(value, past, shop) -%}
    cast(coalesce(
        (cast({{ value }} as double) - {{ shrunk_mean(past, shop) }})
        / sqrt(
            0.01 + (
                greatest(coalesce(
                    cast({{ past[2] }} as double)
                    - power(cast({{ past[1] }} as double), 2) / nullif({{ past[0] }}, 0), 0
                ), 0)
                + {{ prior_count() }} * greatest(
                    cast({{ shop[2] }} as double) / nullif({{ shop[0] }}, 0)
                    - power(cast({{ shop[1] }} as double) / nullif({{ shop[0] }}, 0), 2), 0
                )
            ) / ({{ past[0] }} + {{ prior_count() }})
        ), 0
    ) as decimal(18, 6))
{%- endmacro %}


{#- The number of an order: a second order on the same number has its own. -#}
{% macro order_part_id(order_id, part_number) -%}
    case when {{ part_number }} > 1 then {{ order_id }} || '#' || {{ part_number }} else {{ order_id }} end
{%- endmacro %}


{#- What a shop has to have for its orders to be told apart. -#}
{% macro fewest_orders() -%}
    100
{%- endmacro %}


{#-
    What order risk may be about: each feature of int_order_risk_features with what it speaks of, so
    that an order is not told the same thing twice.
-#}
{% macro order_risk_features() %}
    {{ return([
        {'name': 'line_count', 'subject': 'lines'},
        {'name': 'few_lines_amount_score', 'subject': 'lines'},
        {'name': 'order_amount', 'subject': 'amount'},
        {'name': 'customer_amount_score', 'subject': 'amount'},
        {'name': 'unit_count', 'subject': 'units'},
        {'name': 'largest_quantity', 'subject': 'quantity'},
        {'name': 'customer_quantity_score', 'subject': 'quantity'},
        {'name': 'product_quantity_score', 'subject': 'quantity'},
        {'name': 'largest_line_amount', 'subject': 'line'},
        {'name': 'largest_line_share', 'subject': 'line'},
        {'name': 'price_deviation', 'subject': 'price'},
        {'name': 'hour_order_count', 'subject': 'hour'},
        {'name': 'orders_before_new_payment_method', 'subject': 'payment'},
        {'name': 'orders_before_new_country', 'subject': 'country'},
        {'name': 'days_without_visit', 'subject': 'visit'},
        {'name': 'fraud_score', 'subject': 'fraud'}
    ]) }}
{% endmacro %}


{#-
    The methods that rank orders, the rule that others have to beat first: the score by which they do
    (null where the method has none), and what comes first by it. Of equal ones the larger amount does.
-#}
{% macro order_risk_methods() %}
    {{ return([
        {'name': 'few_lines_then_value', 'score': 'line_count', 'direction': 'asc'},
        {'name': 'rules', 'score': 'rule_weight', 'direction': 'desc'},
        {'name': 'isolation_forest', 'score': 'anomaly_score', 'direction': 'desc'},
        {'name': 'logistic_regression', 'score': 'fraud_score', 'direction': 'desc'}
    ]) }}
{% endmacro %}


{#- The lists that methods are judged by: each with the column of int_order_outcomes that tells. -#}
{% macro order_risk_lists() %}
    {{ return([
        {'name': 'cancelled_orders', 'outcome': 'is_undone'},
        {'name': 'fraudulent_orders', 'outcome': 'is_fraud'}
    ]) }}
{% endmacro %}


{#- What a feature speaks of. -#}
{% macro order_risk_subject(feature) -%}
    case {{ feature }}
        {%- for each in order_risk_features() %}
        when '{{ each.name }}' then '{{ each.subject }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- A price in words, to the cent. -#}
{% macro price_words(price) -%}
    case
        when {{ price }} >= 0.01
            then cast(cast(round({{ price }}, 2) as decimal(28, 2)) as string)
        else 'less than 0.01'
    end
{%- endmacro %}


{#- Why an order is odd, in words: `orders` has the columns of int_order_risk_features, `lines` those of
    int_order_risk_lines with the product's name, and `feature` names the one that speaks. -#}
{% macro order_risk_words(feature, orders, lines) -%}
    {%- set piece = counted_words(lines ~ '.quantity', 'piece') ~ " || ' of ' || " ~ lines ~ ".product" -%}
    coalesce(case {{ feature }}
        when 'line_count' then
            {{ counted_words(orders ~ '.line_count', 'line') }} || ' for '
            || {{ number_words(orders ~ '.order_amount', 2) }}
        when 'few_lines_amount_score' then
            {{ counted_words(orders ~ '.line_count', 'line') }} || ' for '
            || {{ number_words(orders ~ '.order_amount', 2) }}
        when 'order_amount' then
            'an order of ' || {{ number_words(orders ~ '.order_amount', 2) }}
        when 'customer_amount_score' then
            'an order of ' || {{ number_words(orders ~ '.order_amount', 2) }} || case
                when {{ orders }}.customer_id is null then ' by a guest'
                when {{ orders }}.customer_order_count = 0 then ', the first of the customer'
                else ', the customer usually orders for about ' || {{ number_words(orders ~ '.usual_amount', 2) }}
            end
        when 'unit_count' then {{ counted_words(orders ~ '.unit_count', 'piece') }} || ' in all'
        when 'largest_quantity' then
            {{ counted_words(orders ~ '.largest_quantity', 'piece') }} || ' on one line'
        when 'customer_quantity_score' then
            {{ piece }} || case
                when {{ orders }}.customer_order_count = 0 then ', usual on a line is about '
                else ', the customer usually orders about '
            end
            || {{ number_words('round(' ~ lines ~ '.customer_usual_quantity, 0)') }}
        when 'product_quantity_score' then
            {{ piece }} || case
                when {{ lines }}.product_line_count = 0 then ', never ordered before'
                else
                    ', usually about '
                    || {{ number_words('round(' ~ lines ~ '.product_usual_quantity, 0)') }}
            end
        when 'largest_line_amount' then
            'a line of ' || {{ number_words(orders ~ '.largest_line_amount', 2) }}
        when 'largest_line_share' then
            {{ number_words('round(100 * ' ~ orders ~ '.largest_line_share, 0)') }}
            || ' % of the amount on one line'
        when 'price_deviation' then
            {{ price_words('exp(' ~ lines ~ '.log_price)') }} || ' for a piece of ' || {{ lines }}.product
            || case when {{ lines }}.has_list_price then ', the list says ' else ', usually about ' end
            || {{ price_words('exp(' ~ lines ~ '.usual_log_price)') }}
        when 'hour_order_count' then
            {{ counted_words(orders ~ '.hour_order_count', 'order') }}
            || ' of the customer in the hour before'
        when 'orders_before_new_payment_method' then
            'paid by ' || {{ orders }}.payment_method || ' for the first time, after '
            || {{ counted_words(orders ~ '.orders_before_new_payment_method', 'order') }}
        when 'orders_before_new_country' then
            'from ' || {{ orders }}.country || ' for the first time, after '
            || {{ counted_words(orders ~ '.orders_before_new_country', 'order') }}
        when 'days_without_visit' then
            'no visit for ' || {{ counted_words(orders ~ '.days_without_visit', 'day') }}
            || ' before the order'
        when 'fraud_score' then 'like orders that the shop has marked as fraud'
    end, replace({{ feature }}, '_', ' '))
{%- endmacro %}
