-- Which needs another location can meet. A donor gives only what leaves it above its own reorder point, counting the
-- stock on its shelf alone. It must cover the whole quantity wanted; only where an order would come too late is it
-- enough to get through: back above the reorder point, or over the gap until the late order arrives. One donor serves
-- one location a night, the one that runs out first. Nothing is moved across a border, and what lies in a marketplace's
-- warehouses is not fetched back.
with needs as (
    select
        *,
        severity in ('out', 'late') as is_urgent,
        case when is_gap then ceil(round(gap_units::numeric, 4)) else greatest(reorder_point - position + 1, 1) end as least_useful,
        case when is_gap then ceil(round(gap_units::numeric, 4)) else qty_raw end as wanted
    from {{ ref('int_restock__needs') }}
    where is_below or is_gap
),

donors as (
    select
        sku,
        location_id,
        floor(least(available, confirmed_position) - reorder_point - 1) as surplus
    from {{ ref('int_restock__needs') }}
),

idle_stock as (
    select stock.sku, stock.location_id, floor(stock.available) as surplus
    from {{ ref('fct_inventory_snapshot_daily') }} as stock
    left join {{ ref('int_restock__points') }} as points
        on stock.sku = points.sku
        and stock.location_id = points.location_id
    where stock.business_date = {{ as_of_day() }} and points.sku is null
),

places as (
    select location_id, country, stock_authority = 'marketplace' as is_marketplace
    from {{ ref('dim_location') }}
),

offers as (
    select
        needs.sku,
        needs.location_id,
        donors.location_id as donor_location_id,
        least(donors.surplus, needs.wanted) as transfer_qty,
        needs.stockout_date
    from needs
    inner join (select * from donors union all select * from idle_stock) as donors
        on needs.sku = donors.sku
        and needs.location_id <> donors.location_id
    inner join places as here on needs.location_id = here.location_id
    inner join places as there on donors.location_id = there.location_id
    where needs.wanted > 0
        and here.country is not distinct from there.country
        and not there.is_marketplace
        and donors.surplus > 0
        and (donors.surplus >= needs.wanted or (needs.is_urgent and donors.surplus >= needs.least_useful))
),

best_donor as (
    select distinct on (sku, location_id) *
    from offers
    order by sku, location_id, transfer_qty desc, donor_location_id
)

select distinct on (sku, donor_location_id)
    sku,
    location_id,
    donor_location_id,
    transfer_qty
from best_donor
order by sku, donor_location_id, stockout_date nulls last, location_id
