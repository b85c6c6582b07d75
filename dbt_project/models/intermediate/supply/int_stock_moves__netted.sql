{{ config(
    materialized='incremental',
    indexes=[{'columns': ['business_date']}, {'columns': ['location_id', 'sku', 'business_date']}],
    pre_hook="{{ forget_touched('moved_days') }}",
) }}

-- What each business day added to and took from every SKU and location of the ERP.
-- Summed after {{ ref('int_touched__stock_before') if model.resource_type != 'unit_test' }} and {{ _touched('moved_days') }}.
with moves as (
    select
        stock_moves.*,
        {{ local_date('stock_moves.moved_at', company('timezone')) }} as business_date
    from {{ ref('stg_odoo__stock_moves') }} as stock_moves
    where stock_moves.moved_at < {{ as_of_end() }}
        {%- if only_touched() %}
        -- A range first, which an index serves; then the days themselves.
        and stock_moves.moved_at >= (
            select min(business_date) - 1 from {{ _touched('moved_days') }}
        )
        and {{ local_date('stock_moves.moved_at', company('timezone')) }} in (
            select business_date from {{ _touched('moved_days') }}
        )
        {%- endif %}
),

products as (
    select erp_product_id, sku from {{ ref('stg_odoo__products') }}
    where sku is not null
),

locations as (
    select erp_location_id, location_id from {{ ref('dim_location') }}
    where erp_location_id is not null and stock_authority = 'erp'
),

arrivals as (
    select
        erp_product_id,
        to_erp_location_id as erp_location_id,
        business_date,
        quantity
    from moves
),

departures as (
    select
        erp_product_id,
        from_erp_location_id as erp_location_id,
        business_date,
        -quantity as quantity
    from moves
),

both_sides as (
    select * from arrivals
    union all
    select * from departures
)

select
    products.sku,
    locations.location_id,
    both_sides.business_date,
    sum(both_sides.quantity) as net_quantity,
    coalesce(sum(both_sides.quantity) filter (where both_sides.quantity > 0), 0) as arrived_quantity,
    coalesce(-sum(both_sides.quantity) filter (where both_sides.quantity < 0), 0) as departed_quantity
from both_sides
inner join products on both_sides.erp_product_id = products.erp_product_id
inner join locations on both_sides.erp_location_id = locations.erp_location_id
group by products.sku, locations.location_id, both_sides.business_date
