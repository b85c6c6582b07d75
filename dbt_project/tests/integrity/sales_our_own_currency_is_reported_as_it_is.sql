-- A line in the company's currency is reported to the cent as it is; one in another currency only by a published rate.
select order_line_id, currency, net_amount, net_reporting_amount, fx_rate
from {{ of_touched(ref('fct_order_lines'), 'orders') }} as fct_order_lines
where (currency = reporting_currency and (fx_rate <> 1 or net_reporting_amount is distinct from round(net_amount, 4)))
    or (fx_rate is null and net_reporting_amount is not null)
    or (
        currency <> reporting_currency
        and abs(net_reporting_amount - net_amount * fx_rate) > 0.0001
    )
