{#- The group that everybody is in, beside those of RFM. -#}
{% macro everybody() -%}
    everybody
{%- endmacro %}


{#- Recent buyers are those of so many days: what is popular now, not what ever was. -#}
{% macro recent_buyer_days() -%}
    {{ return(30) }}
{%- endmacro %}


{#-
    Where purchases have no meaningful dates, methods are compared on hidden products: about one in
    five of each customer, by the last digit of a hash, in two folds. A day after today stands for
    each.
-#}
{% macro hidden_folds() %}
    {{ return([
        {'days_after_today': 2, 'digits': ['0', '1', '2']},
        {'days_after_today': 3, 'digits': ['3', '4', '5']},
    ]) }}
{% endmacro %}


{#- Whether a row of int_recommendation_dates hides a customer's product. -#}
{% macro is_hidden(dates, customer_id, product_id) -%}
    (case right(md5({{ customer_id }} || '|' || {{ product_id }}), 1)
        {%- for fold in hidden_folds() %}
        {%- set hides = dates ~ '.as_of_date = ' ~ add_days(dates ~ '.known_as_of_date', fold.days_after_today) %}
        {%- for digit in fold.digits %}
        when '{{ digit }}' then {{ dates }}.protocol = 'hidden_products' and {{ hides }}
        {%- endfor %}
        {%- endfor %}
        else false
    end)
{%- endmacro %}


{#- The methods of each list, in the order in which equal scores are settled. -#}
{% macro list_methods() %}
    {{ return({'buy_again': var('buy_again_methods'), 'discover': var('discover_methods')}) }}
{% endmacro %}


{#-
    CTEs that end in `scaled_candidates`: of what the methods in the CTE `asked` (as_of_date, method)
    say for those in the CTE `customers` the best `candidate_count` of each customer, with their rank
    and with scores from zero to one for each customer and method, so that methods can be added up.
    Methods that name neighbors are read from `neighbor_scores`, which has been asked already.
-#}
{% macro scaled_candidates(neighbor_scores) -%}
scores as (

    select
        as_of_date,
        method,
        setting,
        customer_index,
        product_index,
        cast(score as decimal(18, 9)) as score,
        cast(null as int) as reason_product_index,
        cast(null as decimal(18, 6)) as reason_share
    from {{ neighbor_scores }}

    {% for name, method in recommendation_methods().items() if method.kind == 'customers' -%}
    union all

    select
        method_scores.as_of_date,
        asked.method,
        cast(0 as int) as setting,
        method_scores.customer_index,
        method_scores.product_index,
        cast(method_scores.score as decimal(18, 9)) as score,
        method_scores.reason_product_index,
        cast(method_scores.reason_share as decimal(18, 6)) as reason_share

    from {{ method_relation(method) }} as method_scores

    inner join customers
        on
            method_scores.as_of_date = customers.as_of_date
            and method_scores.customer_index = customers.customer_index

    inner join asked
        on
            method_scores.as_of_date = asked.as_of_date
            and asked.method = '{{ name }}'

    {% endfor %}
),

ranked_candidates as (

    select
        *,
        cast(row_number() over (
            partition by as_of_date, method, setting, customer_index
            order by score desc, product_index asc
        ) as int) as rank
    from scores

    where score > 0

),

best_candidates as (

    select
        *,
        min(score) over of_customer as lowest_score,
        max(score) over of_customer as highest_score
    from ranked_candidates

    where rank <= {{ var('candidate_count') }}

    window of_customer as (partition by as_of_date, method, setting, customer_index)

),

scaled_candidates as (

    select
        as_of_date,
        method,
        setting,
        customer_index,
        product_index,
        score,
        rank,
        case
            when highest_score = lowest_score then 1
            else {{ as_decimal(
                'cast(score - lowest_score as double)'
                ~ ' / cast(highest_score - lowest_score as double)', 18, 9
            ) }}
        end as scaled_score,
        reason_product_index,
        reason_share
    from best_candidates

)
{%- endmacro %}


{#- The place of a name in a list, from 1; null where it is not there. -#}
{% macro position_in(names, name) -%}
    cast({{ names.index(name) + 1 if name in names else 'null' }} as int)
{%- endmacro %}


{#- So many places of a list are looked through for products that are alike. -#}
{% macro varied_places() -%}
    60
{%- endmacro %}


{#-
    CTEs that end in `crowded`: which places of the lists in the CTE `placed` have two products
    before them whose names are like theirs. `of_list` are the columns that tell lists apart.
-#}
{% macro crowded_places(of_list) -%}
name_words as (

    select * from {{ ref('ml_name_words') }}

),

telling_words as (

    select
        {%- for column in of_list %}
        placed.{{ column }},
        {%- endfor %}
        placed.product_index,
        placed.place,
        name_words.word_index

    from placed

    inner join name_words
        on
            placed.as_of_date = name_words.as_of_date
            and placed.product_index = name_words.product_index

    where
        placed.is_varied
        and name_words.is_telling

),

-- names that are alike share one of these words, and few others do
compared as (

    select distinct
        {%- for column in of_list %}
        later.{{ column }},
        {%- endfor %}
        later.product_index,
        earlier.product_index as earlier_index

    from telling_words as later

    inner join telling_words as earlier
        on
            later.word_index = earlier.word_index
            and later.place > earlier.place
            {%- for column in of_list %}
            and later.{{ column }} = earlier.{{ column }}
            {%- endfor %}

),

compared_names as (

    select distinct
        as_of_date,
        product_index,
        earlier_index
    from compared

),

-- a left join, since two words by word, before names are known, would be most of all pairs
alike_names as (

    select
        compared_names.as_of_date,
        compared_names.product_index,
        compared_names.earlier_index

    from compared_names

    inner join name_words
        on
            compared_names.as_of_date = name_words.as_of_date
            and compared_names.product_index = name_words.product_index

    left join name_words as earlier_words
        on
            compared_names.as_of_date = earlier_words.as_of_date
            and compared_names.earlier_index = earlier_words.product_index
            and name_words.word_index = earlier_words.word_index

    group by
        compared_names.as_of_date,
        compared_names.product_index,
        compared_names.earlier_index

    having
        count(earlier_words.word_index) >= greatest(
            max(name_words.shared_word_count), max(earlier_words.shared_word_count)
        )

),

crowded as (

    select
        {%- for column in of_list %}
        compared.{{ column }},
        {%- endfor %}
        compared.product_index

    from compared

    inner join alike_names
        on
            compared.as_of_date = alike_names.as_of_date
            and compared.product_index = alike_names.product_index
            and compared.earlier_index = alike_names.earlier_index

    group by
        {%- for column in of_list %}
        compared.{{ column }},
        {%- endfor %}
        compared.product_index

    having count(*) >= 2

)
{%- endmacro %}


{#- The place of a list's methods where its fallbacks come first. -#}
{% macro last_position() -%}
    1000
{%- endmacro %}


{#- Whether a shop leaves anything out of discover. -#}
{% macro filters_discover() %}
    {{ return(
        var('discover_new_categories') or var('discover_price_band') | length > 0
        or var('discover_max_per_category') > 0
    ) }}
{% endmacro %}


{#-
    What one purchase gave to a score, in whole billionths, so that sums do not depend on the order
    of rows.
-#}
{% macro contribution(expression) -%}
    cast(round(least({{ expression }}, 9000) * 1000000000, 0) as bigint)
{%- endmacro %}


{#- What a customer did with a product, in words: bought it on a day, or looked at it. -#}
{% macro what_was_done(purchases) -%}
    case
        when {{ purchases }}.last_purchase_date is null then 'looked at'
        else 'bought on ' || cast({{ purchases }}.last_purchase_date as string)
    end
{%- endmacro %}


{#- Consequents of each antecedent: as many as a product's page shows. -#}
{% macro bundle_count() -%}
    {{ return(10) }}
{%- endmacro %}


{#- The first so many places of a list are scored. -#}
{% macro evaluation_cutoffs() -%}
    {{ return([5, 10, 20]) }}
{%- endmacro %}
