-- Each unit reverses at most once, and nobody gets back more than the line cost, roundings apart.
select order_line_id, quantity, refunded_quantity, net_amount, refunded_amount
from {{ of_touched(ref('fct_order_lines'), 'orders') }} as fct_order_lines
where refunded_quantity > quantity
    or refunded_amount > net_amount + quantity * power(10::numeric, -({{ minor_digits('currency') }}))
