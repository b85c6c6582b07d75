{{ config(indexes=[{'columns': ['tracking_code']}]) }}

-- Trackers of which there is news, and the codes by which they follow their parcels now and did by the last build's knowledge:
-- told again or deleted, or made or scanned since the day published last ended, whenever that was told.
{% if builds_anew() %}
select cast(null as text) as tracker_id, cast(null as text) as tracking_code where false
{% else %}
{#- With both its ends: see since_then(). -#}
{%- set since_then = "between " ~ published_end() ~ " and 'infinity'" %}
with news as (
    select scope as tracker_id from {{ touched_scopes('easypost', 'trackers') }} as touched
    union
    select 'ups:' || scope from {{ touched_scopes('ups', 'tracking') }} as touched
    union
    select tracker_id from {{ ref('stg_easypost__trackers') }} where created_at {{ since_then }}
    union
    select tracker_id from {{ ref('stg_ups__trackers') }} where created_at {{ since_then }}
    union
    select tracker_id from {{ ref('stg_easypost__tracker_events') }} where occurred_at {{ since_then }}
    union
    select tracker_id from {{ ref('stg_ups__tracker_events') }} where occurred_at {{ since_then }}
),

known as not materialized (
    {{ told_trackers(as_it_was('int_trackers__paired', 'tracker_id text, tracking_code text')) }}
)

-- (`offset`: see int_touched__orders)
select distinct news.tracker_id, told.tracking_code
from news
cross join lateral (
    select tracking_code from known where known.tracker_id = news.tracker_id offset 0
) as told
{% endif %}
