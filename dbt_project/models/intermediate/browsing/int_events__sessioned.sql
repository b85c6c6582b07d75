{{ config(
    materialized='incremental',
    indexes=[
        {'columns': ['customer_key']}, {'columns': ['session_id']}, {'columns': ['store_id', 'business_date']}
    ],
    pre_hook=["{{ forget_touched('visitors') }}", "{{ forget_erased() }}"],
) }}

-- A session is one person's events in one store with no pause of more than half an hour; its id is its first event's.
-- Made only when it is noted what was held of the touched ({{ _touched('looks_before') }}): what they looked at, and when.
with events as (
    select
        *,
        lag(occurred_at) over visit as occurred_before
    from {{ of_touched(ref('int_events__placed'), 'visitors') }} as placed
    window visit as (partition by customer_key, store_id order by occurred_at, event_id)
),

numbered as (
    select
        *,
        count(*) filter (
            where occurred_before is null
                or occurred_at > occurred_before + interval '{{ browsing_policy('session_gap_minutes') }} minutes'
        ) over (
            partition by customer_key, store_id order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from events
)

select
    event_id,
    first_value(event_id) over (
        partition by customer_key, store_id, session_number order by occurred_at, event_id
    ) as session_id,
    told_event_id,
    customer_key,
    store_id,
    variant_id,
    product_id,
    checkout_id,
    metric_name,
    quantity,
    business_date,
    occurred_at
from numbered
