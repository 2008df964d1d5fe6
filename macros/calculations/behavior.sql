{#- The label whose count is largest; of equal ones the first; null where all are zero. -#}
{% macro most_frequent(counts) -%}
    {%- set columns = counts.values() | list -%}
    case greatest({{ columns | join(', ') }})
        when 0 then null
        {%- for label, column in counts.items() %}
        when {{ column }} then '{{ label }}'
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
    {{ ratio(
        recent ~ ' * cast(' ~ var('comparison_days') ~ ' as decimal(18, 6))',
        comparison ~ ' * ' ~ var('recent_days')
    ) }} - 1
{%- endmacro %}
