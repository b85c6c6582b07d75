-- Each unit reverses at most once, and nobody gets back more than the line cost.
select order_line_id, quantity, refunded_quantity, net_amount, refunded_amount
from {{ ref('fct_order_lines') }}
where refunded_quantity > quantity
    or refunded_amount > net_amount + 0.01 * quantity
