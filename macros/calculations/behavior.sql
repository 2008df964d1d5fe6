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


{#- Growth of a daily rate: the recent days against the days before them. -#}
{% macro change_rate(recent, comparison) -%}
    try_cast(
        cast({{ recent }} as double) / nullif(cast({{ comparison }} as double), 0)
        * {{ var('comparison_days') }} / {{ var('recent_days') }} - 1 as decimal(18, 6)
    )
{%- endmacro %}
