-- the number that a second order on a number gets is no other order's
select parts.order_id
from {{ ref('int_order_parts') }} as parts
inner join {{ ref('stg_shop__order_lines') }} as lines
    on parts.order_id || '#' || parts.part_number = lines.order_id
where parts.part_number > 1
