{#- No value of these columns lies outside its range; null is no value. -#}
{% test accepted_ranges(model, ranges) %}

select {{ ranges | join(', ') }}
from {{ model }}
where
    false
    {%- for column, range in ranges.items() %}
    {%- if range.min_value is defined %}
    or {{ column }} < {{ range.min_value }}
    {%- endif %}
    {%- if range.max_value is defined %}
    or {{ column }} > {{ range.max_value }}
    {%- endif %}
    {%- endfor %}

{% endtest %}
