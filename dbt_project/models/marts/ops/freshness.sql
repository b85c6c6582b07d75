{{ config(meta={'publish': {'schema': 'mart', 'key': ['mart_name'], 'history': 'replace'}}) }}

-- Which marts can be trusted to be of the as-of day. A stream is stale when one of its accounts did not land that day,
-- or landed what a gate holds back: the marts then show what was accepted before;
-- a stream that was never pulled belongs to no connected account and makes nothing stale. Ads are restated by their
-- platform for weeks: what they touch is provisional. The publish writes published_at.
{%- set lineage = streams_of_marts() %}

with lineage as (
    {% for mart in lineage -%}
    {% for stream in mart.streams or [''] -%}
    select '{{ mart.mart }}' as mart_name, '{{ stream }}' as stream
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {% if not lineage -%}
    select '' as mart_name, '' as stream where false
    {%- endif %}
),

accounts as (
    select
        source || '.' || stream as stream,
        account,
        bool_or(day = {{ as_of_day() }} and status = 'landed') as has_landed
    from {{ source('ops', 'stream_day') }}
    where day <= {{ as_of_day() }}
    group by source, stream, account
),

stale as (
    select stream from accounts where not has_landed
    union
    select stream from {{ held_streams() }} as held
)

select
    lineage.mart_name,
    {{ as_of_day() }} as as_of_day,
    null::timestamptz as published_at,
    coalesce(string_agg(stale.stream, ', ' order by stale.stream), '') as stale_streams,
    count(stale.stream) > 0 as is_stale,
    bool_or(lineage.stream in ('google_ads.campaigns_daily', 'meta.campaigns_daily')) as is_provisional
from lineage
left join stale on lineage.stream = stale.stream
group by lineage.mart_name
