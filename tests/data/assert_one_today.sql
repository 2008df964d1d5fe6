-- one date at the most is today, and it is the last
select count(*) filter (where is_current) as current_count
from {{ ref('int_as_of_dates') }}
having
    count(*) filter (where is_current) > 1
    or max(as_of_date) != max(case when is_current then as_of_date end)
