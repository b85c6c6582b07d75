"""The gate of the leaving stops marts that lost something or do not agree with one another; real Great Expectations."""

from datetime import timedelta

import pytest

from expectations import leaving
from include import quality
from include.errors import GateFailed
from tests.quality.loads import NIGHT, load_of_trackers


def test_marts_that_disagree_stop_the_publish_and_the_message_names_the_day(
    warehouse, superuser, build_id, marts
):
    superuser.execute("update build.mart_daily_sales set gross_sales_amount = 10.01")

    with pytest.raises(GateFailed, match=r"daily_sales_are_the_orders.*2026-03-01"):
        quality.check_leaving(warehouse, build_id)

    superuser.execute("update build.mart_daily_sales set gross_sales_amount = 10.00")
    quality.check_leaving(warehouse, build_id)
    verdicts = superuser.execute(
        "select success from ops.gate_result where gate = 'leaving' and check_name = 'daily_sales_are_the_orders'"
    ).fetchall()
    assert verdicts == [(False,), (True,)]


def test_an_unexplained_difference_in_our_own_sums_stops_the_publish_and_a_vendors_does_not(
    warehouse, superuser, build_id, monkeypatch
):
    own = [check for check in leaving.CHECKS if check.name == "our_own_sums_agree"]
    monkeypatch.setattr(leaving, "CHECKS", own)
    superuser.execute(
        """
        create table build.mart_reconciliation (check_name text, subject text, business_date date, severity text,
            unexplained_amount numeric, differing_records int);
        insert into build.mart_reconciliation values ('orders_are_their_day', 'shop', '2026-03-01', 'error', 0.01, 0),
            ('bridge_reaches_the_vendors_figure', 'shop', '2026-03-01', 'warning', 7, 1),
            ('platform_conversions_are_our_orders', 'meta x', '2026-03-01', 'claim', 7, 1),
            ('lines_are_their_orders', 'shop', '2026-03-02', 'error', 0, 2);
        grant select on build.mart_reconciliation to nightshift_transformer;
        """
    )
    with pytest.raises(GateFailed) as stopped:
        quality.check_leaving(warehouse, build_id)
    assert "orders_are_their_day shop 2026-03-01" in str(stopped.value)
    assert "lines_are_their_orders shop 2026-03-02" in str(stopped.value)
    assert "vendors_figure" not in str(stopped.value)

    superuser.execute(
        "update build.mart_reconciliation set unexplained_amount = 0, differing_records = 0 where severity = 'error'"
    )
    quality.check_leaving(warehouse, build_id)


def order_read(superuser, build_id, order_id):
    """An order of the store 'shop', placed on the night's day and read by a new load of the build."""
    load_id = load_of_trackers(
        superuser, build_id, [], source="shopify", account="shop", stream="orders", run_id=order_id
    )
    superuser.execute(
        """insert into raw.shopify_orders (account, scope, content_hash, payload, row_count)
           values ('shop', %s, 'hash', '{"createdAt": "2026-03-01T12:00:00Z"}', 1)""",
        (order_id,),
    )
    superuser.execute(
        """insert into raw.observation (load_id, stream, account, scope, content_hash, row_count)
           values (%s, 'shopify_orders', 'shop', %s, 'hash', 1)""",
        (load_id, order_id),
    )


@pytest.mark.parametrize("full_refresh", [False, True])
def test_an_order_that_was_read_and_not_built_stops_the_publish(
    warehouse, superuser, build_id, marts, full_refresh
):
    superuser.execute("update ops.build set full_refresh = %s", (full_refresh,))
    order_read(superuser, build_id, "1")
    quality.check_leaving(warehouse, build_id)

    order_read(superuser, build_id, "2")
    superuser.execute("insert into ops.touched_scope values ('shopify', 'orders', 'shop', '2')")
    with pytest.raises(GateFailed, match=r"orders_reach_the_marts.*shop"):
        quality.check_leaving(warehouse, build_id)


def test_an_order_deleted_at_the_source_is_not_awaited_in_the_marts(warehouse, superuser, build_id, marts):
    order_read(superuser, build_id, "1")
    order_read(superuser, build_id, "2")
    superuser.execute(
        "insert into ops.tombstone (source, account, stream, scope, detected_at)"
        " values ('shopify', 'shop', 'orders', '2', %s)",
        (NIGHT + timedelta(hours=1),),
    )
    quality.check_leaving(warehouse, build_id)
