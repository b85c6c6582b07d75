"""Data defects of the kind that really happen are stopped before anything is built from them.

The sample tries a few against a company three nights old, several streams in one night; `make prove` tries all against one
of sixteen nights.
"""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest

import pytest

from expectations import entering
from include.errors import GateFailed
from tests.conftest import drop_warehouse, new_warehouse
from tests.quality.defects import Defect
from tests.quality.defects_table import DEFECTS
from tests.quality.figures import alarms, passed, score, told
from tests.quality.nights import check, look, shop_of_autumn
from tests.quality.trying import HISTORY, Night, made_ready

DAY = timedelta(days=1)

pytestmark = [pytest.mark.slow]

SAMPLE = (
    ("a campaign vanished from every day", "google_ads.campaigns_daily"),
    ("a placement vanished", "meta.campaigns_daily"),
    ("no events", "klaviyo.events"),
    ("half of the parcels", "easypost.trackers"),
    ("scans in local time", "ups.tracking"),
    ("lead times of zero", "odoo.supplier_info"),
    ("the dollar inverted", "ecb.rates"),
)


def known(wanted: tuple[str, str]) -> Defect:
    (defect,) = (one for one in DEFECTS if (one.name, one.where) == wanted)
    return defect


@pytest.fixture(scope="module")
def few_nights(postgres, module_warehouse, tmp_path_factory):
    with shop_of_autumn(module_warehouse, tmp_path_factory.mktemp("sandbox")) as shop:
        for _ in range(3):
            shop.pull()
            look(shop)
            shop.sleep_until(shop.today + DAY)
        yield made_ready(postgres, shop)


def test_a_sample_of_defects_is_stopped_each_in_its_own_stream(few_nights, record_property):
    verdicts = few_nights.tried(*map(known, SAMPLE))
    record_property("score", score(verdicts))
    assert [passed(one) for one in verdicts if not one.is_stopped] == []
    assert [one.others_held for one in verdicts if one.others_held] == []


def test_the_same_night_without_defects_passes(few_nights, record_property):
    with few_nights.copy() as shop:
        held = check(shop)
    record_property("score", json.dumps(alarms(1, [held] if held else [])))
    assert held == []


GUARDED = {
    "likeness": known(("no events", "klaviyo.events")),
    "told_again": known(("a campaign vanished from every day", "google_ads.campaigns_daily")),
    "scans_in_gmt": known(("scans in local time", "ups.tracking")),
    "ecb_rates_move_slowly": known(("the dollar inverted", "ecb.rates")),
}


def test_without_its_check_a_defect_passes(few_nights, monkeypatch):
    """What each check is there for: taken out, its defect goes through."""
    left = tuple(one for one in entering.CHECKS if one.name not in GUARDED)
    monkeypatch.setattr(entering, "CHECKS", left)
    assert [one.checks for one in few_nights.tried(*GUARDED.values()) if one.is_stopped] == []


@pytest.fixture(scope="module")
def many_nights(postgres, migrated, tmp_path_factory):
    """In a warehouse of its own: in that of the few nights, these days would have been told twice."""
    warehouse = new_warehouse(postgres, migrated, tmp_path_factory.mktemp("many") / "home")
    with shop_of_autumn(warehouse, tmp_path_factory.mktemp("sandbox")) as shop:
        for _ in range(HISTORY):
            shop.pull()
            look(shop)
            shop.sleep_until(shop.today + DAY)
        yield made_ready(postgres, shop)
    drop_warehouse(postgres, warehouse)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_of_all_defects_nearly_all_are_stopped(many_nights: Night, record_property):
    verdicts = [verdict for night in together(DEFECTS) for verdict in many_nights.tried(*night)]
    record_property("score", score(verdicts))
    record_property("tried", told(verdicts))
    stopped = sum(one.is_stopped for one in verdicts)
    # what passes is within an ordinary shop's habit
    assert stopped / len(verdicts) >= 0.95, [passed(one) for one in verdicts if not one.is_stopped]


LEAVING = (
    {
        ("prices in cents", "shopify.orders"): "gross sales per orders",
        ("cost in micros of micros", "google_ads.campaigns_daily"): "spend per clicks",
        ("ten times the stock", "odoo.stock_quants"): "units on hand",
    },
    {
        ("discounts are not told", "shopify.orders"): "discounts per gross sales",
        ("clicks and impressions changed places", "google_ads.campaigns_daily"): "clicks per impressions",
        ("stock all zero", "odoo.stock_quants"): "units on hand",
    },
)
"""What the leaving gate says of defects that nobody held: real builds, three defects in each."""


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_what_enters_unseen_is_stopped_before_it_leaves(few_nights: Night, monkeypatch, record_property):
    monkeypatch.setattr(entering, "CHECKS", ())
    seen = []
    for group in LEAVING:
        with few_nights.copy() as shop:
            before = replace(shop, today=shop.today - DAY)
            before.build()  # what readers have: the nights until the one that goes wrong
            for wanted in group:
                few_nights.send(shop, known(wanted))
            with pytest.raises(GateFailed) as stopped:
                shop.build()
            seen += [(wanted, figure in str(stopped.value)) for wanted, figure in group.items()]
    record_property(
        "tried",
        f"{sum(named for _, named in seen)} of {len(seen)} defects were named by the leaving gate alone.",
    )
    assert [wanted for wanted, named in seen if not named] == []


STRANGERS = (
    ("shopify", "klaviyo", "easypost", "ups"),
    ("google_ads", "meta"),
    ("amazon",),
    ("odoo",),
    ("ecb",),
)
"""Vendors that say nothing of one another: what is wrong with one is no proof against the others."""


def together(defects: tuple[Defect, ...]) -> list[tuple[Defect, ...]]:
    """Nights of up to one defect of each group of strangers."""
    groups = [[one for one in defects if one.source in group] for group in STRANGERS]
    return [tuple(one for one in night if one) for night in zip_longest(*groups)]
