-- a published order is its unrounded amounts, to half a cent
select orders.order_id
from {{ ref('fct_orders') }} as orders
full outer join {{ ref('int_orders') }} as unrounded
    on orders.order_id = unrounded.order_id
where
    orders.order_id is null
    or unrounded.order_id is null
    or abs(orders.gross_amount - unrounded.gross_amount) > 0.005
    or abs(orders.net_amount - unrounded.net_amount) > 0.005
