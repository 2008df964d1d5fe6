{#- The slice of customers as new or old: new is whose first purchase is no further back than the
    horizon is long. -#}
{% macro new_or_old(as_of_date, first_purchase_date) -%}
    case
        when {{ first_purchase_date }} >= {{ add_days(as_of_date, -var('prediction_horizon_days')) }}
            then 'customers: new'
        else 'customers: old'
    end
{%- endmacro %}
