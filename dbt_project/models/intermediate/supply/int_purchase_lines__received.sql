-- When the goods of a purchase order line came in: the day its running total reached what was ordered is the day
-- it was complete.
with receipts as (
    select
        moves.purchase_order_line_id,
        moves.moved_at,
        lines.ordered_quantity,
        sum(moves.quantity) over (
            partition by moves.purchase_order_line_id order by moves.moved_at, moves.stock_move_id
        ) as received_until
    from {{ ref('stg_odoo__stock_moves') }} as moves
    inner join {{ ref('stg_odoo__purchase_order_lines') }} as lines
        on moves.purchase_order_line_id = lines.purchase_order_line_id
    where moves.moved_at < {{ as_of_end() }}
)

select
    purchase_order_line_id,
    min(moved_at) as first_received_at,
    min(moved_at) filter (where received_until >= ordered_quantity) as fully_received_at,
    max(received_until) as moved_quantity
from receipts
group by purchase_order_line_id
