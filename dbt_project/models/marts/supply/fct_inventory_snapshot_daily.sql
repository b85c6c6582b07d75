{{ config(
    meta={'publish': {
        'schema': 'mart', 'key': ['sku', 'location_id', 'business_date'], 'history': 'replace',
        'touched': ['int_touched__shelves', 'int_touched__newest_days']
    }},
    materialized='incremental',
    indexes=[
        {'columns': ['business_date']},
        {'columns': ['sku', 'business_date']},
        {'columns': ['sku', 'location_id', 'business_date']},
    ],
    pre_hook=["{{ forget_touched('shelves') }}", "{{ forget_touched('newest_days') }}"],
) }}

-- On a nightly build {{ _touched('newest_days') }} are told of all, and whole what {{ _touched('shelves') }} lists.
-- Days with a counted closing show it. All others are walked back from the as-of day by the ERP's stock moves:
-- stock at the end of a day = what lies there now, less everything moved since. A product that a closing does not list had none. Where nobody records moves (a shop's or a marketplace's
-- shelves) nothing is known before the first night we looked, between two looks the earlier one stands, and what is
-- listed no more (a deleted product) has no shelf: else it would be out of stock for ever.
with closings as (
    select * from {{ ref('int_stock__closed') }}
),

closed_days as (
    select distinct location_id, business_date from closings
),

moved_locations as (
    select distinct location_id from {{ ref('int_stock_walks__anchored') }}
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

shelves as (
    select
        closings.sku,
        closings.location_id,
        min(closings.business_date) as first_day
    from closings
    where closings.location_id not in (select location_id from moved_locations)
    group by closings.sku, closings.location_id
    union all
    select sku, location_id, first_day from {{ ref('int_stock_walks__anchored') }}
),

-- From which day on each SKU and location is told: mostly from the last one that stays as it is, with which the next opens.
told as (
    select
        shelves.sku,
        shelves.location_id,
        {%- if only_touched() %}
        case
            when touched.sku is not null then shelves.first_day
            when last_kept.sku is not null then last_kept.business_date
            else coalesce((
                select max(kept.business_date) from {{ this }} as kept
                where kept.sku = shelves.sku
                    and kept.location_id = shelves.location_id
                    and kept.business_date < {{ published_day() }}
            ), shelves.first_day)
        end as first_day
        {%- else %}
        shelves.first_day
        {%- endif %}
    from shelves
    {%- if only_touched() %}
    left join {{ _touched('shelves') }} as touched
        on touched.sku = shelves.sku and touched.location_id = shelves.location_id
    left join {{ this }} as last_kept
        on last_kept.sku = shelves.sku
        and last_kept.location_id = shelves.location_id
        and last_kept.business_date = {{ published_day() }} - 1
    {%- endif %}
),

-- Days without a move are added to the days with one by summing, not by joining: every pair has every day once. Moves are asked
-- for shelf by shelf: their history is long, and mostly only its last days matter.
moved_days as (
    select
        sku,
        location_id,
        business_date,
        sum(net_quantity) as net_quantity,
        sum(departed_quantity) as departed_quantity
    from (
        select
            told.sku,
            told.location_id,
            days.date_day as business_date,
            0::numeric as net_quantity,
            0::numeric as departed_quantity
        from told
        cross join lateral {{ days_between('told.first_day', as_of_day()) }} as days
        where told.location_id in (select location_id from moved_locations)
        union all
        select told.sku, told.location_id, shelf_moves.business_date, shelf_moves.net_quantity, shelf_moves.departed_quantity
        from told
        cross join lateral (
            select
                moves.business_date,
                sum(moves.net_quantity) as net_quantity,
                sum(moves.departed_quantity) as departed_quantity
            from {{ ref('int_stock_moves__netted') }} as moves
            where moves.sku = told.sku and moves.location_id = told.location_id and moves.business_date >= told.first_day
            group by moves.business_date
        ) as shelf_moves
    ) as both_kinds
    group by sku, location_id, business_date
),

walked as (
    select
        moved_days.*,
        anchored.last_quantity - coalesce(sum(moved_days.net_quantity) over (
            partition by moved_days.sku, moved_days.location_id
            order by moved_days.business_date desc rows between unbounded preceding and 1 preceding
        ), 0) as walked_quantity
    from moved_days
    inner join {{ ref('int_stock_walks__anchored') }} as anchored
        on anchored.sku = moved_days.sku and anchored.location_id = moved_days.location_id
),

counted as (
    select
        walked.sku,
        walked.location_id,
        walked.business_date,
        walked.departed_quantity,
        case
            when closed_days.business_date is not null then coalesce(closings.on_hand, 0)
            else walked.walked_quantity
        end as on_hand,
        coalesce(closings.reserved, 0) as reserved,
        coalesce(closings.is_estimated, closed_days.business_date is null) as is_estimated
    from walked
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
    inner join told on told.sku = closings.sku and told.location_id = closings.location_id
    cross join lateral {{ days_between('greatest(looks.looked_on, told.first_day)', 'looks.last_day') }} as days
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
{%- if only_touched() %}
left join {{ _touched('shelves') }} as touched on touched.sku = opened.sku and touched.location_id = opened.location_id
where touched.sku is not null or opened.business_date >= {{ published_day() }}
{%- endif %}
