"""From the vendors through the lake into raw, with deaths on the way."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from include import lake
from include import pull as pulling
from include.errors import FixCredentials, NotAskable, Stop, Wait
from include.extract import extract
from include.pull import nightly_window, pull, pull_past
from include.sandbox.server import Running
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse import load
from include.warehouse.connect import connect_admin
from include.window import Window
from tests.sandbox.tiny import at
from tests.sources.company import HISTORY, NOW, account, served

LATER = NOW + timedelta(hours=6)
ALL = [(source.name, stream.name) for source in REGISTRY.values() for stream in source.streams]


@pytest.fixture(autouse=True)
def _history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_HISTORY_START", "2026-02-01")


def ask(settings: Settings, query: str) -> list[tuple]:
    with connect_admin(settings, settings.database) as conn:
        return conn.execute(query).fetchall()  # type: ignore[call-overload]


def test_every_stream_of_every_source_lands(warehouse: Settings, company: Running):
    for source, stream in ALL:
        pulled = pull(warehouse, account(company, source), stream, run_id="night-1", now=LATER)
        assert pulled.quarantined == 0
    landed = ask(warehouse, "SELECT source || '.' || stream FROM raw.load_log WHERE complete AND records > 0")
    assert {name for (name,) in landed} == {f"{source}.{stream}" for source, stream in ALL}
    assert ask(warehouse, "SELECT count(*) FROM raw.drift") == [(0,)]


def test_the_second_night_begins_where_the_first_ended(warehouse: Settings, company: Running):
    shop = account(company, "shopify")
    first = pull(warehouse, shop, "orders", run_id="night-1", now=LATER)
    assert first.window.start == datetime(2026, 2, 1, 5, tzinfo=UTC)
    assert first.window.end == LATER - pulling.SAFETY_LAG
    second = nightly_window(warehouse, shop, "orders", LATER + timedelta(days=1))
    assert second.start == NOW - timedelta(minutes=10)
    assert pull(warehouse, shop, "orders", run_id="night-2", now=LATER + timedelta(days=1)).new_payloads == 0


def test_a_week_asleep_loses_nothing(warehouse: Settings, company: Running):
    odoo = account(company, "odoo")
    pull(warehouse, odoo, "stock_moves", run_id="night-1", now=LATER)
    window = nightly_window(warehouse, odoo, "stock_moves", LATER + timedelta(days=8))
    assert window.start <= LATER < LATER + timedelta(days=7) < window.end


def test_master_data_are_read_from_the_first(warehouse: Settings, company: Running):
    odoo = account(company, "odoo")
    assert nightly_window(warehouse, odoo, "suppliers", LATER).start.year == 2000
    assert nightly_window(warehouse, odoo, "stock_moves", LATER).start.year == 2026


def test_pulling_the_same_night_twice_changes_nothing(warehouse: Settings, company: Running):
    shop = account(company, "shopify")
    first = pull(warehouse, shop, "orders", run_id="night-1", now=LATER)
    again = pull(warehouse, shop, "orders", run_id="night-1", now=LATER)
    assert (first.new_payloads > 0, again.new_payloads) == (True, 0)


def test_another_try_asks_no_vendor_again_for_what_this_run_has_landed(warehouse: Settings, company: Running):
    shop = account(company, "shopify")
    first = pull(warehouse, shop, "orders", run_id="night-1", now=LATER)
    nowhere = replace(shop, base_url="http://127.0.0.1:1")
    assert pull(warehouse, nowhere, "orders", run_id="night-1", now=LATER, retry=True).window == first.window
    with pytest.raises(Wait):
        pull(warehouse, nowhere, "orders", run_id="night-2", now=LATER, retry=True)


def test_what_was_extracted_and_not_loaded_is_loaded_and_not_asked_for_again(
    warehouse: Settings, company: Running, monkeypatch: pytest.MonkeyPatch
):
    shop = account(company, "shopify")

    def away(alongside: pulling.Alongside, uri: str) -> load.LoadResult:
        raise Wait("the warehouse is restarting")

    with monkeypatch.context() as broken:
        broken.setattr(pulling.Alongside, "load", away)
        with pytest.raises(Wait):
            pull(warehouse, shop, "orders", run_id="night-1", now=LATER)
    nowhere = replace(shop, base_url="http://127.0.0.1:1")
    pulled = pull(warehouse, nowhere, "orders", run_id="night-1", now=LATER)
    assert pulled.new_payloads > 0
    assert pulled.window.end == LATER - pulling.SAFETY_LAG


@pytest.mark.parametrize("past", [False, True])
def test_what_was_extracted_and_is_damaged_is_asked_for_again(
    warehouse: Settings, company: Running, monkeypatch: pytest.MonkeyPatch, past: bool
):
    """After a power cut a manifest may be there and its pages empty: the run must not meet them again and again."""
    shop, window = account(company, "shopify"), Window(at(7), at(10))

    def pulled() -> pulling.Pulled:
        if past:
            return pull_past(warehouse, shop, "orders", window, run_id="run-1")
        return pull(warehouse, shop, "orders", run_id="run-1", now=LATER)

    def cut_off(alongside: pulling.Alongside, uri: str) -> load.LoadResult:
        (page,) = (Path(uri.removeprefix("file://")).parent).glob("pages-*")
        page.write_bytes(b"")
        raise Wait("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr(pulling.Alongside, "load", cut_off)
        with pytest.raises(Wait):
            pulled()
    assert pulled().new_payloads > 0
    assert len(lake.manifests(warehouse.lake)) == 1


def test_a_vendor_that_goes_away_halfway_leaves_no_trace(warehouse: Settings, tmp_path: Path):
    with served(tmp_path) as company:
        fault = {"vendor": "odoo", "kind": "down", "after": 2}
        requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
        odoo = account(company, "odoo")
        with pytest.raises(Wait, match="503"):
            pull(warehouse, odoo, "products", run_id="night-1", now=LATER)
        requests.delete(f"{company.url}/_sandbox/faults", timeout=10).raise_for_status()
        left = ask(warehouse, "SELECT count(*) FROM raw.load_log WHERE stream = 'products'")
        assert left == [(0,)]
        assert lake.manifests(warehouse.lake, stream="products") == []
        assert pull(warehouse, odoo, "products", run_id="night-1", now=LATER).records == 2


def test_a_killed_pull_leaves_nobody_behind_and_is_simply_run_again(
    warehouse: Settings, company: Running, tmp_path: Path
):
    shop = account(company, "shopify")
    code = f"""
import os, signal
from datetime import datetime
from include import lake, pull
from include.settings import load
from include.sources.base import Account
real = lake.Spool.add
def dies(self, line):
    real(self, line); self._pages._flush(); os.kill(os.getpid(), signal.SIGKILL)
lake.Spool.add = dies
from dataclasses import replace
settings = replace(load(), lake={warehouse.lake!r})
shop = Account("shopify", {shop.name!r}, {shop.base_url!r}, {dict(shop.credentials)!r})
pull.pull(settings, shop, "customers", run_id="night-1", now=datetime.fromisoformat({LATER.isoformat()!r}))
"""
    environment = {
        **os.environ,
        "TMPDIR": str(outside := tmp_path / "outside"),
        "NIGHTSHIFT_HOME": str(warehouse.home),
        "NIGHTSHIFT_WAREHOUSE_PORT": str(warehouse.port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": warehouse.database,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    outside.mkdir()
    died = subprocess.run([sys.executable, "-c", code], env=environment, check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert list(outside.rglob("*")) == []
    folder = Path(warehouse.lake.removeprefix("file://"))
    assert list(folder.rglob("pages-*"))
    assert not list(folder.rglob("manifest.json"))
    pulled = pull(warehouse, shop, "customers", run_id="night-1", now=LATER)
    assert pulled.records == len(company.sandbox.world.customers)
    manifests = lake.manifests(warehouse.lake)
    pages = {page["name"] for uri in manifests for page in lake.read_manifest(uri)["pages"]}
    assert {path.name for path in folder.rglob("pages-*")} == pages
    assert not list(folder.rglob("vault-*"))


def test_people_go_to_the_vault_and_nowhere_else(warehouse: Settings, company: Running):
    for stream in ("customers", "orders", "abandoned_checkouts"):
        pull(warehouse, account(company, "shopify"), stream, run_id="night-1", now=LATER)
    people = ask(warehouse, "SELECT email, first_name, phone FROM pii.customer")
    assert ("ann@example.com", "Ann", "+14155550100") in people
    assert len(people) == len(company.sandbox.world.customers)
    text = str(
        ask(
            warehouse,
            "SELECT payload FROM raw.shopify_customers UNION ALL SELECT payload FROM raw.shopify_orders",
        )
    )
    assert [email for email, *_ in people if email and email in text] == []
    keys = "SELECT DISTINCT payload ->> 'customer_key' FROM raw.shopify_orders WHERE payload ->> 'customer_key' <> ''"
    assert set(ask(warehouse, keys)) <= set(ask(warehouse, "SELECT customer_key FROM pii.customer"))
    for path in Path(warehouse.lake.removeprefix("file://")).rglob("*"):
        assert "vault" not in path.name


def test_consent_to_mail_and_ads_reaches_the_vault(warehouse: Settings, company: Running):
    pull(warehouse, account(company, "shopify"), "customers", run_id="night-1", now=LATER)
    said = ask(warehouse, "SELECT purpose, granted FROM pii.consent_now ORDER BY purpose")
    assert ("email", True) in said
    assert ("ads", True) in said


def test_the_past_of_a_snapshot_cannot_be_asked_for(warehouse: Settings, company: Running):
    for source, stream in [("shopify", "inventory_levels"), ("odoo", "stock_quants"), ("odoo", "locations")]:
        with pytest.raises(NotAskable, match="present"):
            pull_past(warehouse, account(company, source), stream, HISTORY, run_id="backfill")
    assert lake.manifests(warehouse.lake) == []


def test_a_backfill_leaves_the_cursor_alone_and_is_resumable(warehouse: Settings, company: Running):
    ads = account(company, "google_ads")
    window = Window(at(1), at(6))
    first = pull_past(warehouse, ads, "campaigns_daily", window, run_id="backfill")
    assert (
        pull_past(
            warehouse,
            replace(ads, base_url="http://127.0.0.1:1"),
            "campaigns_daily",
            window,
            run_id="backfill",
        )
        == first
    )
    assert ask(warehouse, "SELECT count(*) FROM ops.cursor") == [(0,)]
    assert ask(warehouse, "SELECT mode, count(*) FROM raw.load_log GROUP BY 1") == [("backfill", 1)]


def test_the_epoch_is_taken_before_the_first_request(warehouse: Settings, company: Running):
    shop = account(company, "shopify")
    early = load.next_epoch(warehouse)
    late = pull(warehouse, shop, "orders", run_id="fast", now=LATER)
    uri = extract(warehouse, shop, "orders", late.window, "slow", "nightly", early)
    load.load_manifest(warehouse, uri)
    epochs = dict(ask(warehouse, "SELECT run_id, epoch FROM raw.load_log"))
    assert epochs["slow"] < epochs["fast"]


def test_a_record_that_cannot_be_used_is_put_aside_and_the_rest_lands(
    warehouse: Settings, company: Running, monkeypatch: pytest.MonkeyPatch
):
    odoo, stream = account(company, "odoo"), REGISTRY["odoo"].stream("products")

    def spoilt(client, window):
        for page in stream.pull(client, window):
            yield replace(
                page,
                records=[{**r, "standard_price": "canary"} if r["id"] == 401 else r for r in page.records],
            )

    source = replace(REGISTRY["odoo"], streams=(replace(stream, pull=spoilt),))
    monkeypatch.setitem(REGISTRY, "odoo", source)
    pulled = pull(warehouse, odoo, "products", run_id="night-1", now=LATER)
    assert (pulled.records, pulled.quarantined) == (1, 1)
    aside = ask(warehouse, "SELECT source, stream, scope, field, reason FROM raw.quarantine")
    assert aside == [("odoo", "products", "401", "standard_price", "expected a number, found string")]


def test_the_manifest_says_what_the_source_counted(warehouse: Settings, company: Running):
    moves = pull(warehouse, account(company, "odoo"), "stock_moves", run_id="night-1", now=LATER)
    orders = pull(warehouse, account(company, "shopify"), "orders", run_id="night-1", now=LATER)
    for pulled in (moves, orders):
        manifest = lake.read_manifest(pulled.uri)
        assert manifest["source_total"] == manifest["lines"] == pulled.records > 0


@pytest.mark.parametrize(("source", "stream"), [("shopify", "parcels"), ("zalando", "orders")])
def test_an_unknown_stream_stops(warehouse: Settings, company: Running, source: str, stream: str):
    with pytest.raises(Stop, match="no such source or stream"):
        pull(warehouse, replace(account(company, "shopify"), source=source), stream, run_id="x")


def test_a_wrong_start_of_history_is_named(
    warehouse: Settings, company: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NIGHTSHIFT_HISTORY_START", "last year")
    with pytest.raises(Stop, match="NIGHTSHIFT_HISTORY_START"):
        pull(warehouse, account(company, "shopify"), "orders", run_id="x")


def test_no_secret_is_logged(
    warehouse: Settings,
    company: Running,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    caplog.set_level("DEBUG", logger="include")
    ups = REGISTRY["ups"]
    asking = replace(ups.stream("tracking"), subjects="SELECT '1Z000000001'")
    monkeypatch.setitem(REGISTRY, "ups", replace(ups, streams=(asking,)))
    for source in [name for name in REGISTRY if account(company, name).credentials]:
        wrong = {name: f"shpat_canary_{name}" for name in account(company, source).credentials}
        with pytest.raises((FixCredentials, Stop)) as failure:
            pull(
                warehouse,
                account(company, source, credentials=wrong),
                REGISTRY[source].streams[0].name,
                run_id="x",
            )
        assert "canary" not in str(failure.value)
    assert "canary" not in caplog.text
    assert "canary" not in repr(account(company, "shopify", credentials={"password": "canary"}))


def test_an_answer_of_a_shape_nobody_foresaw_names_the_stream_and_the_place_and_quotes_nothing(
    warehouse: Settings, company: Running, monkeypatch: pytest.MonkeyPatch
):
    odoo, stream = account(company, "odoo"), REGISTRY["odoo"].stream("products")

    def strange(client, window):
        yield from stream.pull(client, window)
        raise KeyError("canary@example.com")

    source = replace(REGISTRY["odoo"], streams=(replace(stream, pull=strange),))
    monkeypatch.setitem(REGISTRY, "odoo", source)
    with pytest.raises(Stop, match=r"odoo products: .* \(KeyError at test_pull.py:\d+\)") as failure:
        pull(warehouse, odoo, "products", run_id="night-1", now=LATER)
    assert "canary" not in str(failure.value)
    assert lake.manifests(warehouse.lake) == []
