{#-
How a model reads raw: never the tables themselves, always the winners among the loads that were frozen
for the running build (ops.build_load). Nothing here looks at the clock.

    from {{ latest('shopify', 'orders') }} as orders          one row per record
    from {{ latest('google_ads', 'campaigns_daily') }} as days one row per account-day, payload = array of rows
    from {{ latest('odoo', 'stock_quants') }} as quants       one row per record of the as-of day's closing
    from {{ closings('shopify', 'inventory_levels') }} as l   one row per record and closed business day

Columns: account, scope, payload, source_updated_at, epoch, load_id, taken_at, is_deleted;
for snapshots also business_date and is_estimated.
Sources are declared as `name: <source>`, `schema: raw`, tables `name: <stream>`, `identifier: <source>_<stream>`; a table
that is no log says so: `config: {meta: {kind: snapshot}}`, or statement. See include/sources for the kinds.
-#}

{% macro stream_kind(source_name, stream) -%}
    {%- if execute -%}
        {%- for table in graph.sources.values() if table.source_name == source_name and table.name == stream -%}
            {{ return(table.config.meta.get('kind', 'log')) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return('log') }}
{%- endmacro %}

{#- The business day the running build describes, and the instant at which it ends. -#}
{% macro as_of_day() -%}
    (select as_of_day from ops.build where status = 'running')
{%- endmacro %}

{% macro as_of_end() -%}
    (select as_of_end from ops.build where status = 'running')
{%- endmacro %}

{% macro company(column) -%}
    (select {{ column }} from ops.company)
{%- endmacro %}

{#- Accepted loads of one stream, as frozen for the running build. -#}
{% macro frozen_loads(source_name, stream) -%}
    select loads.*
    from raw.load_log as loads
    inner join ops.build_load as frozen on frozen.load_id = loads.load_id
    inner join ops.build as building on building.build_id = frozen.build_id and building.status = 'running'
    where loads.source = '{{ source_name }}' and loads.stream = '{{ stream }}'
{%- endmacro %}

{#- Streams of which an account's newest nightly load is held back, as source.stream. -#}
{% macro held_streams() -%}
    (
        select distinct source || '.' || stream as stream
        from (
            select distinct on (source, account, stream) source, stream, status
            from raw.load_log
            where mode <> 'backfill'
            order by source, account, stream, epoch desc
        ) as newest
        where status = 'held'
    )
{%- endmacro %}

{#- Winners of a stream. `touched_only` leaves the untouched records out (pass is_incremental()). -#}
{% macro latest(source_name, stream, touched_only=false) -%}
    {%- set kind = stream_kind(source_name, stream) -%}
    {%- if kind == 'snapshot' -%}
        {{ _latest_closing(source_name, stream) }}
    {%- else -%}
        {{ _latest_version(source_name, stream, kind, touched_only) }}
    {%- endif -%}
{%- endmacro %}

{#- Log: newest by the source's own update time, then by extraction epoch.
    Statement: the newest complete observation wins whole, so emptied days are empty. -#}
{% macro _latest_version(source_name, stream, kind, touched_only) -%}
(
    with loads as materialized (
        {{ frozen_loads(source_name, stream) }}
        {% if kind == 'statement' %}and loads.complete{% endif %}
    ),

    {% if touched_only %}
    touched as materialized {{ touched_scopes(source_name, stream) }},
    {% endif %}

    winners as (
        select distinct on (seen.account, seen.scope)
            seen.account,
            seen.scope,
            seen.content_hash,
            seen.source_updated_at,
            loads.epoch,
            loads.load_id,
            loads.taken_at
        from raw.observation as seen
        inner join loads on loads.load_id = seen.load_id
        {% if touched_only %}
        inner join touched on touched.account = seen.account and touched.scope = seen.scope
        {% endif %}
        where seen.stream = '{{ source_name }}_{{ stream }}'
        order by
            seen.account,
            seen.scope
            {%- if kind == 'log' %},
            seen.source_updated_at desc nulls last
            {%- endif %},
            loads.epoch desc,
            loads.load_id desc
    )

    select
        winners.account,
        winners.scope,
        payloads.payload,
        winners.source_updated_at,
        winners.epoch,
        winners.load_id,
        winners.taken_at,
        coalesce(tombstones.detected_at > winners.taken_at, false) as is_deleted
    from winners
    inner join {{ source(source_name, stream) }} as payloads
        on payloads.account = winners.account
        and payloads.scope = winners.scope
        and payloads.content_hash = winners.content_hash
    left join ops.tombstone as tombstones
        on tombstones.source = '{{ source_name }}'
        and tombstones.stream = '{{ stream }}'
        and tombstones.account = winners.account
        and tombstones.scope = winners.scope
)
{%- endmacro %}

{#- The loads that close business days: the first complete one after the day's end. Within six hours it is
    the closing stock; later (the company slept in) it stands in and the day is estimated. -#}
{% macro closing_loads(source_name, stream) -%}
    select distinct on (candidates.account, candidates.business_date)
        candidates.account,
        candidates.business_date,
        candidates.load_id,
        candidates.epoch,
        candidates.taken_at,
        candidates.taken_at > candidates.day_end + interval '6 hours' as is_estimated
    from (
        select
            loads.account,
            loads.load_id,
            loads.epoch,
            loads.taken_at,
            (loads.taken_at at time zone company.timezone)::date - 1 as business_date,
            (loads.taken_at at time zone company.timezone)::date::timestamp
                at time zone company.timezone as day_end
        from ({{ frozen_loads(source_name, stream) }} and loads.complete) as loads
        cross join ops.company as company
    ) as candidates
    where candidates.business_date <= {{ as_of_day() }}
    order by candidates.account, candidates.business_date, candidates.taken_at, candidates.epoch
{%- endmacro %}

{#- Every closed business day of a snapshot stream, one row per record and day. On an incremental run only days that are closed
    by another load than when they were last built. Goes with the pre-hook `forget_closings`. -#}
{% macro closings(source_name, stream) -%}
{%- set touched = none if model.resource_type == 'unit_test' else ref('int_touched__closings') -%}
(
    with closing as materialized (
        select chosen.*
        from ({{ closing_loads(source_name, stream) }}) as chosen
        {%- if is_incremental() %}
        inner join {{ touched }} as touched
            on touched.stream = '{{ source_name }}.{{ stream }}'
            and touched.account = chosen.account
            and touched.business_date = chosen.business_date
        {%- endif %}
    )

    {{ _closing_rows(source_name, stream, 'closing.is_estimated') }}
)
{%- endmacro %}

{#- Deletes what an incremental model holds of days that are closed by another load now. -#}
{% macro forget_closings(source_name, stream, account) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} as kept
        using {{ ref('int_touched__closings') }} as touched
        where touched.stream = '{{ source_name }}.{{ stream }}'
            and touched.account = kept.{{ account }}
            and touched.business_date = kept.business_date
    {%- endif -%}
{%- endmacro %}

{#- The closing of the as-of day; of the newest day before it when that day has none (then estimated). -#}
{% macro _latest_closing(source_name, stream) -%}
(
    with closing as materialized (
        select distinct on (account) *
        from ({{ closing_loads(source_name, stream) }}) as days
        order by account, business_date desc
    )

    {{ _closing_rows(source_name, stream, 'closing.is_estimated or closing.business_date < ' ~ as_of_day()) }}
)
{%- endmacro %}

{#- What lasts although a closing does not list it, as a shop does: each record as the newest closing that did told it. -#}
{% macro last_told(source_name, stream) -%}
(
    with closing as materialized (
        {{ closing_loads(source_name, stream) }}
    )
    select distinct on (account, scope) *
    from (
        {{ _closing_rows(source_name, stream, 'closing.is_estimated') }}
    ) as told
    order by account, scope, business_date desc
)
{%- endmacro %}

{% macro _closing_rows(source_name, stream, is_estimated) -%}
    select
        seen.account,
        seen.scope,
        payloads.payload,
        seen.source_updated_at,
        closing.epoch,
        closing.load_id,
        closing.taken_at,
        false as is_deleted,
        closing.business_date,
        {{ is_estimated }} as is_estimated
    from closing
    inner join raw.observation as seen
        on seen.load_id = closing.load_id
        and seen.stream = '{{ source_name }}_{{ stream }}'
    inner join {{ source(source_name, stream) }} as payloads
        on payloads.account = seen.account
        and payloads.scope = seen.scope
        and payloads.content_hash = seen.content_hash
{%- endmacro %}
