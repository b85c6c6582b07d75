"""What one stream names, another knows: the mail platform's orders are the shop's, the shop's parcels the carriers',
and theirs the shop's.

A stream that lost records is complete for itself; the others' words give it away. The load that does not know is held, if
the days before were known: a mail platform may serve a shop that is not connected, a parcel go by a carrier that is not.
"""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.seen import record


def _touched(since: str) -> str:
    """What was last touched before cannot tell of what happened since; a history is then not read whole."""
    return (
        f"(o.source_updated_at > (select max(window_end) from tonight) - interval '{since}'"
        " or o.source_updated_at is null)"
    )


def _named(
    by: str, name: str, happened: str, knowing: str, known: str, unnest: str = "", again: bool = False
) -> str:
    """What stream `by` names of the last day and of the three before, beside each new load of `knowing`;
    `known` gives its keys. `again`: tonight's load tells those days as well. What ended earlier is not read: a history
    brought yesterday would be, whole."""
    (source, stream), (knower, shelf) = by.split("."), knowing.split(".")
    return f"""
with named as materialized (
    select {name} as key, {happened} as happened
    from ops.build_load b
    join raw.load_log l using (load_id)
    join raw.observation o using (load_id)
    {record(f"{source}_{stream}")}
    {unnest}
    where b.build_id = {{build_id}} and (l.source, l.stream) = ('{source}', '{stream}')
      and {"b.is_new" if again else "l.window_end > (select max(window_end) from tonight) - interval '6 days'"}
      and {_touched("6 days")}
)
select mine.load_id, '{source}' as by_whom,
       count(distinct named.key) filter (where is_new) as named,
       count(distinct named.key) filter (where is_new and known.key is null) as unknown,
       count(distinct named.key) filter (where not is_new) as named_before,
       count(distinct named.key) filter (where not is_new and known.key is null) as unknown_before
from named
join tonight mine on (mine.source, mine.stream) = ('{knower}', '{shelf}')
    and named.happened between mine.window_end - interval '98 hours' and mine.window_end - interval '1 hour'
cross join lateral (select named.happened >= mine.window_end - interval '26 hours' as is_new) age
left join ({known}) known on known.key = named.key
where named.key is not null
group by 1
"""


_SEEN = """
    select distinct o.scope as key from raw.observation o join raw.load_log l using (load_id)
    where (l.source, l.stream) = ('{source}', 'orders')
      and l.window_end > (select max(window_end) from tonight) - interval '7 days'
"""
_TRACKED = f"""
    select t.payload ->> 'tracking_code' as key
    from tonight join raw.observation o using (load_id)
    {record("easypost_trackers", alias="t")}
    where tonight.source = 'easypost'
"""

_SHIPPED = f"""
    select distinct parcel #>> '{{{{trackingInfo,0,number}}}}' as key
    from raw.load_log l join raw.observation o using (load_id)
    {record("shopify_orders")}
    cross join lateral jsonb_array_elements(r.payload -> 'fulfillments') parcel
    where (l.source, l.stream) = ('shopify', 'orders')
      and l.window_end > (select max(window_end) from tonight) - interval '7 days' and {_touched("7 days")}
"""

_REFERENCES = (
    _named(
        "klaviyo.events",
        "'gid://shopify/Order/' || (r.payload #>> '{{attributes,order_id}}')",
        "(r.payload #>> '{{attributes,datetime}}')::timestamptz",
        "shopify.orders",
        _SEEN.format(source="shopify"),
    ),
    _named(
        "amazon.transactions",
        "reference ->> 'relatedIdentifierValue'",
        "(r.payload ->> 'postedDate')::timestamptz",
        "amazon.orders",
        _SEEN.format(source="amazon"),
        "cross join lateral jsonb_path_query(r.payload,"
        " '$.relatedIdentifiers[*] ? (@.relatedIdentifierName == \"ORDER_ID\")') reference",
    ),
    _named(
        "shopify.orders",
        "parcel #>> '{{trackingInfo,0,number}}'",
        "(parcel ->> 'createdAt')::timestamptz",
        "easypost.trackers",
        _TRACKED,
        "cross join lateral jsonb_array_elements(r.payload -> 'fulfillments') parcel",
    ),
    _named(
        "easypost.trackers",
        "r.payload ->> 'tracking_code'",
        "(r.payload ->> 'created_at')::timestamptz",
        "shopify.orders",
        _SHIPPED,
        again=True,
    ),
)

CHECKS = (
    Check(
        "known_to_others",
        f"""
with tonight as (
    select l.* from raw.load_log l join ops.build_load b using (load_id)
    where b.build_id = {{build_id}} and b.is_new and l.mode = 'nightly' and l.status <> 'released'
)
select load_id, max(unknown::float / named) as unknown,
       string_agg(unknown || ' of ' || named || ' that ' || by_whom || ' names are not here, usually none', '; ')
           as told
from ({" union all ".join(f"({each})" for each in _REFERENCES)}) named
where named >= 8 and named_before >= 8 and unknown_before < 0.1 * named_before
group by 1
""",
        "load_id",
        (gxe.ExpectColumnValuesToBeBetween(column="unknown", max_value=0.4),),
        tells="told",
    ),
)
