{{ config(
    materialized='incremental',
    indexes=[{'columns': ['sku']}, {'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('days') }}",
) }}

-- What every variant of a store sold and got back on each day.
with sold as (
    select
        store_id,
        variant_id,
        business_date,
        max(sku) as sku,
        min(currency) as currency,
        count(distinct order_id) as orders,
        sum(quantity) as units,
        sum(net_amount) as net_amount,
        {{ whole_sum('net_reporting_amount') }} as net_reporting_amount
    from {{ of_touched(ref('int_order_lines__priced'), 'days') }} as lines
    where is_sale_line and variant_id is not null
    group by store_id, variant_id, business_date
),

refunded as (
    select
        store_id,
        variant_id,
        refund_date as business_date,
        max(sku) as sku,
        min(currency) as currency,
        sum(quantity) filter (where kind in ('return', 'damaged')) as returned_units,
        sum(amount) filter (where kind in ('return', 'damaged')) as returned_amount,
        sum(amount) as given_back_amount,
        {{ whole_sum('reporting_amount') }} as given_back_reporting_amount
    from {{ of_touched(ref('int_refund_lines__booked'), 'days', 'store_id, refund_date') }} as refund_lines
    where is_sale_line and variant_id is not null
    group by store_id, variant_id, refund_date
)

select
    coalesce(sold.store_id, refunded.store_id) as store_id,
    coalesce(sold.variant_id, refunded.variant_id) as variant_id,
    coalesce(sold.business_date, refunded.business_date) as business_date,
    coalesce(sold.sku, refunded.sku) as sku,
    coalesce(sold.orders, 0)::int as orders,
    coalesce(sold.units, 0)::int as units,
    coalesce(sold.net_amount, 0) - coalesce(refunded.given_back_amount, 0) as net_sales_amount,
    {{ zero_without('sold.variant_id', 'sold.net_reporting_amount') }}
        - {{ zero_without('refunded.variant_id', 'refunded.given_back_reporting_amount') }} as net_sales_reporting_amount,
    coalesce(refunded.returned_units, 0)::int as returned_units,
    coalesce(refunded.returned_amount, 0) as returned_amount,
    coalesce(sold.currency, refunded.currency) as currency
from sold
full outer join refunded
    on refunded.store_id = sold.store_id
    and refunded.variant_id = sold.variant_id
    and refunded.business_date = sold.business_date
