{{ config(meta={'publish': {'schema': 'act', 'key': ['need_key'], 'history': 'replace'}}) }}

-- One row per open need. A supplier's minimum order value counts over everything ordered from it, at all locations.
with needs as (
    select * from {{ ref('mart_restock_recommendation') }}
    where advice <> 'NONE'
),

-- Only what can be drafted adds up to a minimum: the ERP's own locations.
totals as (
    select needs.supplier_id, sum(needs.order_value_amount) as order_value_amount
    from needs
    left join {{ ref('dim_location') }} as locations on needs.location_id = locations.location_id
    where needs.advice = 'ORDER' and (locations.location_id is null or locations.erp_location_id is not null)
    group by needs.supplier_id
)

select
    -- ids
    needs.sku || '|' || needs.location_id as need_key,
    needs.sku,
    needs.title,
    needs.location_id,
    locations.location_code,
    needs.supplier_id,
    needs.supplier_name,
    needs.as_of_day,

    -- the advice
    needs.advice,
    needs.qty_to_order,
    needs.qty_raw,
    needs.unit_cost_amount,
    needs.order_value_amount,
    needs.currency,
    needs.latest_order_date,
    needs.severity,
    needs.reason,
    donors.location_code as transfer_from_location_code,
    needs.transfer_qty,
    needs.expedite_po_name,
    needs.is_awaiting_approval,

    -- the figures behind it
    needs.on_hand,
    needs.position,
    needs.reorder_point,
    needs.days_of_cover,
    needs.stockout_date,
    coalesce(totals.order_value_amount >= coalesce(minimums.min_order_amount, 0), minimums.min_order_amount is null) as supplier_min_order_met,

    -- what the ERP calls them
    supplied.erp_product_id,
    needs.supplier_id as erp_supplier_id,
    locations.erp_location_id,
    needs.is_simulated
from needs
left join {{ ref('dim_location') }} as locations on needs.location_id = locations.location_id
left join {{ ref('dim_location') }} as donors on needs.transfer_from_location_id = donors.location_id
left join {{ ref('int_variants__supplied') }} as supplied on needs.sku = supplied.sku
left join totals on needs.supplier_id = totals.supplier_id
left join {{ ref('stg_odoo__suppliers') }} as minimums on needs.supplier_id = minimums.supplier_id
