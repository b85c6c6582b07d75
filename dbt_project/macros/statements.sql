{#-
    Every observation of a statement stream, not only the winning one: what was claimed about a day, and when.

        from {{ statements('google_ads', 'campaigns_daily') }} as statements

    Columns: account, scope (the day), payload (array of the day's rows, empty when there were none), taken_at, epoch.
-#}
{% macro statements(source_name, stream) -%}
(
    with loads as materialized (
        {{ frozen_loads(source_name, stream) }} and loads.complete
    )

    select
        seen.account,
        seen.scope,
        payloads.payload,
        loads.taken_at,
        loads.epoch
    from raw.observation as seen
    inner join loads on loads.load_id = seen.load_id
    inner join {{ source(source_name, stream) }} as payloads
        on payloads.account = seen.account
        and payloads.scope = seen.scope
        and payloads.content_hash = seen.content_hash
    where seen.stream = '{{ source_name }}_{{ stream }}'
)
{%- endmacro %}
