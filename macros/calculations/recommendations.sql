{#- The group that everybody is in, beside those of RFM. -#}
{% macro everybody() -%}
    everybody
{%- endmacro %}


{#- Recent buyers are those of so many days: what is popular now, not what ever was. -#}
{% macro recent_buyer_days() -%}
    {{ return(30) }}
{%- endmacro %}


{#- The methods of each list, in the order in which equal scores are settled. -#}
{% macro list_methods() %}
    {{ return({'buy_again': var('buy_again_methods'), 'discover': var('discover_methods')}) }}
{% endmacro %}


{#- The place of a name in a list, from 1; null where it is not there. -#}
{% macro position_in(names, name) -%}
    cast({{ names.index(name) + 1 if name in names else 'null' }} as int)
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
    cast(least({{ expression }}, 9000) * 1000000000 as bigint)
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
