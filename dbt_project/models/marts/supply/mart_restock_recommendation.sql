{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['sku', 'location_id', 'as_of_day'],
    'history': 'append', 'by': 'as_of_day', 'keep_days': 7,
}}) }}

-- One advice per SKU and location, the first that settles the need: TRANSFER from a location that can spare it,
-- EXPEDITE an order that comes after the shelf is empty, ORDER from the supplier.
with needs as (
    select
        needs.*,
        transfers.donor_location_id,
        transfers.transfer_qty as offered_qty,
        case
            when not (needs.is_below or needs.is_gap) then 'NONE'
            when transfers.transfer_qty is not null then 'TRANSFER'
            when needs.is_gap then 'EXPEDITE'
            else 'ORDER'
        end as advice
    from {{ ref('int_restock__needs') }} as needs
    left join {{ ref('int_restock__transfers') }} as transfers
        on needs.sku = transfers.sku
        and needs.location_id = transfers.location_id
),

advised as (
    select
        *,
        case when advice = 'ORDER' then qty_raw else 0 end as advised_raw,
        case when advice = 'ORDER' then qty_accepted else 0 end as advised_qty,
        advice = 'ORDER' and draft_on_order > 0 as is_awaiting_approval
    from needs
)

select
    -- ids
    advised.sku,
    advised.location_id,
    {{ as_of_day() }} as as_of_day,
    skus.variant_id,
    skus.title,
    advised.supplier_id,
    planned.supplier_name,

    -- what we have
    advised.on_hand,
    advised.available,
    advised.on_order,
    advised.in_transit,
    advised.draft_on_order,
    advised.position,

    -- what we need
    round(advised.daily_demand::numeric, 4) as daily_demand,
    round(advised.demand_std::numeric, 4) as demand_std,
    advised.lead_time_days,
    advised.review_days,
    round(advised.safety_stock, 2) as safety_stock,
    advised.reorder_point,
    advised.target_stock,

    -- what to order
    advised.advised_raw as qty_raw,
    advised.advised_qty as qty_to_order,
    advised.moq,
    advised.pack_size,
    planned.purchase_price_amount as unit_cost_amount,
    round(advised.advised_qty * planned.purchase_price_amount, 2) as order_value_amount,
    coalesce(planned.purchase_currency, {{ company('currency') }}) as currency,

    -- until when
    advised.cover_days as days_of_cover,
    advised.cover_days_incl_on_order as days_of_cover_incl_on_order,
    advised.stockout_date,
    advised.latest_order_date,

    -- the advice
    advised.advice,
    case when advised.advice = 'TRANSFER' then advised.donor_location_id end as transfer_from_location_id,
    case when advised.advice = 'TRANSFER' then advised.offered_qty end as transfer_qty,
    advised.expedite_po_name,
    advised.is_awaiting_approval,
    advised.severity,
    {{ restock_reason('advised', 'locations.location_code', 'donors.location_code', 'planned.supplier_name') }} as reason,
    {{ is_simulated(['orders', 'stock', 'suppliers', 'costs']) }} as is_simulated
from advised
left join {{ ref('int_skus__identified') }} as skus on advised.sku = skus.sku
left join {{ ref('int_variants__planned') }} as planned on advised.sku = planned.sku
left join {{ ref('dim_location') }} as locations on advised.location_id = locations.location_id
left join {{ ref('dim_location') }} as donors on advised.donor_location_id = donors.location_id
