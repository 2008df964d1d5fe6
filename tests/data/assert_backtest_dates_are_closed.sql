{{ config(severity='warn') }}
-- a backtest date is left out where its horizon is not over today, or nothing happened before it
{% for date in var('backtest_dates') %}
select '{{ date }}' as backtest_date
where cast('{{ date }}' as date) not in (
    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_backtest
)
{{ 'union all' if not loop.last }}
{% else %}
select as_of_date
from {{ ref('int_as_of_dates') }}
where false
{% endfor %}
