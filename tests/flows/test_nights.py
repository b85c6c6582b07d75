"""Nights of a small company, one after the other: right numbers, nothing sent twice, nothing lost.

Everything is real but the scheduler: HTTP to the sandbox, Postgres, dbt, Great Expectations. The tests of this
file are one story and run in order.
"""

from collections import defaultdict
from datetime import timedelta

import pytest
import yaml

from include import dbt_runner
from include.sandbox.faults import Fault
from include.sandbox.truth import on_hand
from include.stack import contracts
from include.warehouse.contracts import published_tables
from include.warehouse.promises import promises
from include.window import day_window
from tests.flows.company import company
from tests.flows.secrecy import addresses, files_with, receivers_with, tables_with
from tests.flows.tables import differences
from tests.flows.tables_operations import note_everybody
from tests.flows.world_tables import EFFECT, TABLES
from tests.privacy.leaving import buyers_on_lists, forget, marks_of, traces
from tests.sandbox.worlds import TODAY, night_config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DAY = timedelta(days=1)
LISTS = ("audiences", "google_audiences", "klaviyo_lists", "klaviyo_imports")
ADS_ALONE = range(34, 28, -1)
"""Nights before the first on which only the ad platforms were asked: days watched from their first claim to the last."""


@pytest.fixture(scope="module")
def shop(module_warehouse, tmp_path_factory):
    with company(module_warehouse, tmp_path_factory.mktemp("sandbox"), night_config()) as shop:
        yield shop


@pytest.fixture(scope="module")
def first_night(shop):
    for days in ADS_ALONE:
        shop.sleep_until(TODAY - days * DAY)
        shop.pull(("google_ads", "meta"))
    shop.sleep_until(TODAY)
    shop.pull()
    note_everybody(shop)
    return shop.build()


def test_the_first_night_publishes_figures_equal_to_the_truth(shop, first_night):
    assert shop.failures == {}
    assert first_night.held == ()
    assert shop.differences() == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.name}-by-{table.key[-1]}")
def test_every_row_and_column_of_a_mart_equals_the_truth(shop, first_night, table):
    assert table.truth(shop), "the world tells nothing to compare with"
    assert differences(shop, table) == []


def test_what_an_audience_brought_equals_the_truth_where_enough_people_are_compared(shop, first_night):
    assert differences(shop, EFFECT) == []
    ((treated, held_out, lift),) = shop.read(
        "select treated_people, held_out_people, lift from mart.mart_audience_effect"
    )
    assert min(treated, held_out) >= 30
    assert lift is not None


def test_what_an_ad_day_will_come_to_is_known_from_days_watched_to_the_end(shop, first_night):
    ((judged, provisional),) = shop.read(
        "select count(completion_at_lag), count(*) from mart.fct_ad_performance_daily where is_provisional"
    )
    assert 0 < judged <= provisional


def test_money_is_conserved_from_lines_to_orders_to_days(shop, first_night):
    ((lines, orders, days),) = shop.read(
        """select (select sum(line_total_amount) from mart.fct_order_lines where is_sale_line),
                  (select sum(gross_sales_amount) from mart.fct_orders where is_sale),
                  (select sum(gross_sales_amount) from mart.mart_daily_sales)"""
    )
    assert lines == orders == days > 0


def test_stock_on_hand_equals_the_truth_at_the_end_of_every_day(shop, first_night):
    rows = shop.read(
        """select business_date, sku, location_code, on_hand
           from mart.fct_inventory_snapshot_daily join mart.dim_location using (location_id)
           where stock_authority = 'erp'"""
    )
    told = defaultdict(dict)
    for day, sku, code, units in rows:
        told[day][sku, code] = units
    for day in (shop.day, shop.day - timedelta(days=9), shop.day - timedelta(days=35)):
        end = day_window(day, shop.settings.timezone).end
        truth = {place: units for place, units in on_hand(shop.world, end).items() if units}
        assert {place: units for place, units in told[day].items() if units} == truth, day


def test_every_mart_and_column_a_reader_sees_is_described(shop, first_night):
    silent = shop.read(
        """select r.relname, a.attname
           from pg_class as r join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
           where r.relnamespace = 'mart'::regnamespace and r.relkind in ('r', 'v') and left(r.relname, 1) <> '_'
             and (obj_description(r.oid, 'pg_class') is null or col_description(r.oid, a.attnum) is null)"""
    )
    assert silent == []


def test_the_marts_are_those_promised_to_readers(shop, first_night):
    told = contracts.complaints(promises(published_tables(dbt_runner.manifest(shop.settings))))
    assert not told, "\n" + "\n".join(told)


def test_a_reader_sees_no_schema_but_mart(shop, first_night):
    seen = shop.read("select distinct table_schema from information_schema.tables "
                     "where table_schema not in ('pg_catalog', 'information_schema')")  # fmt: skip
    assert seen == [("mart",)]


def test_figures_that_rest_on_made_up_inputs_say_so(shop, first_night):
    ((inputs,),) = shop.read("select distinct simulated_inputs from mart.dim_store")
    assert {"stock", "parcels", "ads"} <= set(inputs.replace(" ", "").split(","))


def test_the_arithmetic_of_every_model_holds_on_its_worked_examples(shop, first_night):
    result = dbt_runner.run(shop.settings, "test", "--select", "resource_type:unit_test")
    assert dbt_runner.failing_nodes(result) == []
    files = [yaml.safe_load(file.read_text()) for file in dbt_runner.PROJECT.glob("models/**/*.yml")]
    assert len(result.result.results) == sum(len(file.get("unit_tests", [])) for file in files) > 0


def test_the_actions_leave_once_and_a_second_run_sends_nothing(shop, first_night):
    shop.act()
    sent, received = shop.sent(), shop.received()
    for receiver in ("messages", "mails", "purchase_orders", *LISTS):
        assert sent[receiver] > 0, receiver
    shop.act()
    assert shop.sent() == sent
    assert shop.received() == received


def test_reports_of_the_day_are_there_to_be_looked_at(shop, first_night):
    folder = shop.settings.home / "reports" / shop.day.isoformat()
    for page in ("index.html", "sla.html"):
        text = (folder / page).read_text()
        assert "SIMULATED" in text, page
    assert "<svg" in (folder / "sla.html").read_text()


def test_no_address_of_a_customer_is_anywhere_but_in_the_vault_and_at_klaviyo(shop, first_night):
    known = addresses(shop)
    assert files_with(shop, known) == []
    assert tables_with(shop, known) == {"pii.customer"}
    assert receivers_with(shop, known) == {"klaviyo_lists"}


def test_pulling_and_building_the_same_night_again_changes_no_mart_and_sends_nothing(shop, first_night):
    sent = shop.sent()
    shop.pull()
    again = shop.build()
    changed = {
        name: counts
        for name, counts in again.publication.tables.items()
        if counts.added or counts.changed or counts.removed
    }
    assert set(changed) <= {"mart.freshness"}
    shop.act()
    assert shop.sent() == sent


def test_the_next_night_adds_a_day_and_stays_equal_to_the_truth(shop, first_night):
    before = shop.sent()
    shop.sleep_until(TODAY + DAY)
    shop.pull()
    shop.build()
    assert shop.failures == {}
    assert shop.differences() == []
    shop.act()
    assert shop.sent()["mails"] > before["mails"]


def test_drafts_that_the_erp_deleted_are_not_waited_for_and_made_again(shop, first_night):
    orders, skus = shop.read(
        """select array_agg(distinct purchase_order_id::int), array_agg(distinct sku)
           from mart.fct_purchase_orders where nightshift_key is not null
           group by supplier_id having count(*) < 20 order by count(*) desc limit 1"""
    )[0]
    waiting = """select count(*) from mart.mart_restock_recommendation
                 where is_awaiting_approval and as_of_day = %s and sku = any(%s)"""
    assert shop.read(waiting, shop.day, skus) != [(0,)]
    for method in ("button_cancel", "unlink"):
        shop.in_erp("purchase.order", method, ids=orders)
    shop.notice_deletions()
    shop.sleep_until(TODAY + 2 * DAY)
    shop.pull()
    shop.build()
    told = [table for table in TABLES if table.name in ("fct_purchase_orders", "mart_restock_recommendation")]
    assert [line for table in told for line in differences(shop, table)] == []
    before = {order["id"] for order in shop.received()["purchase_orders"]}
    shop.act()
    products = {variant.erp_product_id for variant in shop.world.variants if variant.sku in skus}
    made = [order for order in shop.received()["purchase_orders"] if order["id"] not in before]
    assert products & {line["product_id"] for order in made for line in order["lines"]}


def test_a_silent_vendor_leaves_the_night_standing_and_marked_stale(shop, first_night):
    shop.sleep_until(TODAY + 3 * DAY)
    shop.running.sandbox.faults.inject(Fault(vendor="easypost", kind="500"))
    shop.pull()
    assert set(shop.failures) == {"easypost.trackers"}
    shop.build()
    stale = dict(shop.read("select mart_name, stale_streams from mart.freshness where is_stale"))
    assert "easypost.trackers" in stale["mart_carrier_sla_daily"]
    assert "mart_daily_sales" not in stale
    ((orders,),) = shop.read(
        "select sum(orders) from mart.mart_daily_sales where business_date = %s", shop.day
    )
    assert orders > 0


def test_when_it_comes_back_after_a_month_everything_missed_is_caught_up(shop, first_night):
    shop.running.sandbox.faults.clear()
    shop.sleep_until(TODAY + 31 * DAY)
    assert shop.notice_deletions() > 0, "nothing was deleted in a month"
    shop.pull()
    shop.build()
    assert shop.failures == {}
    assert shop.read("select mart_name from mart.freshness where is_stale") == []
    assert shop.differences() == []


def test_a_month_later_every_row_and_column_still_equals_the_truth(shop, first_night):
    assert [line for table in (*TABLES, EFFECT) for line in differences(shop, table)] == []


def test_a_full_refresh_gives_the_tables_the_nights_gave(shop, first_night):
    refreshed = shop.build(full_refresh=True)
    changed = {
        name: counts
        for name, counts in refreshed.publication.tables.items()
        if counts.added or counts.changed or counts.removed
    }
    assert set(changed) <= {"mart.freshness"}


def test_people_who_ask_to_be_forgotten_are_found_nowhere_and_heard_of_no_more(shop, first_night):
    shop.act()
    subjects = buyers_on_lists(shop)[2:]
    marks = marks_of(shop, subjects)
    done = forget(shop, subjects)
    assert [one.waiting_for for one in done] == [None] * len(subjects)
    assert [(one.proof or {})["searched"]["not_looked_into"] for one in done] == [
        ["ops.refresh_token"]
    ] * len(subjects)
    shop.pull(("shopify", "klaviyo"))
    assert traces(shop, marks) == ""
