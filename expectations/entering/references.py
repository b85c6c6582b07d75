"""What one stream names, another knows: the mail platform's orders are the shop's, the shop's parcels the carriers'.

A stream that lost records is complete for itself; the others' words give it away. The load that does not know is held.
"""

import great_expectations.expectations as gxe

from expectations.check import Check


def _named(
    source: str, stream: str, name: str, happened: str, known: str, knowing: str, unnest: str = ""
) -> str:
    """Tonight's loads of `knowing` beside what `source`'s new loads name of their window: `known` says if it is there."""
    return f"""
select mine.load_id, count(*) as named, count(*) filter (where not exists ({known})) as unknown,
       '{source} {stream}' as by_whom
from ops.build_load theirs_is_new
join raw.load_log theirs on theirs.load_id = theirs_is_new.load_id
join raw.observation o on o.load_id = theirs.load_id
join raw.{source}_{stream} r on (r.account, r.scope, r.content_hash) = (o.account, o.scope, o.content_hash)
{unnest}
join ops.build_load mine_is_new on mine_is_new.build_id = {{build_id}} and mine_is_new.is_new
join raw.load_log mine on mine.load_id = mine_is_new.load_id and mine.status <> 'released' and mine.mode = 'nightly'
    and (mine.source || '.' || mine.stream) = '{knowing}'
where theirs_is_new.build_id = {{build_id}} and theirs_is_new.is_new and theirs.status <> 'released'
  and theirs.source = '{source}' and theirs.stream = '{stream}'
  and {name} is not null
  and {happened} between mine.window_end - interval '26 hours' and mine.window_end - interval '1 hour'
group by 1
"""


def _known(stream: str, key: str) -> str:
    return f"select from raw.observation k where k.stream = '{stream}' and k.scope = {key}"


_TRACKING = """select from raw.observation k join raw.easypost_trackers t using (account, scope, content_hash)
    where k.load_id = mine.load_id and t.payload ->> 'tracking_code' = parcel #>> '{{trackingInfo,0,number}}'"""

_REFERENCES = (
    _named(
        "klaviyo", "events", "r.payload #>> '{{attributes,order_id}}'",
        "(r.payload #>> '{{attributes,datetime}}')::timestamptz",
        _known("shopify_orders", "'gid://shopify/Order/' || (r.payload #>> '{{attributes,order_id}}')"),
        "shopify.orders",
    ),
    _named(
        "amazon", "transactions", "reference ->> 'relatedIdentifierValue'",
        "(r.payload ->> 'postedDate')::timestamptz",
        _known("amazon_orders", "reference ->> 'relatedIdentifierValue'"),
        "amazon.orders",
        "join lateral jsonb_array_elements(r.payload -> 'relatedIdentifiers') reference"
        " on reference ->> 'relatedIdentifierName' = 'ORDER_ID'",
    ),
    _named(
        "shopify", "orders", "parcel #>> '{{trackingInfo,0,number}}'", "(parcel ->> 'createdAt')::timestamptz",
        _TRACKING, "easypost.trackers", "cross join lateral jsonb_array_elements(r.payload -> 'fulfillments') parcel",
    ),
)  # fmt: skip

CHECKS = (
    Check(
        "known_to_others",
        f"""
select load_id, max(unknown::float / named) as unknown,
       string_agg(unknown || ' of ' || named || ' that ' || by_whom || ' name are not here, usually none', '; ') as told
from ({" union all ".join(f"({each})" for each in _REFERENCES)}) named
where named >= 8
group by 1
""",
        "load_id",
        (gxe.ExpectColumnValuesToBeBetween(column="unknown", max_value=0.4),),
        tells="told",
    ),
)
