"""Two hundred canaries in everything the vendors say: none is found outside its place.

Pulled over HTTP from every source, loaded, sent to every platform and refused there with the person and the token quoted
in the answer. The whole night under Airflow is the long form (`test_canaries_of_a_night.py`).
"""

import json
import logging

import pytest

from include import quality
from include.activation import audiences, holdout
from include.errors import NightshiftError
from include.privacy import files, search
from include.privacy.marks import Marks
from include.sandbox.world import WorldConfig, build
from include.warehouse.build import holding_build
from include.warehouse.connect import connect_admin
from tests.activation.house import DAY, candidates, publish, rows
from tests.flows.company import company
from tests.privacy.canaries import canaries_of, planted
from tests.sandbox.worlds import TODAY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FIGURE = "canaries planted, none found outside its place"
PLATFORMS = ("meta", "google_data_manager", "klaviyo")
SMALL = WorldConfig(today=TODAY, history_days=14, assortment=20, household_share=0.04)


@pytest.fixture
def log_file(warehouse):
    """Everything the product logs, as Airflow keeps it."""
    file = warehouse.home / "logs" / "tasks" / "night.log"
    file.parent.mkdir(parents=True)
    handler = logging.FileHandler(file)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield file
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


def places(settings, values, in_pii=False):
    """Where the values are found; in schema `pii` only people may be."""
    marks = Marks.of(values)
    with connect_admin(settings, settings.database) as conn:
        found, tables, closed = search.database(conn, marks)
    in_files, looked = files.search(settings, marks)
    assert (tables > 60, looked > 20, closed) == (True, True, [])
    return [str(one) for one in (*found, *in_files) if not (in_pii and one.place.startswith("pii."))]


def test_canaries_of_vendors_people_and_secrets_stay_in_their_place(
    warehouse, postgres, tmp_path, log_file, monkeypatch, record_property
):
    monkeypatch.setattr(holdout, "is_held_out", lambda *_: False)
    canaries = canaries_of(build(SMALL), warehouse)
    with planted(canaries) as plantings, company(warehouse, tmp_path / "sandbox", SMALL) as shop:
        shop.pull()
        assert shop.failures == {}
        with holding_build(shop.settings, shop.day) as build_id:
            held = quality.check_entering(shop.settings, build_id)
        assert [one for one in held if "klaviyo.profiles" in one], (
            "no load was held, so nothing of one was shown"
        )
        assert (
            rows(shop.settings, "SELECT count(*) AS n FROM raw.quarantine WHERE stream = 'profiles'")[0]["n"]
            > 10
        )
        assert list(quality.data_docs(shop.settings, "entering").parent.rglob("*.html")), (
            "no page was written"
        )
        log_file.with_name("held.log").write_text("\n".join(held))
        publish(shop.settings)
        keys = [row["customer_key"] for row in rows(shop.settings, "SELECT customer_key FROM pii.customer")]
        candidates(shop.settings, *keys)
        lists = {name: place for name, place in shop._destinations().items() if name in PLATFORMS}
        plantings[0].refusing = ["/users", "audienceMembers", "profile", "customaudiences"]
        with pytest.raises(NightshiftError) as refused:
            audiences.run(shop.settings, DAY, lists)
        plantings[0].refusing = []
        audiences.run(shop.settings, DAY, lists)
        log_file.with_name("said.log").write_text(str(refused.value))
        home = shop.settings
    assert {*canaries.unknown, *canaries.names} == canaries.told, "some canaries were never sent"
    assert len(canaries.all) >= 200
    assert rows(home, "SELECT count(*) AS n FROM ops.audience_member WHERE confirmed")[0]["n"] > 10
    everybody = [*canaries.people, *canaries.names]
    outside = [*canaries.unknown, *canaries.secrets, *canaries.tokens]
    found = {"people": places(home, everybody, in_pii=True), "others": places(home, outside)}
    found["others"] = [
        place for place in found["others"] if place != "file ./*.json (1)"
    ]  # secrets.json is their place
    found["server"] = [value for value in canaries.all if value.lower() in postgres.log_tail(10_000).lower()]
    score = {"figure": FIGURE, "target": "0 found", "tried": len(canaries.all), "seed": SMALL.seed}
    record_property(
        "score", json.dumps({**score, "survived": len(canaries.all) if not any(found.values()) else 0})
    )
    assert found == {"people": [], "others": [], "server": []}
    in_vault = rows(home, "SELECT count(*) AS n FROM pii.customer WHERE email = ANY (%s)", [canaries.people])[
        0
    ]["n"]
    assert in_vault >= 50
    assert places(home, canaries.people) == [f"pii.customer ({in_vault})"], "the search itself finds nobody"
