{{ config(
    meta={'publish': {
        'schema': 'mart', 'key': ['store_id', 'variant_id', 'business_date'], 'history': 'replace',
        'touched': ['int_touched__days', 'int_touched__shelves', 'int_touched__newest_days']
    }},
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}, {'columns': ['sku']}],
    pre_hook=[
        "{{ forget_touched('days') }}",
        "{{ forget_touched('shelves', 'sku', 'sku') }}",
        "{{ forget_touched('newest_days') }}",
    ],
) }}

-- A variant's day is told anew when something of it was sold or came back, or when its stock is not what it was.
with moved as (
    {%- if only_touched() %}
    select * from {{ of_touched(ref('int_product_days__moved'), 'days') }} as of_days
    union
    select * from {{ of_touched(ref('int_product_days__moved'), 'shelves', 'sku', 'sku') }} as of_shelves
    union
    select * from {{ of_touched(ref('int_product_days__moved'), 'newest_days') }} as of_newest_days
    {%- else %}
    select * from {{ ref('int_product_days__moved') }}
    {%- endif %}
),

stock as (
    select
        locations.store_id,
        snapshots.sku,
        snapshots.business_date,
        sum(snapshots.on_hand) as on_hand
    from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
    inner join {{ ref('dim_location') }} as locations on locations.location_id = snapshots.location_id
    inner join (select distinct sku, business_date from moved) as asked
        on asked.sku = snapshots.sku and asked.business_date = snapshots.business_date
    group by locations.store_id, snapshots.sku, snapshots.business_date
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
