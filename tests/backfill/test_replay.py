"""The lake read again: what raw has lost comes back, what it has does not change, and old truth stays old."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg import sql

from include.backfill.plan import PastWindow, Wish, plan
from include.backfill.replay import kept, replay, spans
from include.backfill.telling import describe
from include.privacy.suppression import key_hmacs, remember, suppression_keys
from include.settings import Settings
from include.warehouse.connect import connect, connect_admin
from include.warehouse.load import load_manifest
from include.window import day_window, days_window
from tests.warehouse.helpers import line, load, next_epoch, spool

FIRST, LAST = date(2026, 11, 10), date(2026, 11, 20)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "a" * 32
RAW = (
    "raw.load_log",
    "raw.observation",
    "raw.shopify_orders",
    "raw.google_ads_campaigns_daily",
    "ops.cursor",
)
LOSSES = {
    "payloads": "DELETE FROM raw.shopify_orders WHERE account = 'shop'",
    "observations": "DELETE FROM raw.observation WHERE stream = 'shopify_orders'",
    "loads": "DELETE FROM raw.observation WHERE stream = 'shopify_orders';"
    "DELETE FROM raw.shopify_orders; DELETE FROM raw.load_log WHERE stream = 'orders'",
}


def wanted(settings: Settings, stream: str = "orders", source: str = "shopify") -> PastWindow:
    return PastWindow(source, "shop", stream, days_window(FIRST, LAST, settings.timezone))


def ask(settings: Settings, query: str) -> list[tuple]:
    with connect_admin(settings, settings.database) as conn:
        return conn.execute(query).fetchall()  # type: ignore[call-overload]


def lose(settings: Settings, statements: str) -> None:
    with connect_admin(settings, settings.database) as conn:
        conn.execute(statements)  # type: ignore[call-overload]


def raw(settings: Settings) -> dict[str, list[tuple]]:
    """All of raw that these tests write, row by row."""
    with connect_admin(settings, settings.database) as conn:
        return {
            table: conn.execute(
                sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(*table.split(".")))
            ).fetchall()
            for table in RAW
        }


def winners(settings: Settings) -> list[tuple]:
    """What the models read: of each order the newest version by its own time, then by epoch."""
    return ask(
        settings,
        """SELECT DISTINCT ON (seen.scope) seen.scope, held.payload, load.epoch, load.taken_at
           FROM raw.observation AS seen JOIN raw.load_log AS load USING (load_id)
           JOIN raw.shopify_orders AS held ON (held.account, held.scope, held.content_hash)
             = (seen.account, seen.scope, seen.content_hash)
           ORDER BY seen.scope, seen.source_updated_at DESC NULLS LAST, load.epoch DESC""",
    )


def order(number: int, state: str, updated: str | None) -> bytes:
    return line(f"order-{number}", {"id": number, "state": state, "customer_key": KEY}, updated)


@pytest.fixture
def nights(warehouse: Settings) -> Settings:
    """Two nights of orders: the second changes one, repeats one as it was, and knows one without a time better."""
    first, second = (day_window(day, warehouse.timezone) for day in (date(2026, 11, 18), date(2026, 11, 19)))
    load(warehouse, [order(1, "new", "2026-11-18T10:00:00+00:00"), order(2, "new", None)], window=first)
    load(warehouse, [order(1, "paid", "2026-11-19T10:00:00+00:00"), order(2, "paid", None)], window=second)
    return warehouse


def test_replaying_what_is_there_changes_nothing(nights):
    before = raw(nights)
    assert replay(nights, wanted(nights)) == (4, 0)
    assert raw(nights) == before
    assert ask(nights, "SELECT count(*) FROM ops.touched") == [(0,)]


@pytest.mark.parametrize("lost", LOSSES)
def test_what_raw_has_lost_comes_back_with_its_place_in_time(nights, lost):
    before = winners(nights)
    assert [payload["state"] for _, payload, *_ in before] == ["paid", "paid"]
    lose(nights, LOSSES[lost])
    assert winners(nights) == []
    replay(nights, wanted(nights))
    assert winners(nights) == before
    assert replay(nights, wanted(nights))[1] == 0, "the second time finds everything"


def test_records_that_came_back_into_a_known_load_are_built_anew(nights):
    lose(nights, "DELETE FROM raw.shopify_orders WHERE scope = 'order-2'")
    replay(nights, wanted(nights))
    touched = ask(nights, "SELECT DISTINCT source, stream, scope, why FROM ops.touched ORDER BY scope")
    assert touched == [("shopify", "orders", f"order-{n}", "replayed") for n in (1, 2)]


def test_an_old_load_replayed_after_a_newer_one_beats_nothing(nights):
    """Only the first night is lost: it is loaded last and is still the older."""
    before = winners(nights)
    (oldest,) = ask(nights, "SELECT min(load_id) FROM raw.load_log")[0]
    lose(
        nights,
        f"DELETE FROM raw.observation WHERE load_id = {oldest}; DELETE FROM raw.load_log WHERE load_id = {oldest}",
    )
    replay(nights, wanted(nights))
    assert winners(nights) == before
    assert ask(nights, "SELECT mode, epoch < (SELECT max(epoch) FROM raw.load_log) FROM raw.load_log ORDER BY epoch") == [
        ("replay", True), ("nightly", False),
    ]  # fmt: skip


def test_a_replay_does_not_move_the_nightly_cursor(nights):
    lose(nights, f"{LOSSES['loads']}; DELETE FROM ops.cursor")
    replay(nights, wanted(nights))
    assert ask(nights, "SELECT count(*) FROM ops.cursor") == [(0,)]


def test_a_held_load_stays_held(nights):
    lose(nights, "UPDATE raw.load_log SET status = 'held'")
    replay(nights, wanted(nights))
    assert ask(nights, "SELECT DISTINCT status FROM raw.load_log") == [("held",)]


def test_a_past_closing_of_stock_comes_back_for_its_day(warehouse):
    taken = day_window(date(2026, 11, 15), warehouse.timezone).end + timedelta(hours=2)
    levels = [line("level-1", {"id": 1, "quantity": 7}, None)]
    window = day_window(date(2026, 11, 15), warehouse.timezone)
    load(warehouse, levels, stream="inventory_levels", kind="snapshot", taken_at=taken, window=window)
    lose(
        warehouse,
        "DELETE FROM raw.observation; DELETE FROM raw.shopify_inventory_levels; DELETE FROM raw.load_log",
    )
    assert replay(warehouse, wanted(warehouse, "inventory_levels"))[0] == 1
    assert ask(warehouse, "SELECT kind, mode, taken_at FROM raw.load_log") == [("snapshot", "replay", taken)]
    found = kept(warehouse, wanted(warehouse, "inventory_levels"))
    assert date(2026, 11, 15) not in found.missing
    assert len(found.missing) == 10


def test_the_days_that_are_in_the_lake_no_more_are_told(nights):
    found = kept(nights, wanted(nights))
    assert (len(found.uris), found.rows) == (2, 4)
    assert spans(found.missing) == "2026-11-10 to 2026-11-17, 2026-11-20"
    wish = Wish(("shopify",), FIRST, LAST, replay=True)
    said = "\n".join(describe(nights, wish, plan(nights, wish, {"shopify": ["shop"]}, NOW)))
    assert (
        "not in the lake: shopify.orders shop 2026-11-10 to 2026-11-17, 2026-11-20"
        " (speaks of people: kept for 14 days)"
    ) in said


def test_a_day_of_which_the_lake_holds_a_part_is_told_as_missing(warehouse):
    day = day_window(FIRST, warehouse.timezone)
    for start, end in ((0, 9), (10, 24)):
        part = type(day)(day.start + timedelta(hours=start), day.start + timedelta(hours=end))
        load(warehouse, [], window=part)
    assert FIRST in kept(warehouse, wanted(warehouse)).missing


def test_whoever_was_erased_stays_out_of_what_is_replayed(nights):
    lose(nights, LOSSES["loads"])
    with connect(nights, "privacy") as conn:
        remember(conn, [key_hmacs(suppression_keys(nights), KEY)], "erased")
    replay(nights, wanted(nights))
    assert len(winners(nights)) == 2
    assert KEY not in str(raw(nights))


def test_a_night_and_a_backfill_that_load_the_same_records_at_once_leave_the_later_asked(warehouse):
    """Both at the same moment, over and over: nobody fails, a version is stored once, the higher epoch wins."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            slow, fast = next_epoch(warehouse), next_epoch(warehouse)
            both = [order(1, "same", None), order(2, "same", None)]
            backfill = spool(warehouse, [*both, order(3, f"{slow}", None)], mode="backfill", epoch=slow)
            night = spool(warehouse, [*both, order(3, f"{fast}", None)], epoch=fast)
            list(pool.map(load_manifest, [warehouse] * 2, [night, backfill]))
    assert [payload["state"] for _, payload, *_ in winners(warehouse)] == ["same", "same", f"{fast}"]
    assert ask(warehouse, "SELECT count(*) FROM raw.shopify_orders WHERE scope <> 'order-3'") == [(2,)]
    assert ask(warehouse, "SELECT count(*) FROM raw.observation") == [(30,)]
