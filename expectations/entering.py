"""Gate *entering*: is what the sources sent tonight fit to build from? A failing load is held, the rest goes on."""

import great_expectations.expectations as gxe

from expectations.check import Check

_NEW_LOADS = """
    select l.*, l.source || '.' || l.stream as stream_name
    from raw.load_log l join ops.build_load b using (load_id)
    where b.build_id = {build_id} and b.is_new
"""

# Loads are comparable when their windows are: a night's, not a year's. Fourteen of them make a history.
_VOLUME = f"""
with new_loads as ({_NEW_LOADS})
select
    n.load_id,
    n.stream_name,
    n.complete,
    n.records,
    coalesce(n.source_total, n.records) as source_total,
    n.quarantined::float / greatest(n.records + n.quarantined, 1) as quarantined_share,
    n.window_end - n.taken_at > interval '1 day' as reaches_into_the_future,
    case when history.loads >= 14 and history.typical > 0 then n.records / history.typical end as volume_ratio
from new_loads n
left join lateral (
    select count(*) as loads, percentile_cont(0.5) within group (order by p.records) as typical
    from (
        select records from raw.load_log p
        where (p.source, p.account, p.stream) = (n.source, n.account, n.stream)
          and p.load_id < n.load_id and p.status <> 'held' and p.mode = 'nightly'
          and p.window_end - p.window_start < 2 * (n.window_end - n.window_start)
          and n.window_end - n.window_start < 2 * (p.window_end - p.window_start)
        order by p.load_id desc limit 28
    ) p
) history on true
"""


def _new_payloads(stream: str, columns: str) -> str:
    """One row per record of `stream` (`<source>_<stream>`) observed by tonight's loads."""
    return f"""
select o.load_id, o.scope, {columns}
from raw.observation o
join ops.build_load b using (load_id)
join raw.{stream} r using (account, scope, content_hash)
where b.build_id = {{build_id}} and b.is_new and o.stream = '{stream}'
"""


def _never_null(*columns: str) -> tuple[gxe.Expectation, ...]:
    return tuple(gxe.ExpectColumnValuesToNotBeNull(column=column) for column in columns)


CHECKS = (
    Check(
        "loads",
        _VOLUME,
        "load_id",
        (
            gxe.ExpectColumnValuesToBeInSet(column="complete", value_set=[True]),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="records", column_B="source_total", or_equal=True
            ),
            gxe.ExpectColumnValuesToBeBetween(column="quarantined_share", max_value=0.05),
            gxe.ExpectColumnValuesToBeBetween(column="volume_ratio", min_value=0.2, max_value=5),
            gxe.ExpectColumnValuesToBeInSet(column="reaches_into_the_future", value_set=[False]),
        ),
    ),
    Check(
        "shopify_orders",
        _new_payloads(
            "shopify_orders",
            """r.payload ->> 'createdAt' as created_at,
               r.payload ->> 'currencyCode' as currency,
               (r.payload #>> '{{totalPriceSet,shopMoney,amount}}')::float as total_amount,
               jsonb_array_length(r.payload #> '{{lineItems,nodes}}') as line_count""",
        ),
        "load_id",
        (
            *_never_null("created_at", "currency", "total_amount"),
            gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
            gxe.ExpectColumnValuesToBeBetween(column="total_amount", min_value=0, mostly=0.999),
            gxe.ExpectColumnValuesToBeBetween(column="line_count", min_value=1, mostly=0.99),
        ),
    ),
    Check(
        "google_ads_campaigns_daily",
        """
select o.load_id, o.scope, row_of ->> 'day' as row_day, (row_of ->> 'cost')::float as cost_micros
from raw.observation o
join ops.build_load b using (load_id)
join raw.google_ads_campaigns_daily r using (account, scope, content_hash)
cross join lateral (
    select jsonb_build_object('day', e #>> '{{segments,date}}', 'cost', e #>> '{{metrics,costMicros}}') as row_of
    from jsonb_array_elements(r.payload) e
) rows
where b.build_id = {build_id} and b.is_new and o.stream = 'google_ads_campaigns_daily'
""",
        "load_id",
        (
            *_never_null("row_day"),
            gxe.ExpectColumnPairValuesToBeEqual(column_A="row_day", column_B="scope"),
            gxe.ExpectColumnValuesToBeBetween(column="cost_micros", min_value=0),
        ),
    ),
    Check(
        "easypost_trackers",
        _new_payloads(
            "easypost_trackers",
            "r.payload ->> 'tracking_code' as tracking_code, r.payload ->> 'status' as status",
        ),
        "load_id",
        (
            *_never_null("tracking_code"),
            gxe.ExpectColumnValuesToBeInSet(
                column="status",
                value_set=[
                    "unknown",
                    "pre_transit",
                    "in_transit",
                    "out_for_delivery",
                    "delivered",
                    "available_for_pickup",
                    "return_to_sender",
                    "failure",
                    "cancelled",
                    "error",
                ],
                mostly=0.99,
            ),
        ),
    ),
    Check(
        "odoo_stock_quants",
        _new_payloads("odoo_stock_quants", "(r.payload ->> 'quantity')::float as quantity"),
        "load_id",
        (
            *_never_null("quantity"),
            gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=0, mostly=0.95),
        ),
    ),
)
