{#-
    Every version of a log stream's records that the running build may know, oldest first by extraction epoch:
    what was said first, and when something was first said, can only be told from these.

        from {{ versions('easypost', 'trackers', is_incremental()) }} as versions

    Columns: account, scope, payload, epoch, taken_at (of the first load that saw this version), version (1, 2, ...),
    is_deleted (the record, at its source). Do not join it to `latest`: two subqueries over the same observations are
    each taken for one row by the planner, and nested.
-#}
{% macro versions(source_name, stream, touched_only=false) -%}
(
    with loads as materialized (
        {{ frozen_loads(source_name, stream) }}
    ),

    {% if touched_only %}
    touched as materialized {{ touched_scopes(source_name, stream) }},
    {% endif %}

    first_seen as (
        select distinct on (seen.account, seen.scope, seen.content_hash)
            seen.account,
            seen.scope,
            seen.content_hash,
            loads.epoch,
            loads.taken_at,
            max(loads.taken_at) over (partition by seen.account, seen.scope) as last_taken_at
        from raw.observation as seen
        inner join loads on loads.load_id = seen.load_id
        {% if touched_only %}
        inner join touched on touched.account = seen.account and touched.scope = seen.scope
        {% endif %}
        where seen.stream = '{{ source_name }}_{{ stream }}'
        order by seen.account, seen.scope, seen.content_hash, loads.epoch, loads.load_id
    )

    select
        first_seen.account,
        first_seen.scope,
        payloads.payload,
        first_seen.epoch,
        first_seen.taken_at,
        row_number() over (
            partition by first_seen.account, first_seen.scope order by first_seen.epoch, first_seen.content_hash
        ) as version,
        coalesce(tombstones.detected_at > first_seen.last_taken_at, false) as is_deleted
    from first_seen
    inner join {{ source(source_name, stream) }} as payloads
        on payloads.account = first_seen.account
        and payloads.scope = first_seen.scope
        and payloads.content_hash = first_seen.content_hash
    left join ops.tombstone as tombstones
        on tombstones.source = '{{ source_name }}'
        and tombstones.stream = '{{ stream }}'
        and tombstones.account = first_seen.account
        and tombstones.scope = first_seen.scope
)
{%- endmacro %}
