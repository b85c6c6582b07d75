{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id', 'variant_id', 'business_date'], 'history': 'replace'}}) }}

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
    from {{ ref('int_order_lines__priced') }}
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
    from {{ ref('int_refund_lines__booked') }}
    where is_sale_line and variant_id is not null
    group by store_id, variant_id, refund_date
),

stock as (
    select
        locations.store_id,
        snapshots.sku,
        snapshots.business_date,
        sum(snapshots.on_hand) as on_hand
    from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
    inner join {{ ref('dim_location') }} as locations on locations.location_id = snapshots.location_id
    group by locations.store_id, snapshots.sku, snapshots.business_date
),

moved as (
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
)

select
    moved.store_id,
    moved.variant_id,
    moved.business_date,
    moved.sku,
    moved.orders,
    moved.units,
    moved.net_sales_amount,
    moved.returned_units,
    moved.returned_amount,
    stock.on_hand as stock_end,
    stock.on_hand > 0 as is_in_stock,
    moved.currency,
    {{ company('currency') }} as reporting_currency,
    moved.net_sales_reporting_amount
from moved
left join stock
    on stock.store_id = moved.store_id
    and stock.sku = moved.sku
    and stock.business_date = moved.business_date
