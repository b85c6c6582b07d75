{{ config(materialized='view') }}

-- Every line a marketplace's own sales report counts, at the price it shows: the answer as it came, none of our amounts.
select
    lines.order_line_id,
    lines.order_id,
    stores.store_id,
    {{ local_date('orders.ordered_at', 'stores.iana_timezone') }} as business_date,
    lines.quantity,
    lines.shown_price_amount * lines.quantity as shown_amount
from {{ ref('stg_amazon__order_lines') }} as lines
inner join {{ ref('stg_amazon__orders') }} as orders on orders.order_id = lines.order_id
inner join {{ ref('int_stores__known') }} as stores on stores.marketplace_id = orders.marketplace_id
where orders.ordered_at < {{ as_of_end() }} and lines.order_line_id is not null
