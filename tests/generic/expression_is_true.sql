{#- The expression holds on every row; null does not. -#}
{% test expression_is_true(model, expression) %}

select *
from {{ model }}
where coalesce({{ expression }}, false) = false

{% endtest %}
