-- A total multiplied by its quantity once more would pass every sum that is only compared with itself. Stripping
-- tax may round each unit by one minor unit of the currency.
select order_line_id, unit_price_amount, quantity, line_total_amount
from {{ of_touched(ref('fct_order_lines'), 'orders') }} as fct_order_lines
where abs(unit_price_amount * quantity - line_total_amount)
    > quantity * power(10::numeric, -({{ minor_digits('currency') }}))
