-- A total multiplied by its quantity once more would pass every sum that is only compared with itself.
select order_line_id, unit_price_amount, quantity, line_total_amount
from {{ ref('fct_order_lines') }}
where abs(unit_price_amount * quantity - line_total_amount) > 0.01 * quantity
