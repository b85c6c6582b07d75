{#- A label that no carrier scanned for a month: there never was a parcel that could be late. -#}
{% macro was_never_handed_over(parcel) -%}
    (
        {{ parcel }}.picked_up_at is null
        and not {{ parcel }}.is_delivered
        and coalesce({{ parcel }}.label_created_at < {{ as_of_end() }} - interval '30 days', false)
    )
{%- endmacro %}

{#- Each answer of a carrier repeats all scans: one event is one (tracker, instant, status, detail), as it was first told,
    late when something newer had been told before it. `scans` has a row per scan and answer. -#}
{% macro first_told_scans(scans) -%}
select
    -- ids
    md5(concat_ws('|',
        first_told.tracker_id, extract(epoch from first_told.occurred_at)::text,
        first_told.status, first_told.status_detail
    )) as shipment_event_id,
    first_told.tracker_id,

    -- texts
    first_told.status,
    first_told.status_detail,
    first_told.city,
    first_told.province,
    first_told.country,

    -- booleans
    coalesce(first_told.occurred_at < first_told.newest_known_at, false) as is_late_scan,

    -- timestamps
    first_told.occurred_at,
    first_told.taken_at as first_told_at
from (
    select distinct on (tracker_id, occurred_at, status, status_detail)
        *
    from {{ scans }}
    order by tracker_id, occurred_at, status, status_detail, version
) as first_told
{%- endmacro %}

{#- By which tracking codes orders travel, and travelled by the last build's knowledge (`as_it_was`, of all that was sent).
    For a CTE that is not materialized, in which codes are looked up. -#}
{% macro told_parcels(as_it_was) -%}
    select order_id, tracking_code from {{ ref('stg_shopify__fulfillments') }}
    union all
    select order_id, tracking_code from {{ ref('stg_amazon__packages') }}
    union all
    select order_id, tracking_code from {{ as_it_was }} as sent
{%- endmacro %}

{#- Which codes trackers follow, and followed by the last build's knowledge: to be looked up likewise. -#}
{% macro told_trackers(as_it_was) -%}
    select tracker_id, tracking_code from {{ ref('stg_easypost__trackers') }}
    union all
    select tracker_id, tracking_code from {{ ref('stg_ups__trackers') }}
    union all
    select tracker_id, tracking_code from {{ as_it_was }} as paired
{%- endmacro %}
