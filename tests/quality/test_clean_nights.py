"""Ninety clean nights of a small company, with its peaks and its holidays, pass both gates without an alarm."""

import json
from datetime import date, timedelta

import pytest

from tests.quality.figures import alarms
from tests.quality.nights import CLOSED, FIRST_NIGHT, PEAKS, check, shop_of_autumn

DAY = timedelta(days=1)

pytestmark = [pytest.mark.slow]

NEW_STORE = date(2025, 12, 8)
"""Until then the company has no store in Europe; from then on it has its first weeks, with days without an order."""
BUILT = {
    FIRST_NIGHT,
    date(2025, 11, 3),
    date(2025, 11, 29),
    date(2025, 12, 9),
    date(2025, 12, 26),
    date(2026, 1, 17),
}


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_ninety_clean_nights_pass_without_an_alarm(
    module_warehouse, tmp_path_factory, monkeypatch, record_property
):
    alarms_of: dict[date, list[str]] = {}
    with shop_of_autumn(module_warehouse, tmp_path_factory.mktemp("sandbox")) as shop:
        everybody = shop.accounts
        monkeypatch.setattr(
            shop, "accounts", lambda source: everybody(source)[: None if shop.today >= NEW_STORE else 1]
        )
        for _ in range(90):
            shop.pull()
            assert shop.failures == {}
            # a stopped publish raises GateFailed: that too is an alarm
            held = list(shop.build().held) if shop.today in BUILT else check(shop)
            if held:
                alarms_of[shop.day] = held
            shop.sleep_until(shop.today + DAY)
    record_property("score", json.dumps(alarms(90, list(alarms_of.values()))))
    record_property(
        "tried",
        f"90 consecutive nights from {FIRST_NIGHT} through the entering gate, {len(BUILT)} of them built and through the"
        f" leaving gate; peaks on {len(PEAKS)} days, {len(CLOSED)} days without an order, a store opened on {NEW_STORE}.",
    )
    assert alarms_of == {}
