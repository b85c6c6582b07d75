"""Gates hold what is not fit to build from, and stop what is not fit to act on; real Great Expectations."""

from datetime import UTC, date, datetime, timedelta

import great_expectations.expectations as gxe
import pytest
from psycopg.types.json import Jsonb

from expectations import entering, leaving, likely
from expectations.check import Check
from include import quality
from include.errors import GateFailed
from include.privacy.erase import erase
from include.warehouse import build as builds
from include.warehouse.build import holding_build
from include.warehouse.nights import release_load
from tests.conftest import admin
from tests.privacy.helpers import key_of, person
from tests.warehouse.helpers import DAY, line, load

NIGHT = datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.fixture
def superuser(postgres, warehouse):
    with admin(postgres, warehouse.database) as connection:
        yield connection


@pytest.fixture
def build_id(superuser):
    return superuser.execute(
        "insert into ops.build (as_of_day, as_of_end) values (%s, %s) returning build_id",
        (date(2026, 3, 1), NIGHT),
    ).fetchone()[0]


def load_of_trackers(superuser, build_id, statuses, **changes):
    """A nightly load of one tracker per status, frozen as new into the build. Returns its load_id."""
    row = {
        "source": "easypost", "account": "easypost", "stream": "trackers", "kind": "log", "mode": "nightly",
        "window_start": NIGHT - timedelta(days=1), "window_end": NIGHT, "epoch": 1, "taken_at": NIGHT,
        "run_id": f"run-{len(statuses)}-{changes}", "complete": True, "records": len(statuses),
        "new_payloads": len(statuses), "quarantined": 0, "bytes": 0, "lake_uri": "file:///nowhere",
    } | changes  # fmt: skip
    load_id = superuser.execute(
        f"insert into raw.load_log ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning load_id",
        list(row.values()),
    ).fetchone()[0]
    for number, status in enumerate(statuses):
        scope, digest = f"trk_{number}", f"{load_id}-{number}".encode()
        superuser.execute(
            """insert into raw.easypost_trackers (account, scope, content_hash, payload, row_count)
               values ('easypost', %s, %s, %s, 1)""",
            (scope, digest, Jsonb({"id": scope, "tracking_code": f"1Z{number}", "status": status})),
        )
        superuser.execute(
            """insert into raw.observation (load_id, stream, account, scope, content_hash, row_count)
               values (%s, 'easypost_trackers', 'easypost', %s, %s, 1)""",
            (load_id, scope, digest),
        )
    superuser.execute("insert into ops.build_load values (%s, %s, true)", (build_id, load_id))
    return load_id


def frozen(superuser, build_id):
    rows = superuser.execute("select load_id from ops.build_load where build_id = %s", (build_id,))
    return {row[0] for row in rows}


def test_a_bad_load_is_held_with_its_reason_and_a_good_one_goes_on(warehouse, superuser, build_id):
    good = load_of_trackers(superuser, build_id, ["delivered", "in_transit"])
    torn = load_of_trackers(superuser, build_id, ["delivered"], complete=False, run_id="torn")
    strange = load_of_trackers(superuser, build_id, ["teleported"] * 5, run_id="strange")
    short = load_of_trackers(superuser, build_id, ["delivered"] * 3, source_total=400, run_id="short")

    held = quality.check_entering(warehouse, build_id)

    assert frozen(superuser, build_id) == {good}
    assert len(held) == 3
    reasons = dict(superuser.execute("select load_id, status_reason from raw.load_log where status = 'held'"))
    assert set(reasons) == {torn, strange, short}
    assert "complete" in reasons[torn]
    assert "status" in reasons[strange]
    assert "source_total" in reasons[short]
    assert quality.data_docs(warehouse, "entering").exists()


def test_a_stream_a_tenth_as_long_as_usual_is_held_once_there_is_a_history(warehouse, superuser, build_id):
    for night in range(14, 0, -1):
        load_of_trackers(
            superuser, build_id, ["delivered"] * 20, run_id=f"night-{night}",
            window_start=NIGHT - timedelta(days=night + 1), window_end=NIGHT - timedelta(days=night),
        )  # fmt: skip
    superuser.execute("update ops.build_load set is_new = false")
    tenth = load_of_trackers(superuser, build_id, ["delivered"] * 2, run_id="tonight")
    # of a past day a log tells only what has not changed since: no night to compare it with
    load_of_trackers(superuser, build_id, ["delivered"] * 2, run_id="past", mode="backfill")

    (held,) = quality.check_entering(warehouse, build_id)

    assert f"load {tenth} of easypost.trackers (easypost) is held" in held
    assert "the number of records is 2, usually 20" in held
    assert held.endswith(f"make release LOAD={tenth}")


def test_what_a_person_released_is_not_held_again(warehouse, superuser, build_id):
    strange = load_of_trackers(superuser, build_id, ["teleported"] * 5)
    assert len(quality.check_entering(warehouse, build_id)) == 1
    release_load(warehouse, strange, "the carrier has a new word")

    builds.fail(warehouse, build_id, "held")
    second = builds.freeze(warehouse, date(2026, 3, 1))
    assert quality.check_entering(warehouse, second) == []
    assert frozen(superuser, second) == {strange}


def test_what_could_not_be_checked_stops_the_night(warehouse, superuser, build_id, monkeypatch):
    load_of_trackers(superuser, build_id, ["delivered"])
    broken = Check("broken", "select 1 as load_id, 'x'::text as n", "load_id",
                   (gxe.ExpectColumnValuesToBeBetween(column="missing", max_value=1),))  # fmt: skip
    monkeypatch.setattr(entering, "CHECKS", (broken,))
    with pytest.raises(GateFailed, match="could not be checked"):
        quality.check_entering(warehouse, build_id)


def test_of_few_records_none_or_a_handful_is_as_usual(warehouse, superuser, build_id):
    """A seller with one bad rating a month has months without any: no reason to hold the night."""
    for night in range(14, 0, -1):
        load_of_trackers(
            superuser, build_id, ["delivered"], run_id=f"night-{night}",
            window_start=NIGHT - timedelta(days=night + 1), window_end=NIGHT - timedelta(days=night),
        )  # fmt: skip
    superuser.execute("update ops.build_load set is_new = false")
    load_of_trackers(superuser, build_id, [], run_id="none")
    load_of_trackers(superuser, build_id, ["delivered"] * 6, run_id="six")
    assert quality.check_entering(warehouse, build_id) == []


@pytest.fixture
def marts(superuser):
    """What the leaving gate reads, with one order of the night's day; that day and order are touched."""
    superuser.execute(
        """
        create table build.fct_orders (order_id text, store_id text, business_date date, is_sale bool,
            gross_sales_amount numeric, discounts_amount numeric, cogs_amount numeric);
        create table build.mart_daily_sales (store_id text, source text, business_date date, orders int, units int,
            gross_sales_amount numeric, discounts_amount numeric, net_sales_amount numeric, tax_amount numeric,
            cogs_amount numeric, gross_sales_reporting_amount numeric);
        create table build.fct_ad_performance_daily (platform text, account_id text, ad_date date, spend_amount numeric,
            spend_reporting_amount numeric, clicks int, impressions int);
        create table build.mart_marketing_efficiency_daily (business_date date, channel text, spend_reporting_amount numeric);
        create table build.fct_inventory_snapshot_daily (location_id text, business_date date, on_hand int);
        create table build.mart_restock_recommendation (location_id text, advice text, order_value_amount numeric);
        create table build.mart_carrier_sla_daily (carrier text, service text, lane text, due_date date,
            customer_on_time_delivered_rate numeric, carrier_on_time_attempt_rate numeric);
        create table build.mart_reconciliation (check_name text, subject text, business_date date, severity text,
            unexplained_amount numeric, differing_records int);
        insert into build.mart_reconciliation values ('orders_are_their_day', 'shop', '2026-03-01', 'error', 0.004, 0),
            ('bridge_reaches_the_vendors_figure', 'shop', '2026-03-01', 'warning', 7, 1);
        insert into build.fct_orders values ('1', 'shop', '2026-03-01', true, 10, 1, 4);
        create table build.int_touched__days (store_id text, business_date date);
        insert into build.int_touched__days values ('shop', '2026-03-01');
        insert into build.mart_daily_sales values ('shop', 'shopify', '2026-03-01', 1, 1, 10, 1, 9, 1, 4, 10);
        grant select on all tables in schema build to nightshift_transformer, nightshift_publisher;
        """
    )


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


@pytest.fixture
def season(superuser, marts):
    """Eight weeks of twenty orders a day before the night, with their stock, published as they are built."""
    superuser.execute(
        """
        insert into build.mart_daily_sales
        select 'shop', 'shopify', '2026-03-01'::date - n, 20, 40, 1000 + n % 7, 100 + n % 5, 900, 70, 400, 1000 + n % 7
        from generate_series(1, 59) n;
        insert into build.fct_orders select 'past ' || n, 'shop', '2026-03-01'::date - n, false, 0, 0, 400
        from generate_series(1, 59) n;
        insert into build.fct_inventory_snapshot_daily
        select 'CMH1', '2026-03-01'::date - n, 100 + n % 3 from generate_series(0, 59) n;
        create table mart.mart_daily_sales as table build.mart_daily_sales;
        create table mart.fct_ad_performance_daily as table build.fct_ad_performance_daily;
        create table mart.fct_inventory_snapshot_daily as table build.fct_inventory_snapshot_daily;
        grant select on all tables in schema mart to nightshift_publisher;
        """
    )


YESTERDAY = {
    "an order's worth": ("gross_sales_amount = 100000, orders = 20", "gross sales per orders"),
    "units": ("units = 400, orders = 20", "units per orders"),
    "costs": ("gross_sales_amount = 1000, cogs_amount = 4", "cost of goods per gross sales"),
}


@pytest.mark.parametrize(("change", "figure"), YESTERDAY.values(), ids=YESTERDAY)
def test_a_day_out_of_proportion_stops_the_publish_in_words(
    warehouse, superuser, build_id, season, monkeypatch, change, figure
):
    monkeypatch.setattr(leaving, "CHECKS", likely.CHECKS)
    superuser.execute(
        "update build.mart_daily_sales set orders = 20, units = 41, gross_sales_amount = 1004, discounts_amount = 102,"
        " tax_amount = 70, cogs_amount = 400, gross_sales_reporting_amount = 1004 where business_date = '2026-03-01'"
    )
    quality.check_leaving(warehouse, build_id)
    superuser.execute(f"update build.mart_daily_sales set {change} where business_date = '2026-03-01'")
    with pytest.raises(GateFailed, match=f"{figure} of shop on 2026-03-01 is .*, usually "):
        quality.check_leaving(warehouse, build_id)


def test_a_past_that_moves_stops_the_publish_unless_somebody_asked_for_it(
    warehouse, superuser, build_id, season, monkeypatch
):
    monkeypatch.setattr(leaving, "CHECKS", likely.CHECKS)
    quality.check_leaving(warehouse, build_id)
    superuser.execute("update build.mart_daily_sales set gross_sales_amount = 2 * gross_sales_amount")
    with pytest.raises(GateFailed, match=r"gross sales of shop over \d+ days that are long past"):
        quality.check_leaving(warehouse, build_id)
    load_of_trackers(superuser, build_id, [], mode="backfill")
    quality.check_leaving(warehouse, build_id)


def test_stock_that_halves_overnight_stops_the_publish(warehouse, superuser, build_id, season, monkeypatch):
    monkeypatch.setattr(leaving, "CHECKS", likely.CHECKS)
    superuser.execute(
        "update build.fct_inventory_snapshot_daily set on_hand = 20 where business_date = '2026-03-01'"
    )
    with pytest.raises(GateFailed, match="units on hand at CMH1 are 20, the day before 101"):
        quality.check_leaving(warehouse, build_id)


def test_a_source_that_sells_nothing_while_another_sells_stops_the_publish_and_a_holiday_does_not(
    warehouse, superuser, build_id, season, monkeypatch
):
    weekday = [check for check in leaving.CHECKS if check.name == "yesterday_resembles_its_weekday"]
    monkeypatch.setattr(leaving, "CHECKS", weekday)
    superuser.execute(
        """
        delete from build.mart_daily_sales where business_date = '2026-03-01';
        insert into build.mart_daily_sales (store_id, source, business_date, orders)
        select 'amazon', 'amazon', '2026-03-01'::date - n, 10 from generate_series(1, 59) n
        """
    )
    quality.check_leaving(warehouse, build_id)
    superuser.execute(
        "insert into build.mart_daily_sales (store_id, source, business_date, orders)"
        " values ('amazon', 'amazon', '2026-03-01', 9)"
    )
    with pytest.raises(GateFailed, match=r"shopify has 0 orders on 2026-03-01, on that weekday usually 20"):
        quality.check_leaving(warehouse, build_id)


def test_a_vendor_that_still_counts_an_erased_person_does_not_have_its_load_held(warehouse):
    ann, bob = "ann@example.com", "bob@example.com"
    records = [
        line(
            f"gid://shopify/Customer/{n}",
            {"id": n, "customer_key": key_of(warehouse, email), "updatedAt": str(NIGHT)},
        )
        for n, email in (("1", ann), ("2", bob))
    ]
    people = [person(warehouse, ann, "1"), person(warehouse, bob, "2")]
    erase(warehouse, ann)
    whole = load(warehouse, records, stream="customers", vault=people, source_total=2)
    short = load(warehouse, records, stream="customers", vault=people, source_total=3)
    assert whole.records == 1
    with holding_build(warehouse, DAY) as build:
        held = quality.check_entering(warehouse, build)
    assert [text.split(" of ")[0] for text in held] == [f"load {short.load_id}"]
