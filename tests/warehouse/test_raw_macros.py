"""How winners are chosen among loads, and that building little by little equals building everything."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from include import dbt_runner
from include.errors import GateFailed, Stop
from include.sources import REGISTRY
from include.warehouse.build import fail, holding_build
from include.warehouse.connect import connect
from include.warehouse.nights import hold_load, release_load
from include.window import day_window
from tests.warehouse.dbt import build, small_project, table
from tests.warehouse.helpers import DAY, line, load

pytestmark = pytest.mark.slow

STAGING = Path(__file__).parents[2] / "dbt_project" / "models" / "staging"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    ours, dbt_runner.PROJECT = dbt_runner.PROJECT, small_project(tmp_path_factory.mktemp("dbt") / "project")
    yield dbt_runner.PROJECT
    dbt_runner.PROJECT = ours


def test_winners_are_chosen_by_what_a_stream_is(project, warehouse):
    the_log(warehouse)
    the_statement(warehouse)
    the_snapshots(warehouse)
    build(warehouse)
    assert dict(table(warehouse, "SELECT scope, v FROM build.orders")) == {
        "newest update wins": "new",
        "same update: later epoch wins": "later epoch",
        "no update time: later epoch wins": "later epoch",
        "held load is not seen": "good",
        "deleted": "x",
        "seen again": "x",
    }
    assert dict(table(warehouse, "SELECT scope, is_deleted FROM build.orders WHERE is_deleted")) == {
        "deleted": True
    }
    assert dict(table(warehouse, "SELECT scope, campaigns FROM build.ads")) == {
        "2026-11-18": 1, "2026-11-19": 0, "2026-11-20": 2,
    }  # fmt: skip
    # The first closing wins; a day without its own stands empty; late ones are estimated.
    assert table(warehouse, "SELECT business_date, on_hand, is_estimated FROM build.stock ORDER BY 1, 2") == [
        (date(2026, 11, 17), 7, True),
        (date(2026, 11, 18), 8, False),
    ]
    day, end = DAY, day_window(DAY, warehouse.timezone).end
    assert table(warehouse, "SELECT * FROM build.stock_now") == [("a", 8, date(2026, 11, 18), True, day, end)]


def the_log(warehouse):
    # The load with the later epoch commits first: order of arrival must not matter.
    load(
        warehouse, epoch=20, lines=[
            line("newest update wins", {"v": "old"}, "2026-11-20T10:00:00Z"),
            line("same update: later epoch wins", {"v": "later epoch"}, "2026-11-20T10:00:00Z"),
            line("no update time: later epoch wins", {"v": "later epoch"}, None),
            line("deleted", {"v": "x"}),
            line("seen again", {"v": "x"}),
        ],
    )  # fmt: skip
    load(
        warehouse, epoch=10, lines=[
            line("newest update wins", {"v": "new"}, "2026-11-20T11:00:00Z"),
            line("same update: later epoch wins", {"v": "earlier epoch"}, "2026-11-20T10:00:00Z"),
            line("no update time: later epoch wins", {"v": "earlier epoch"}, None),
            line("held load is not seen", {"v": "good"}, "2026-11-20T10:00:00Z"),
        ],
    )  # fmt: skip
    bad = load(warehouse, [line("held load is not seen", {"v": "bad"}, "2026-11-20T12:00:00Z")], epoch=30)
    hold_load(warehouse, bad.load_id, "nonsense")
    with connect(warehouse, "loader") as conn:
        taken_at = day_window(DAY, warehouse.timezone).end + timedelta(hours=2)
        for scope, later in (("deleted", 1), ("seen again", -1)):
            conn.execute(
                "INSERT INTO ops.tombstone VALUES ('shopify', 'shop', 'orders', %s, %s)",
                [scope, taken_at + timedelta(hours=later)],
            )


def the_statement(warehouse):
    def say(epoch, complete, **days):
        lines = [line(f"2026-11-{day[1:]}", [{}] * rows, None, rows) for day, rows in days.items()]
        load(
            warehouse, lines, source="google_ads", stream="campaigns_daily", kind="statement",
            epoch=epoch, complete=complete,
        )  # fmt: skip

    say(50, True, d18=3, d19=3, d20=3)
    say(51, True, d18=1, d19=0)
    say(52, False, d18=9)
    say(49, True, d20=5)
    say(53, True, d20=2)


def the_snapshots(warehouse):
    def count(day, hours_later, on_hand, complete=True):
        window = day_window(date(2026, 11, day), warehouse.timezone)
        load(
            warehouse, [line("a", {"on_hand": on_hand})], stream="inventory_levels", kind="snapshot", window=window,
            taken_at=window.end + timedelta(hours=hours_later), complete=complete,
        )  # fmt: skip

    count(17, 9, 7)
    count(18, 1, 99, complete=False)
    count(18, 2, 8)
    count(18, 3, 99)
    count(21, 1, 99)


def test_building_little_by_little_equals_building_everything(project, warehouse):
    chance = random.Random(7)
    held = []
    for night in range(5):
        for _ in range(2):
            lines = [
                line(
                    f"o{chance.randrange(12)}",
                    {"v": chance.random()},
                    f"2026-11-20T{chance.randrange(10, 20)}:00:00Z",
                )
                for _ in range(5)
            ]
            held.append(load(warehouse, lines, epoch=chance.randrange(1, 1000)).load_id)
        if night == 1:
            hold_load(warehouse, held[0], "found out later")
            build_and_fail(warehouse)
        if night == 2:
            hold_load(warehouse, held[2], "and this one")
            release_load(warehouse, held[0], "it was right")
        build(warehouse)
        step_by_step = table(warehouse, "SELECT * FROM build.touched_orders ORDER BY scope")
        everything = table(warehouse, "SELECT * FROM build.orders WHERE v > '0.3' ORDER BY scope")
        assert step_by_step == everything, f"night {night}"
    with connect(warehouse, "transformer") as conn:
        refreshes = conn.execute(
            "SELECT full_refresh FROM ops.build WHERE status = 'published' ORDER BY build_id"
        ).fetchall()
    anew, little = (True,), (False,)
    assert refreshes == [anew, anew, anew, little, little], (
        "only the first, and those after a build or load went wrong"
    )


def build_and_fail(warehouse):
    """Models are built, then a gate says no: their tables keep what was never published."""
    with holding_build(warehouse, DAY):
        dbt_runner.build(warehouse)


def test_a_failing_test_names_itself_and_shows_no_row(project, warehouse):
    model = project / "models" / "orders.sql"
    text = model.read_text()
    model.write_text(text + " union all " + text)
    load(warehouse, [line("secret-scope", {"v": "secret-value"})])
    try:
        with holding_build(warehouse, DAY), pytest.raises(GateFailed) as refusal:
            dbt_runner.build(warehouse)
    finally:
        model.write_text(text)
    assert "test unique_orders_scope: fail, 1 rows" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_builder_that_was_taken_over_builds_nothing_more(project, warehouse):
    load(warehouse, [line("a", {"v": "1"})])
    with holding_build(warehouse, DAY) as build_id:
        real = dbt_runner.mark_full_refresh

        def taken_over(*args):
            answer = real(*args)
            fail(warehouse, build_id, "taken over")
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dbt_runner, "mark_full_refresh", taken_over)
            with pytest.raises(GateFailed, match="taken over"):
                dbt_runner.build(warehouse)
    assert table(warehouse, "SELECT to_regclass('build.orders')") == [(None,)]


def test_without_a_build_nothing_is_built(project, warehouse):
    with pytest.raises(Stop, match="no build is running"):
        dbt_runner.build(warehouse)


def test_the_models_know_what_every_stream_is():
    declared = {
        (source["name"], table["name"]): table.get("config", {}).get("meta", {}).get("kind", "log")
        for file in STAGING.glob("*/_*__sources.yml")
        for source in yaml.safe_load(file.read_text())["sources"]
        for table in source["tables"]
    }
    assert declared == {(s.name, stream.name): stream.kind for s in REGISTRY.values() for stream in s.streams}


def test_dbt_keeps_its_state_in_the_home(project, warehouse):
    dbt_runner.run(warehouse, "parse")
    assert (dbt_runner.target_folder(warehouse) / "partial_parse.msgpack").exists()
    assert not (project / "target").exists()
    assert not (project / "logs").exists()
