{{ config(meta={'publish': {'schema': 'mart', 'key': ['location_id'], 'history': 'replace'}}) }}

with erp_locations as (
    select distinct on (location_code) location_code, erp_location_id
    from {{ ref('stg_odoo__locations') }}
    order by location_code, erp_location_id
),

stores as (
    select * from {{ ref('int_stores__known') }}
),

-- The ERP is the company's: where two shops call a place alike, it is the one of the shop in the company's currency.
shop_locations as (
    select
        locations.*,
        row_number() over (
            partition by locations.location_code
            order by (stores.currency is distinct from {{ company('currency') }}), locations.location_id
        ) = 1 as is_erps
    from {{ ref('stg_shopify__locations') }} as locations
    left join stores on stores.store_id = locations.store_id
),

-- A marketplace's own warehouses are one place to us: it says how much it has, not where.
marketplace_stores as (
    select store_id from {{ ref('stg_amazon__orders') }}
    where fulfilled_by = 'AMAZON'
    union
    select 'amazon:' || marketplace_id as store_id from {{ ref('stg_amazon__inventory') }}
),

locations as (
    select
        locations.location_id,
        locations.store_id,
        locations.location_code,
        locations.location_name,
        erp_locations.erp_location_id,
        locations.country,
        locations.province,
        locations.city,
        locations.is_active
    from shop_locations as locations
    left join erp_locations on erp_locations.location_code = locations.location_code and locations.is_erps
    union all
    select
        'amazon:AMAZON_FBA' as location_id,
        min(stores.store_id) as store_id,
        'AMAZON_FBA' as location_code,
        'Fulfilment by Amazon' as location_name,
        cast(null as text) as erp_location_id,
        min(stores.country) as country,
        cast(null as text) as province,
        cast(null as text) as city,
        true as is_active
    from marketplace_stores
    inner join stores on stores.store_id = marketplace_stores.store_id
    having count(*) > 0
)

select
    locations.location_id,
    locations.store_id,
    locations.location_code,
    locations.location_name,
    locations.erp_location_id,
    locations.country,
    locations.province,
    locations.city,
    -- One authority per shelf: the seed's word, else the ERP where it knows the place.
    coalesce(
        authorities.stock_authority,
        case when locations.erp_location_id is not null then 'erp' else 'shop' end
    ) as stock_authority,
    locations.is_active
from locations
left join {{ ref('stock_authority') }} as authorities on authorities.location_code = locations.location_code
