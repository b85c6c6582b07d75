from datetime import date

import pytest

from include.errors import Stop
from include.warehouse.build import holding_build
from include.warehouse.nights import (
    close_day,
    closed_sources,
    held_loads,
    hold_load,
    landed_until,
    pending_build,
    release_load,
    stale_streams,
    stream_days,
)
from tests.warehouse.helpers import a_load, call_published

DAY = date(2026, 11, 20)
NEXT = date(2026, 11, 21)
SOURCES = ["shopify", "odoo"]


def close(warehouse, source, day=DAY, status="landed"):
    close_day(warehouse, source, "shop", "orders", day, status, 3)


def test_a_day_is_closed_by_success_and_by_failure(warehouse):
    close(warehouse, "shopify")
    close(warehouse, "odoo", status="failed")
    assert closed_sources(warehouse, DAY) == {"shopify", "odoo"}


def test_a_landed_day_is_not_made_stale_by_a_late_caller(warehouse):
    close(warehouse, "shopify")
    close(warehouse, "shopify", status="stale")
    assert stale_streams(warehouse, DAY) == []


def test_a_stale_day_lands_when_the_source_comes_back(warehouse):
    close(warehouse, "shopify", status="stale")
    assert [known.status for known in stale_streams(warehouse, DAY)] == ["stale"]
    close(warehouse, "shopify")
    assert [known.status for known in stream_days(warehouse, DAY)] == ["landed"]


def test_an_unknown_status_is_refused(warehouse):
    with pytest.raises(Stop, match="not 'fine'"):
        close(warehouse, "shopify", status="fine")


def test_the_build_waits_for_every_source(warehouse):
    close(warehouse, "shopify")
    pending = pending_build(warehouse, DAY, SOURCES)
    assert not pending.ready
    assert "waiting for odoo" in pending.why


def test_the_build_goes_on_without_a_source_at_call_time(warehouse):
    close(warehouse, "shopify")
    pending = pending_build(warehouse, DAY, SOURCES, called=True)
    assert pending.ready
    assert "without odoo" in pending.why


def test_a_published_day_with_nothing_new_is_not_built_again(warehouse):
    close(warehouse, "shopify")
    a_load(warehouse, day=DAY)
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    assert not pending_build(warehouse, DAY, ["shopify"]).ready


def test_hearing_the_same_again_builds_nothing(warehouse):
    close(warehouse, "shopify")
    a_load(warehouse, day=DAY)
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    close(warehouse, "shopify")
    a_load(warehouse, day=DAY)
    assert not pending_build(warehouse, DAY, ["shopify"]).ready


def test_a_source_that_came_back_is_built_even_with_nothing_new(warehouse):
    close_day(warehouse, "shopify", "shop", "orders", DAY, "failed", why="503")
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    close(warehouse, "shopify")
    assert pending_build(warehouse, DAY, ["shopify"]).ready


@pytest.mark.parametrize("mode", ["nightly", "backfill"])
def test_a_late_fix_is_built(warehouse, mode):
    close(warehouse, "shopify")
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    a_load(warehouse, day=DAY, mode=mode)
    assert pending_build(warehouse, DAY, ["shopify"]).ready


def test_a_pull_of_the_next_night_does_not_rebuild_the_last(warehouse):
    close(warehouse, "shopify")
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    a_load(warehouse, day=NEXT)
    assert not pending_build(warehouse, DAY, ["shopify"]).ready


def test_a_fix_of_an_old_day_is_built_as_of_the_newest(warehouse):
    with holding_build(warehouse, NEXT) as build_id:
        call_published(warehouse, build_id)
    close(warehouse, "shopify")
    a_load(warehouse, day=DAY, mode="backfill")
    pending = pending_build(warehouse, DAY, ["shopify"])
    assert pending.ready
    assert pending.as_of_day == NEXT


@pytest.mark.parametrize("change", [hold_load, release_load], ids=["held", "released"])
def test_holding_and_releasing_a_load_call_for_a_build(warehouse, change):
    close(warehouse, "shopify")
    load = a_load(warehouse, day=DAY)
    if change is release_load:
        hold_load(warehouse, load, "doubtful")
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    assert change(warehouse, load, "looked at it")
    assert pending_build(warehouse, DAY, ["shopify"]).ready


def test_held_loads_are_listed_with_their_reason(warehouse):
    load = a_load(warehouse, day=DAY)
    assert hold_load(warehouse, load, "half the usual orders")
    assert not hold_load(warehouse, load, "again")
    assert held_loads(warehouse) == [(load, "shopify", "shop", "orders", "half the usual orders")]


def test_before_its_first_load_a_stream_has_landed_nothing(warehouse):
    assert landed_until(warehouse, "shopify", "shop", "orders") is None
