"""Right after a history came in the gates' queries are planned for a history."""

import pytest

from expectations import entering, leaving
from expectations.entering.payloads import FEWEST_RECORDS, MOST_RECORDS, new_payloads
from include.profile import loads
from tests.quality.loads import NIGHT

MANY = 2000
FEW = 5
"""Rows. For each of so few the planner may well go through a whole stream; for more it takes a hash."""

HISTORY = {
    ("shopify", "orders"): """jsonb_build_object(
        'createdAt', at, 'currencyCode', 'USD', 'lineItems', '{"nodes": []}'::jsonb,
        'fulfillments', jsonb_build_array(jsonb_build_object('createdAt', at, 'trackingInfo', jsonb_build_array(
            jsonb_build_object('number', '1Z' || n)))))""",
    ("shopify", "products"): """jsonb_build_object('variants', jsonb_build_object('nodes', jsonb_build_array(
        jsonb_build_object('id', n, 'sku', 'sku ' || n))))""",
    ("klaviyo", "events"): "jsonb_build_object('attributes', jsonb_build_object('order_id', n, 'datetime', at))",
    ("easypost", "trackers"): """jsonb_build_object(
        'tracking_code', '1Z' || n, 'created_at', at, 'status', 'unknown', 'tracking_details', '[]'::jsonb)""",
    ("amazon", "orders"): "jsonb_build_object('createdTime', at, 'orderItems', '[]'::jsonb)",
    ("amazon", "transactions"): """jsonb_build_object('postedDate', at, 'relatedIdentifiers', jsonb_build_array(
        jsonb_build_object('relatedIdentifierName', 'ORDER_ID', 'relatedIdentifierValue', n::text)))""",
    ("odoo", "stock_quants"): """jsonb_build_object(
        'product_id', jsonb_build_array(n), 'location_id', '[8]'::jsonb, 'quantity', 1)""",
    ("odoo", "stock_moves"): """jsonb_build_object(
        'product_id', jsonb_build_array(n), 'location_id', '[8]'::jsonb, 'location_dest_id', '[5]'::jsonb, 'quantity', 1)""",
}  # fmt: skip
SCOPE = {("shopify", "orders"): "'gid://shopify/Order/' || n"}


@pytest.fixture
def first_night(superuser, build_id, marts):
    """`MANY` records of every stream that is held against another, in one load each, counted as the loader counts them;
    of the loads of tonight's build nobody has counted any, only of others."""
    for source, stream in HISTORY:
        _load(superuser, source, stream)
    superuser.execute(
        f"""
        update ops.build set full_refresh = true;
        insert into build.fct_orders
        select 'gid://shopify/Order/' || n, 'shopify', '2026-03-01', true, 1, 0, 0 from generate_series(1, {MANY}) n;
        insert into ops.build (as_of_day, as_of_end, status)
        select day, day, 'failed' from generate_series(timestamptz '2026-02-01', '2026-02-09', '1 day') day;
        insert into ops.build_load select build_id, load_id, true from ops.build join raw.load_log on ops.build.status = 'failed';
        analyze raw.observation, raw.load_log, build.fct_orders, ops.build, ops.build_load;
        insert into ops.build_load select {build_id}, load_id, true from raw.load_log;
        """
    )
    return build_id


def _load(superuser, source, stream):
    row = {
        "source": source, "account": source, "stream": stream, "mode": "nightly", "window_start": NIGHT.replace(year=2025),
        "kind": "snapshot" if stream == "stock_quants" else "log", "window_end": NIGHT, "epoch": 1, "taken_at": NIGHT,
        "run_id": "first", "complete": True, "records": MANY, "new_payloads": MANY, "quarantined": 0, "bytes": 0,
        "lake_uri": "file:///nowhere",
    }  # fmt: skip
    (load_id,) = superuser.execute(
        f"insert into raw.load_log ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning load_id",
        list(row.values()),
    ).fetchone()
    place = SCOPE.get((source, stream), "n::text")
    superuser.execute(
        f"""
        with told as (
            select '{source}' as account, {place} as scope, sha256(n::text::bytea) as content_hash,
                   {HISTORY[source, stream]} as payload
            from generate_series(1, {MANY}) n,
            lateral (select timestamptz '{NIGHT}' - interval '2 hours' - n * interval '1 minute' as at) happened
        ), kept as (
            insert into raw.{source}_{stream} select told.*, 1 from told
        )
        insert into raw.observation (load_id, stream, account, scope, content_hash, row_count)
        select {load_id}, '{source}_{stream}', account, scope, content_hash, 1 from told;
        analyze raw.{source}_{stream};
        """
    )


def test_the_planner_takes_no_stream_of_a_first_night_for_a_few_rows(first_night, superuser):
    """It would go through the next stream once for each of them: minutes, or hours."""
    mistaken = {}
    for check in (*entering.CHECKS, *leaving.CHECKS):
        query = "explain (analyze, timing off, format json) " + check.query.format(build_id=first_night)
        ((plan,),) = superuser.execute(query).fetchone()
        if taken := [node["Node Type"] for node in _nodes(plan["Plan"]) if _is_mistaken(node)]:
            mistaken[check.name] = taken
    assert mistaken == {}


def test_of_a_load_of_years_some_ten_thousand_records_are_judged(first_night, superuser):
    query = new_payloads("easypost_trackers", "r.payload ->> 'status' as status").format(build_id=first_night)
    assert len(superuser.execute(query).fetchall()) == MANY
    superuser.execute("update raw.load_log set records = 10 * %s where stream = 'trackers'", [MOST_RECORDS])
    drawn = superuser.execute(query).fetchall()
    assert 0.05 * MANY < len(drawn) < 0.15 * MANY
    assert superuser.execute(query).fetchall() == drawn


def test_of_a_hundred_windows_no_more_are_judged_together_and_some_of_each(first_night, superuser):
    told = "source, account, stream, mode, window_start, window_end, kind, epoch, taken_at, complete, new_payloads, quarantined, bytes"
    superuser.execute(
        f"""
        with more as (
            insert into raw.load_log (run_id, lake_uri, records, {told})
            select 'window ' || n, lake_uri || n, {MOST_RECORDS}, {told} from raw.load_log, generate_series(1, 99) n
            where stream = 'trackers' returning load_id
        )
        insert into ops.build_load select {first_night}, load_id, true from more
        """
    )
    query = new_payloads("easypost_trackers", "r.payload ->> 'status' as status").format(build_id=first_night)
    assert 0.5 * FEWEST_RECORDS < len(superuser.execute(query).fetchall()) < 2 * FEWEST_RECORDS < MANY


def test_no_more_of_a_load_is_looked_up_than_is_measured(first_night, superuser):
    (load_id,) = superuser.execute("select load_id from raw.load_log where stream = 'trackers'").fetchone()
    query = loads._NEW_RECORDS.format(table="raw.easypost_trackers", not_ours="true")
    of = {"load_id": load_id, "most": 100}
    ((plan,),) = superuser.execute(f"explain (analyze, timing off, format json) {query}", of).fetchone()
    seen = [
        node["Actual Loops"]
        for node in _nodes(plan["Plan"])
        if node.get("Relation Name") == "easypost_trackers"
    ]
    assert seen == [100]


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _is_mistaken(node):
    """Many rows taken for a few, or many read over and over."""
    rows = node["Actual Rows"]
    return rows >= MANY and (node["Plan Rows"] < FEW or rows * node["Actual Loops"] > FEW * 10 * MANY)
