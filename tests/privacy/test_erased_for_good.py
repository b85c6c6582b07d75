"""People of a whole company are forgotten, and nothing brings them back: not the next night, a backfill, a replay of the
lake or a full refresh. Everything is real but the scheduler."""

import json
from datetime import timedelta

import pytest

from include import lake
from include.pull import pull_past
from include.warehouse.load import replay_manifest
from include.window import Window
from tests.flows.company import company
from tests.privacy.leaving import buyers_on_lists, forget, marks_of, traces
from tests.sandbox.worlds import TODAY, night_config

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]

DAY = timedelta(days=1)
SALES = "SELECT store_id, sum(net_sales_amount), sum(orders) FROM mart.mart_daily_sales WHERE business_date < %s GROUP BY 1 ORDER BY 1"


def test_erased_people_never_come_back(module_warehouse, tmp_path, record_property):
    with company(module_warehouse, tmp_path / "sandbox", night_config()) as shop:
        shop.pull()
        shop.build()
        shop.act()
        before = shop.read(SALES, shop.day)
        subjects = buyers_on_lists(shop)
        marks = marks_of(shop, subjects)
        assert "pii.customer" in traces(shop, marks)
        done = forget(shop, subjects)
        assert [one.waiting_for for one in done] == [None] * len(subjects)
        found = {"erased": traces(shop, marks)}
        first_day = shop.day

        shop.sleep_until(TODAY + DAY)
        shop.pull()
        night = shop.build()
        shop.act()
        assert (night.held, shop.failures) == ((), {})
        found["the next night"] = traces(shop, marks)

        for source, stream in (
            ("shopify", "customers"),
            ("shopify", "orders"),
            ("klaviyo", "profiles"),
            ("klaviyo", "events"),
        ):
            window = Window(shop.midnight - 60 * DAY, shop.midnight)
            for account in shop.accounts(source):
                pull_past(shop.settings, account, stream, window, run_id="backfill")
        shop.build()
        found["a backfill"] = traces(shop, marks)

        for uri in lake.manifests(shop.settings.lake):
            replay_manifest(shop.settings, uri)
        shop.build()
        found["a replay"] = traces(shop, marks)

        shop.build(full_refresh=True)
        found["a full refresh"] = traces(shop, marks)
        assert found == dict.fromkeys(found, "")
        assert shop.read(SALES, first_day) == before, "the orders went with the people"
    times = len(subjects) * len(found)
    figure = "erased people looked for after every kind of later load, found nowhere"
    score = {"figure": figure, "target": "0 found", "tried": times, "survived": times, "seed": 7}
    record_property("score", json.dumps(score))
