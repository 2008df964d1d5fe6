{#- Both relations have the same number of rows. -#}
{% test equal_rowcount(model, compare_model) %}

select
    row_count,
    compared_row_count
from (select count(*) as row_count from {{ model }}) as counted
cross join (select count(*) as compared_row_count from {{ compare_model }}) as compared
where row_count != compared_row_count

{% endtest %}
