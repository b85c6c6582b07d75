-- Which SKUs and locations need something. Two kinds: the confirmed position has fallen to the reorder point
-- (is_below), or enough is on order but it comes after the shelf is empty (is_gap). A draft changes neither: it counts
-- in the quantity only.
with joined as (
    select
        points.*,
        planned.supplier_id,
        planned.moq,
        planned.pack_size,
        positions.on_hand,
        positions.available,
        positions.on_order,
        positions.in_transit,
        positions.draft_on_order,
        positions.draft_po_name,
        positions.confirmed_position,
        positions.position,
        projected.stockout_date,
        projected.cover_days,
        projected.cover_days_incl_on_order
    from {{ ref('int_restock__points') }} as points
    inner join {{ ref('int_variants__planned') }} as planned on points.sku = planned.sku
    inner join {{ ref('int_restock__positions') }} as positions
        on points.sku = positions.sku
        and points.location_id = positions.location_id
    inner join {{ ref('int_stock__projected') }} as projected
        on points.sku = projected.sku
        and points.location_id = projected.location_id
),

-- The order to hurry: the first one that comes after the shelf is empty, or that nobody can date any more.
late_receipts as (
    select distinct on (joined.sku, joined.location_id)
        joined.sku,
        joined.location_id,
        receipts.purchase_order_name as expedite_po_name,
        receipts.expected_date as expedite_expected_date,
        receipts.promised_date as expedite_promised_date
    from joined
    inner join {{ ref('int_receipts__expected') }} as receipts
        on joined.sku = receipts.sku
        and joined.location_id = receipts.location_id
    where receipts.expected_date is null or receipts.expected_date > joined.stockout_date
    order by joined.sku, joined.location_id, receipts.expected_date nulls last, receipts.purchase_order_name
),

gaps as (
    select
        joined.*,
        late_receipts.expedite_po_name,
        late_receipts.expedite_expected_date,
        late_receipts.expedite_promised_date,
        case when late_receipts.expedite_po_name is not null then joined.daily_demand * (
            least(
                coalesce(late_receipts.expedite_expected_date, joined.stockout_date + joined.lead_time_days),
                joined.stockout_date + joined.lead_time_days
            ) - greatest(joined.stockout_date, {{ as_of_day() }} + 1)
        ) end as gap_units
    from joined
    left join late_receipts
        on joined.sku = late_receipts.sku
        and joined.location_id = late_receipts.location_id
),

decided as (
    select
        *,
        confirmed_position <= reorder_point as is_below,
        confirmed_position > reorder_point
        and expedite_po_name is not null
        and coalesce(gap_units, 0) >= {{ restock_policy('smallest_gap_units') }} as is_gap,
        {{ quantity_wanted('position', 'reorder_point', 'target_stock') }} as qty_raw,
        stockout_date - lead_time_days as latest_order_date
    from gaps
)

select
    *,
    {{ quantity_accepted('qty_raw', 'moq', 'pack_size') }} as qty_accepted,
    case
        when available <= 0 and (is_below or is_gap) then 'out'
        when (is_below or is_gap) and latest_order_date <= {{ as_of_day() }} then 'late'
        when is_below or is_gap then 'due'
        else 'ok'
    end as severity
from decided
