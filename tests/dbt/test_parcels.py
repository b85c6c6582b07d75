"""Parcels that EasyPost and UPS both follow, from the vendors' faces to the mart: each is one, and what the world knows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from include import dbt_runner
from include.sandbox.truth.delivery import Shipment, shipments
from include.sandbox.world import WorldConfig
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from tests.flows.company import Company, company
from tests.warehouse.helpers import call_published

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TODAY = date(2026, 4, 12)
MEASURES = [name for name in Shipment.__slots__ if name != "tracking_code"]
SENDERS = ("shopify", "amazon")


@dataclass
class Night:
    """What fct_shipments and fct_shipment_events hold after a night that read from these carriers."""

    parcels: dict[str, dict[str, Any]]
    events: Counter[tuple[str, Any, str]]
    told_by: Counter[str]


@pytest.fixture(scope="module")
def shop(module_warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    # three weeks at most: UPS is not asked about what had arrived before the first night
    config = WorldConfig(today=TODAY, history_days=20, assortment=60, household_share=0.06)
    with company(module_warehouse, tmp_path_factory.mktemp("sandbox"), config) as shop:
        yield shop


@pytest.fixture(scope="module")
def aggregated(shop: Company) -> Night:
    shop.pull([*SENDERS, "easypost"])
    return night(shop)


@pytest.fixture(scope="module")
def both(shop: Company, aggregated: Night) -> Night:
    shop.pull(["ups"])
    return night(shop)


@pytest.fixture(scope="module")
def next_morning(shop: Company, both: Night) -> tuple[Night, Night]:
    """The next night built little by little, and the same all over again."""
    shop.sleep_until(TODAY + timedelta(days=1))
    shop.pull([*SENDERS, "easypost", "ups"])
    return night(shop), night(shop, "--full-refresh")


def night(shop: Company, *flags: str) -> Night:
    assert shop.failures == {}
    with holding_build(shop.settings, shop.day) as build_id:
        kinds = ("--resource-type", "seed", "--resource-type", "model")
        result = dbt_runner.run(shop.settings, "build", "--select", "+fct_shipment_events", *kinds, *flags)
        assert not dbt_runner.failing_nodes(result)
        kept = dbt_runner.run(shop.settings, "test", "--select", "delivery_scans_are_told_once")
        assert not dbt_runner.failing_nodes(kept)
        call_published(shop.settings, build_id)
    with connect(shop.settings, "transformer") as conn:
        rows = conn.execute(
            f"SELECT tracking_code, source, {', '.join(MEASURES)} FROM build.fct_shipments"
        ).fetchall()
        events = conn.execute(
            "SELECT tracking_code, occurred_at, told.status, told.source FROM build.fct_shipment_events AS told"
            " JOIN build.fct_shipments USING (shipment_id)"
        ).fetchall()
    assert len(rows) == len({row[0] for row in rows}), "a parcel is counted twice"
    parcels = {row[0]: dict(zip(("source", *MEASURES), row[1:], strict=True)) for row in rows}
    return Night(parcels, Counter(event[:3] for event in events), Counter(event[3] for event in events))


def truth(shop: Company) -> dict[str, dict[str, Any]]:
    now = shop.midnight
    known = shipments(shop.world, now, shop.day)
    return {one.tracking_code: {name: getattr(one, name) for name in MEASURES} for one in known}


def measures(night: Night) -> dict[str, dict[str, Any]]:
    return {code: {name: row[name] for name in MEASURES} for code, row in night.parcels.items()}


def test_one_follower_tells_what_the_world_knows(shop: Company, aggregated: Night):
    assert measures(aggregated) == truth(shop)
    assert {row["source"] for row in aggregated.parcels.values()} == {"easypost"}


def test_two_followers_tell_the_same_of_each_parcel_once(aggregated: Night, both: Night):
    assert measures(both) == measures(aggregated)
    assert both.events == aggregated.events
    assert set(both.events.values()) == {1}


def test_the_carriers_own_word_counts_where_it_follows_a_parcel(both: Night):
    speakers = Counter((row["carrier"], row["source"]) for row in both.parcels.values())
    assert speakers["UPS", "ups"] > 50
    assert {source for carrier, source in speakers if carrier == "UPS"} == {"ups"}
    assert {source for carrier, source in speakers if carrier != "UPS"} == {"easypost"}
    assert both.told_by["ups"] > both.told_by["easypost"] / 5


def test_the_next_night_knows_what_was_told_meanwhile(shop: Company, next_morning: tuple[Night, Night]):
    nightly, refreshed = next_morning
    assert nightly == refreshed
    assert measures(nightly) == truth(shop)


def test_branches_and_the_marketplace_have_parcels_here(shop: Company, both: Night):
    lanes = {str(row["lane"]).split("→")[0] for row in both.parcels.values()}
    promises = {row["promise_source"] for row in both.parcels.values()}
    assert "marketplace" in promises
    assert lanes >= {
        location.code for world in (shop.world, *shop.world.branches) for location in world.locations
    }
