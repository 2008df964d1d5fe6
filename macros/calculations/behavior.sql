{#- The label whose count (`relation.<label>_count`) is largest; of equal ones the first. -#}
{% macro most_frequent(relation, labels) -%}
    case greatest(
        {%- for label in labels %}{{ relation }}.{{ label }}_count{{ ', ' if not loop.last }}{% endfor -%}
    )
        when 0 then null
        {%- for label in labels %}
        when {{ relation }}.{{ label }}_count then '{{ label }}'
        {%- endfor %}
    end
{%- endmacro %}


{% macro weekdays() %}
    {{ return(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']) }}
{% endmacro %}


{#- Six hours each, from midnight on. -#}
{% macro dayparts() %}
    {{ return(['night', 'morning', 'afternoon', 'evening']) }}
{% endmacro %}


{#-
    Change of a daily rate, recent days against the days before them, from -1 to 1: the difference
    over the sum, so that twice as much is 1/3 and half as much -1/3. Amounts may be below zero
    where discounts exceed prices, hence abs.
-#}
{% macro change_rate(recent, comparison) -%}
    {%- set recent = 'cast(' ~ recent ~ ' as double) * ' ~ var('comparison_days') -%}
    {%- set comparison = 'cast(' ~ comparison ~ ' as double) * ' ~ var('recent_days') -%}
    {{ ratio(recent ~ ' - ' ~ comparison, 'abs(' ~ recent ~ ') + abs(' ~ comparison ~ ')') }}
{%- endmacro %}


{#- A part of a total of amounts that may be below zero; null where it is no part of the total: below
    zero, above the total, or of a total that is not above zero. -#}
{% macro share_of_total(part, total) -%}
    case when {{ part }} between 0 and {{ total }} then {{ ratio(part, total) }} end
{%- endmacro %}


{#- A part that is never shown as more than the whole; null where the whole is zero. -#}
{% macro share_up_to_one(part, whole) -%}
    {{ ratio('least(' ~ part ~ ', ' ~ whole ~ ')', whole) }}
{%- endmacro %}


{#- Who visited: the customer, or where that is not known somebody else for each visit. -#}
{% macro visitor_key(sessions) -%}
    coalesce({{ sessions }}.customer_id, 'visit ' || {{ sessions }}.session_key)
{%- endmacro %}
