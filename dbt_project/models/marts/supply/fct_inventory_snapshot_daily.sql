{{ config(meta={'publish': {'schema': 'mart', 'key': ['sku', 'location_id', 'business_date'], 'history': 'replace'}}) }}

-- Days with a counted closing show it. All others are walked from the newest closing by the ERP's stock moves:
-- stock at the end of a day = the closing, plus everything moved up to that day, less everything moved up to the
-- closing's day. A product that a closing does not list had none. Where nobody records moves (a shop's or a marketplace's
-- shelves) nothing is known before the first night we looked, between two looks the earlier one stands, and what is
-- listed no more (a deleted product) has no shelf: else it would be out of stock for ever.
with closings as (
    select * from {{ ref('int_stock__closed') }}
),

closed_days as (
    select distinct location_id, business_date from closings
),

anchor_days as (
    select location_id, max(business_date) as business_date
    from closed_days
    group by location_id
),

moves as (
    select * from {{ ref('int_stock_moves__netted') }}
),

moved_locations as (
    select distinct location_id from moves
),

looks as (
    select
        location_id,
        business_date as looked_on,
        coalesce(
            lead(business_date) over (partition by location_id order by business_date) - 1, {{ as_of_day() }}
        ) as last_day
    from closed_days
    where location_id not in (select location_id from moved_locations)
),

first_days as (
    select sku, location_id, min(business_date) as first_day
    from (
        select sku, location_id, business_date from moves
        union all
        -- A shelf that never held the product is none, though an order may be waiting for it there.
        select sku, location_id, business_date from closings
        where on_hand <> 0
    ) as seen
    group by sku, location_id
),

-- Days without a move are added to the days with one by summing, not by joining: every pair has every day once.
moved_days as (
    select
        sku,
        location_id,
        business_date,
        sum(net_quantity) as net_quantity,
        sum(departed_quantity) as departed_quantity
    from (
        select
            first_days.sku,
            first_days.location_id,
            days.date_day as business_date,
            0::numeric as net_quantity,
            0::numeric as departed_quantity
        from first_days
        cross join lateral {{ days_between('first_days.first_day', as_of_day()) }} as days
        where first_days.location_id in (select location_id from moved_locations)
        union all
        select sku, location_id, business_date, net_quantity, departed_quantity
        from moves
    ) as both_kinds
    group by sku, location_id, business_date
),

walked as (
    select
        moved_days.*,
        anchor_days.business_date as anchor_day,
        sum(moved_days.net_quantity) over (
            partition by moved_days.sku, moved_days.location_id order by moved_days.business_date
        ) as moved_until
    from moved_days
    left join anchor_days on moved_days.location_id = anchor_days.location_id
),

anchors as (
    select
        walked.sku,
        walked.location_id,
        coalesce(closings.on_hand, 0) - walked.moved_until as offset_quantity
    from walked
    left join closings
        on walked.sku = closings.sku
        and walked.location_id = closings.location_id
        and walked.business_date = closings.business_date
    where walked.business_date = walked.anchor_day
),

counted as (
    select
        walked.sku,
        walked.location_id,
        walked.business_date,
        walked.departed_quantity,
        case
            when closed_days.business_date is not null then coalesce(closings.on_hand, 0)
            else walked.moved_until + coalesce(anchors.offset_quantity, 0)
        end as on_hand,
        coalesce(closings.reserved, 0) as reserved,
        coalesce(closings.is_estimated, closed_days.business_date is null) as is_estimated
    from walked
    left join anchors
        on walked.sku = anchors.sku
        and walked.location_id = anchors.location_id
    left join closed_days
        on walked.location_id = closed_days.location_id
        and walked.business_date = closed_days.business_date
    left join closings
        on walked.sku = closings.sku
        and walked.location_id = closings.location_id
        and walked.business_date = closings.business_date
),

looked as (
    select
        closings.sku,
        closings.location_id,
        days.date_day as business_date,
        0::numeric as departed_quantity,
        closings.on_hand,
        closings.reserved,
        closings.is_estimated or days.date_day > looks.looked_on as is_estimated
    from closings
    inner join looks
        on closings.location_id = looks.location_id
        and closings.business_date = looks.looked_on
    cross join lateral {{ days_between('looks.looked_on', 'looks.last_day') }} as days
),

every_day as (
    select sku, location_id, business_date, departed_quantity, on_hand, reserved, is_estimated from counted
    union all
    select * from looked
),

opened as (
    select
        *,
        lag(on_hand, 1, 0::numeric) over (partition by sku, location_id order by business_date) as opening_quantity
    from every_day
)

select
    -- ids
    opened.sku,
    opened.location_id,
    opened.business_date,
    skus.variant_id,

    -- units
    opened.on_hand,
    opened.reserved,
    opened.on_hand - opened.reserved as available,

    -- money
    costs.unit_cost_amount,
    coalesce(costs.unit_cost_currency, {{ company('currency') }}) as currency,

    -- booleans
    opened.on_hand - opened.reserved <= 0 as is_out_of_stock,
    opened.on_hand - opened.reserved <= 0
    and (opened.opening_quantity > 0 or opened.departed_quantity > 0) as sold_out_that_day,
    opened.is_estimated
from opened
left join {{ ref('int_skus__identified') }} as skus on opened.sku = skus.sku
left join {{ ref('int_skus__costed') }} as costs on opened.sku = costs.sku
