"""How a wish is cut into windows, what is refused, and what it is said to cost."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from include.backfill.cost import cost, measured, side_by_side
from include.backfill.plan import WINDOW_DAYS, PastWindow, Wish, past_window, plan
from include.backfill.telling import describe
from include.errors import Stop
from include.pull import pull_past
from include.sources import REGISTRY
from include.window import Window, day_window, days_window
from tests.sources.company import HISTORY, account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = Wish(tuple(REGISTRY), date(2025, 11, 1), date(2026, 10, 31))
ACCOUNTS = {source: ["main"] for source in REGISTRY} | {"shopify": ["shop", "branch"]}


def windows_of(planned, source, stream, account="main") -> list[Window]:
    return [w.window for w in planned.windows if (w.source, w.stream, w.account) == (source, stream, account)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"])
def test_windows_of_a_log_touch_and_hold_every_instant_of_the_span_once(migrated, zone):
    settings = replace(migrated, timezone=ZoneInfo(zone))
    windows = windows_of(plan(settings, YEAR, ACCOUNTS, NOW), "odoo", "stock_moves")
    assert all(earlier.end == later.start for earlier, later in pairwise(windows))
    whole = days_window(YEAR.first_day, YEAR.last_day, settings.timezone)
    assert (windows[0].start, windows[-1].end) == (whole.start, whole.end)
    assert [day for window in windows for day in window.dates(settings.timezone)] == whole.dates(
        settings.timezone
    )


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_changing_clocks_is_asked_for_whole(migrated, day, hours):
    settings = replace(migrated, timezone=ZoneInfo("Europe/Berlin"))
    (window,) = windows_of(plan(settings, Wish(("odoo",), day, day), ACCOUNTS, NOW), "odoo", "stock_moves")
    assert window.end - window.start == timedelta(hours=hours)


def test_a_year_costs_four_windows_and_not_a_window_a_day(migrated):
    planned = plan(migrated, YEAR, ACCOUNTS, NOW)
    assert len(windows_of(planned, "odoo", "stock_moves")) == 4 == -(-365 // WINDOW_DAYS)
    assert [len(windows_of(planned, "shopify", "orders", shop)) for shop in ("shop", "branch")] == [4, 4]


def test_the_last_day_of_an_ad_account_west_of_the_company_is_asked_for(migrated):
    """In New York the 31st ends three hours before it does in Los Angeles, and only days that have ended are told."""
    (*_, window) = windows_of(plan(migrated, YEAR, ACCOUNTS, NOW), "google_ads", "campaigns_daily")
    assert day_window(date(2026, 10, 31), ZoneInfo("America/Los_Angeles")).end <= window.end


def test_no_window_reaches_into_the_future(migrated):
    yesterday = date(2026, 11, 21)
    for source in REGISTRY.values():
        for stream in source.streams:
            assert past_window(migrated, stream, yesterday, yesterday, NOW).end <= NOW


def test_streams_without_a_past_are_refused_by_name_and_the_rest_is_planned(migrated):
    planned = plan(migrated, YEAR, ACCOUNTS, NOW)
    refused = {(each.source, each.stream): each.why for each in planned.refused}
    assert "only what is now" in refused["shopify", "inventory_levels"]
    assert "by name" in refused["ups", "tracking"]
    named = {(each.source, each.stream) for each in planned.windows}
    assert named.isdisjoint(refused)
    assert len(named) + len(refused) == sum(len(source.streams) for source in REGISTRY.values())


def test_the_lake_is_asked_for_streams_without_a_past_too(migrated):
    planned = plan(migrated, replace(YEAR, replay=True), ACCOUNTS, NOW)
    assert windows_of(planned, "shopify", "inventory_levels", "shop")
    assert planned.refused == ()


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish(("odoo",), date(2026, 1, 2), date(2026, 1, 1)), "before the first day"),
        (Wish(("zalando",), date(2026, 1, 1), date(2026, 1, 1)), "unknown sources zalando"),
        (Wish(("odoo",), date(2026, 1, 1), date(2026, 11, 22)), "2026-11-22 is not over yet"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(migrated, wish, why):
    with pytest.raises(Stop, match=why):
        plan(migrated, wish, ACCOUNTS, NOW)


# ---------------------------------------------------------------------------- what it costs


def test_a_stream_that_was_measured_is_foretold_by_what_it_took(warehouse, company):
    odoo = account(company, "odoo")
    pulled = pull_past(warehouse, odoo, "stock_moves", HISTORY, run_id="earlier")
    known = measured(warehouse)
    again = cost(PastWindow("odoo", odoo.name, "stock_moves", HISTORY), known)
    assert again.measured
    assert again.rows == pytest.approx(pulled.records)
    taken = known["odoo", odoo.name, "stock_moves"]
    assert (again.requests, again.seconds) == (taken.requests, pytest.approx(taken.seconds))
    assert taken.requests > 0 < taken.seconds
    half = Window(HISTORY.start, HISTORY.start + (HISTORY.end - HISTORY.start) / 2)
    less = cost(PastWindow("odoo", odoo.name, "stock_moves", half), known)
    assert less.rows == pytest.approx(again.rows / 2)
    assert less.requests >= taken.least_requests


def test_a_stream_that_was_never_measured_is_marked_as_assumed(warehouse):
    wish = Wish(("odoo", "ups"), date(2026, 1, 1), date(2026, 1, 31))
    said = "\n".join(describe(warehouse, wish, plan(warehouse, wish, {"odoo": ["erp"]})))
    assert "odoo.stock_moves erp" in said
    assert "assumed where no load has been measured yet" in said
    assert "refused  odoo.stock_quants: tells only what is now" in said
    assert "left out ups: it is not connected" in said


def test_two_sources_at_a_time_take_as_long_as_the_longer_or_half_of_all():
    assert side_by_side([("a", 60), ("b", 10), ("a", 30)]) == 90
    assert side_by_side([("a", 60), ("b", 60), ("c", 60)]) == 90
