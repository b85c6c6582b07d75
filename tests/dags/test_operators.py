"""What a pull and the close of its day do when accounts, streams or the source they follow are in trouble."""

import contextlib
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, BaseHook
from airflow.sdk.exceptions import (
    AirflowNotFoundException,
    AirflowSkipException,
    DownstreamTasksSkipped,
)
from nightshift import backfilling, connections, housekeeping, operators
from nightshift.assets import day_closed, doorbells, followed

from include.errors import Busy, FixCredentials, NotAskable, Stop, Wait
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.warehouse.connect import connect
from include.warehouse.nights import close_day, stream_days
from include.window import day_window

DAY = date(2026, 11, 20)


def context(tries: int = 1) -> Any:
    return {
        "run_id": "run-1",
        "ti": SimpleNamespace(try_number=tries, max_tries=2),
        "dag_run": SimpleNamespace(partition_key=DAY.isoformat()),
    }


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch, warehouse: Settings) -> dict[str, list[str]]:
    """Source → names of its connected accounts, for a test to fill."""
    names: dict[str, list[str]] = {}

    def accounts(source: str) -> list[Account]:
        return [Account(source, name, "https://vendor.example", {}) for name in names.get(source, ())]

    for module in (operators, connections, backfilling, housekeeping):
        monkeypatch.setattr(module, "accounts", accounts)
    for module in (operators, backfilling, housekeeping):
        monkeypatch.setattr(module, "load_settings", lambda: warehouse)
    return names


def closing(source: str) -> Any:
    return operators.CloseDay(task_id="close_day", source=source, outlets=doorbells(source))


def rung(source: str) -> list[Any]:
    """Close the day; what rings."""
    task = closing(source)
    with contextlib.suppress(DownstreamTasksSkipped):
        task.execute(context())
    return task.outlets


def close(source: str) -> bool:
    """Close the day; whether it rings for the build."""
    return day_closed(source) in rung(source)


# ---------------------------------------------------------------------------- who is awaited


def test_a_source_of_which_one_stream_gave_up_is_awaited_until_it_closes(connected, warehouse):
    connected |= {"shopify": ["shop"], "odoo": ["erp"]}
    close_day(warehouse, "shopify", "shop", "orders", DAY, "failed", why="token refused")
    assert not close("odoo"), "shopify's other streams are still on their way"
    close("shopify")
    assert close("odoo")


def test_a_source_is_awaited_until_all_its_accounts_are_closed(connected, warehouse):
    connected |= {"shopify": ["shop", "branch"], "odoo": ["erp"]}
    for stream in REGISTRY["shopify"].streams:
        close_day(warehouse, "shopify", "branch", stream.name, DAY, "failed", why="token refused")
    assert not close("odoo"), "the main shop is still being read"
    close("shopify")
    assert close("odoo")


# ---------------------------------------------------------------------------- following another source


def test_a_follower_is_woken_although_nobody_connected_whom_it_follows(connected):
    connected["ups"] = ["ups"]
    assert rung("shopify") == [followed("shopify")]


def test_who_is_followed_wakes_the_follower_at_once_and_leaves_the_build_to_it(connected):
    connected |= {"shopify": ["shop"], "ups": ["ups"]}
    assert rung("shopify") == [followed("shopify")]
    assert rung("ups") == [day_closed("ups")]


def test_nobody_is_woken_by_a_source_that_is_not_connected_otherwise(connected):
    connected["odoo"] = ["erp"]
    with pytest.raises(AirflowSkipException, match="shopify is not connected"):
        closing("shopify").execute(context())


# ---------------------------------------------------------------------------- seeing red


def test_every_account_that_missed_the_day_is_named(connected, warehouse, monkeypatch):
    for name, why in {"shop": "token refused", "branch": "down"}.items():
        close_day(warehouse, "shopify", name, "orders", DAY, "failed", why=why)
    with pytest.raises(Stop, match=r"shopify\.orders did not land: down \(branch\); token refused \(shop\)"):
        operators.SeeRed(task_id="all_streams_landed", source="shopify").execute(context())


# ---------------------------------------------------------------------------- trying again


def pulling(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> list[tuple[str, str, bool]]:
    asked: list[tuple[str, str, bool]] = []

    def pull(settings, vendor, stream, *, run_id, retry=False):
        asked.append((vendor.name, stream, retry))
        if error := outcome(vendor.name, stream):
            raise error
        return SimpleNamespace(records=1, new_payloads=1)

    monkeypatch.setattr(operators, "pull", pull)
    return asked


def test_one_account_that_fails_keeps_no_other_from_landing(connected, monkeypatch):
    connected["shopify"] = ["shop", "branch"]
    asked = pulling(monkeypatch, lambda name, _: FixCredentials("renew") if name == "shop" else None)
    task = operators.PullStreams(task_id="pull", source="shopify", streams=["orders", "products"], retries=2)
    with pytest.raises(FixCredentials):
        task.execute(context())
    assert [name for name, *_ in asked] == ["shop", "branch"] * 2


def test_only_another_try_may_leave_alone_what_has_landed(connected, monkeypatch):
    connected["shopify"] = ["shop"]
    asked = pulling(monkeypatch, lambda *_: Wait("later"))
    task = operators.PullStreams(task_id="pull", source="shopify", streams=["orders"], retries=2)
    for tries in (1, 2, 3):
        with pytest.raises(Wait):
            task.execute(context(tries))
    assert [retry for *_, retry in asked] == [False, True, True]


def test_a_backfill_of_one_account_is_not_stopped_by_another(connected, monkeypatch):
    connected["shopify"] = ["shop", "branch"]
    asked: list[str] = []

    def do_windows(settings, backfill_id, vendor):
        asked.append(vendor.name)
        raise Stop("no")

    monkeypatch.setattr("include.backfill.work.do_windows", do_windows)
    with pytest.raises(Stop):
        backfilling.PullPast(source="shopify", backfill=1).execute(context())
    assert asked == ["shop", "branch"]


def test_a_run_of_airflows_own_backfill_asks_for_its_own_day_and_leaves_out_what_has_no_past(
    connected, warehouse, monkeypatch
):
    connected["odoo"] = ["erp"]
    asked: list[tuple[str, Any]] = []

    def pull_past(settings, vendor, stream, window, *, run_id):
        if not REGISTRY["odoo"].stream(stream).askable_past:
            raise NotAskable(stream)
        asked.append((stream, window))
        return SimpleNamespace(records=1, new_payloads=1)

    monkeypatch.setattr(operators, "pull_past", pull_past)
    run = context()
    run["dag_run"].run_type = "backfill"
    streams = ["stock_moves", "stock_quants"]
    operators.PullStreams(task_id="pull", source="odoo", streams=streams).execute(run)
    assert asked == [("stock_moves", day_window(DAY, warehouse.timezone))]
    with contextlib.suppress(DownstreamTasksSkipped):
        closing("odoo").execute(run)
    states = {each.stream: each.status for each in stream_days(warehouse, DAY)}
    assert states["stock_quants"] == "not_askable"


# ---------------------------------------------------------------------------- a backfill's plan

SPAN = {"sources": ["odoo", "ups"], "first_day": "2026-01-01", "last_day": "2026-01-31", "replay": False}


def planned(dry_run: bool) -> tuple[list[str], dict[str, Any], Any]:
    """The tasks that are skipped, and what is handed on."""
    told: dict[str, Any] = {}
    with DAG("backfill"):
        task = backfilling.PlanBackfill(task_id="plan")
        for source in REGISTRY:
            task >> backfilling.PullPast(source=source, backfill=1)
    ti = SimpleNamespace(xcom_push=lambda key, value: told.update({key: value}))
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        task.execute({"params": SPAN | {"dry_run": dry_run}, "ti": ti})
    return skipped.value.tasks, told, task


def test_a_dry_run_begins_nothing_and_skips_all_that_follows(connected, warehouse, caplog):
    connected["odoo"] = ["erp"]
    skipped, told, task = planned(dry_run=True)
    assert set(skipped) == task.downstream_task_ids
    assert told == {}
    with connect(warehouse, "loader") as conn:
        assert conn.execute("SELECT count(*) FROM ops.backfill").fetchone() == (0,)


def test_sources_without_anything_to_do_are_skipped(connected):
    connected["odoo"] = ["erp"]
    skipped, told, _ = planned(dry_run=False)
    assert set(skipped) == {f"pull_{source}" for source in REGISTRY if source != "odoo"}
    assert told["backfill"] > 0


def test_a_scan_that_fails_for_one_account_is_made_for_the_others(connected, monkeypatch):
    connected |= {"shopify": ["shop", "branch"], "odoo": ["erp"]}
    scanned: list[str] = []

    def find_deleted(settings, vendor, stream, many_are_gone):
        scanned.append(f"{vendor.name} {stream}" + (" is believed" if many_are_gone else ""))
        raise Wait("down") if vendor.name == "branch" else FixCredentials("renew")

    monkeypatch.setattr("include.deletions.find_deleted", find_deleted)
    told = {"params": {"many_are_gone": "odoo.suppliers"}}
    with pytest.raises(Wait):
        housekeeping.FindDeletedRecords(task_id="find_deleted_records").execute(context() | told)
    assert scanned == [
        "shop products", "branch products", "erp products", "erp supplier_info", "erp suppliers is believed",
        "erp purchase_orders", "erp purchase_order_lines",
    ]  # fmt: skip


def test_a_build_waits_for_the_one_that_is_under_way(connected, monkeypatch):
    tries: list[int] = []

    def build(settings, day):
        tries.append(len(tries))
        if len(tries) < 3:
            raise Busy("build 7 has been running since 02:03")
        return SimpleNamespace(summary=lambda: {"tables": 1})

    monkeypatch.setattr("include.night.build_and_publish", build)
    monkeypatch.setattr(operators.BuildWarehouse, "LOOK_AGAIN", 0.0)
    assert operators.BuildWarehouse(task_id="build").execute(context()) == {"tables": 1}
    assert tries == [0, 1, 2]


# ---------------------------------------------------------------------------- accounts have names of their own


def told_apart(monkeypatch: pytest.MonkeyPatch, **given: dict[str, Any]) -> list[str]:
    """The names of the accounts that these connections of one source are."""

    def get(name: str) -> Any:
        told = given.get(name.removeprefix("nightshift_"))
        if told is None:
            raise AirflowNotFoundException(name)
        blank = {"host": "vendor.example", "port": None, "schema": None, "login": None, "password": "p"}
        return SimpleNamespace(**{**blank, "extra_dejson": {}, **told})

    monkeypatch.setattr(BaseHook, "get_connection", staticmethod(get))
    return [each.name for each in connections.accounts(min(given))]


def test_two_accounts_without_a_name_do_not_share_one_cursor(monkeypatch):
    assert told_apart(monkeypatch, amazon={}, amazon_2={}) == ["amazon", "amazon_2"]


def test_two_accounts_of_one_application_are_two(monkeypatch):
    """Amazon's login is the application's id: the same for every seller it reads."""
    assert told_apart(monkeypatch, amazon={"login": "app"}, amazon_2={"login": "app"}) == ["app", "amazon_2"]


def test_an_account_connected_twice_is_read_once(monkeypatch):
    twice = {"extra_dejson": {"account": "A1"}}
    assert told_apart(monkeypatch, amazon=twice, amazon_2=dict(twice), amazon_3={}) == ["A1", "amazon_3"]


# ---------------------------------------------------------------------------- one account is all a source may have


@pytest.mark.parametrize(
    ("source", "advice"), [("odoo", "a home of its own"), ("ecb", "delete this connection")]
)
def test_a_second_account_whose_ids_would_meet_the_firsts_is_refused_by_name(
    warehouse, monkeypatch, source, advice
):
    second, stream = f"{source}_2", REGISTRY[source].streams[0].name
    assert told_apart(monkeypatch, **{source: {}, second: {}}) == [source, second]
    monkeypatch.setattr(operators, "load_settings", lambda: warehouse)
    monkeypatch.setattr(operators, "pull", opened_only)
    task = operators.PullStreams(task_id="pull", source=source, streams=[stream])
    with pytest.raises(Stop, match=f"nightshift_{second}: .*{advice}"):
        task.execute(context())
    missed = {each.account: each.why for each in stream_days(warehouse, DAY)}
    assert missed.keys() == {second}, "the first account goes on"
    assert advice in missed[second]


def opened_only(settings: Settings, vendor: Account, stream: str, **_: Any) -> Any:
    with REGISTRY[vendor.source].opened(vendor):
        return SimpleNamespace(records=1, new_payloads=1)
