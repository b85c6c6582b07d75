"""A record that could not be used is named in the morning, and comes in when it is asked for again after a fix."""

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from include import lake
from include.errors import Stop
from include.privacy import projection
from include.privacy.storable import plain_text
from include.privacy.values import zones
from include.pull import pull, pull_past
from include.settings import Settings
from include.stack import sections
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.quarantine import asking_again, put_aside
from include.window import Window, midnight
from tests.hostile.proxy import Proxy, spoiling
from tests.hostile.values import PLACES, Place, put
from tests.sources.company import NOW, served


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with served(tmp_path) as company, spoiling(company.url) as running:
        yield running


def place_of(source: str) -> Place:
    return next(place for place in PLACES if place.way.source == source)


def said(settings: Settings) -> str:
    output = io.StringIO()
    sections.missing_records(settings, Console(file=output, width=400))
    return output.getvalue()


def test_every_time_zone_that_comes_in_is_one_the_warehouse_knows(postgres: EmbeddedPostgres):
    with psycopg.connect(postgres.admin_dsn) as conn:
        known = {name for (name,) in conn.execute("SELECT name FROM pg_timezone_names")}
    assert "Europe/Kyiv" in zones()
    assert zones() - known == set()


def test_nothing_is_said_when_nothing_was_put_aside(warehouse: Settings):
    assert said(warehouse) == ""


def test_what_was_put_aside_is_told_and_comes_in_when_it_is_asked_for_again(
    warehouse: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NIGHTSHIFT_HISTORY_START", "2026-03-01")
    parcels = place_of("easypost")
    account = parcels.way.account(None, proxy)  # type: ignore[arg-type]
    proxy.will(put(parcels, "est_delivery_date", "30 February"), parcels.way.data)
    night = pull(warehouse, account, "trackers", run_id="night", now=NOW)
    assert night.quarantined == 1
    text = said(warehouse)
    assert "1 of easypost.trackers: trk_" in text
    assert "field est_delivery_date: expected an instant, found string" in text
    (missing,) = put_aside(warehouse)
    command = f"make backfill FROM={missing.first} TO={missing.last} SOURCES=easypost"
    assert asking_again([missing]) == command
    assert f"{command} asks again" in text
    proxy.will(None)
    days = Window(
        midnight(missing.first, warehouse.timezone), midnight(missing.last, warehouse.timezone)
    )  # what that command asks for, up to the last day that has ended
    again = pull_past(warehouse, account, "trackers", days, run_id="backfill")
    assert again.records == night.records + 1
    assert put_aside(warehouse) == []


def test_a_record_without_a_name_is_told_until_its_window_is_read_whole(
    warehouse: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NIGHTSHIFT_HISTORY_START", "2026-03-01")
    parcels = place_of("easypost")
    account = parcels.way.account(None, proxy)  # type: ignore[arg-type]
    proxy.will(put(parcels, "id", "null"), parcels.way.data)
    night = pull(warehouse, account, "trackers", run_id="night", now=NOW)
    assert "1 of easypost.trackers: ?: field id: missing" in said(warehouse)
    proxy.will(None)
    pull_past(warehouse, account, "trackers", Window(NOW.replace(hour=0), NOW), run_id="a part")
    assert len(put_aside(warehouse)) == 1
    pull_past(warehouse, account, "trackers", night.window, run_id="all of it")
    assert put_aside(warehouse) == []


def test_a_snapshots_record_comes_in_by_itself_the_next_night(warehouse: Settings, proxy: Proxy):
    stock = place_of("odoo")
    account = stock.way.account(None, proxy)  # type: ignore[arg-type]
    proxy.will(put(stock, "quantity", "an injection"), "stock.quant.*search_read|stock.quant/search_read")
    assert pull(warehouse, account, "stock_quants", run_id="night", now=NOW).quarantined == 1
    assert asking_again(put_aside(warehouse)) is None
    assert "the next night reads them again" in said(warehouse)
    pull(warehouse, account, "stock_quants", run_id="next", now=NOW)
    assert put_aside(warehouse) == []


def failing(first: bool) -> Callable[[Any], bytes]:
    """An encoder with a fault: on the first record alone, or on all."""
    met: list[bytes] = []

    def encoded(kept: Any) -> bytes:
        text = plain_text(kept)
        met.append(text)
        if text == met[0] or not first:
            return {}[text.decode()]  # the error quotes the record
        return text

    return encoded


def test_a_record_our_own_code_fails_on_keeps_no_other_from_landing_and_is_named_without_its_words(
    warehouse: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    parcels = place_of("easypost")
    account = parcels.way.account(None, proxy)  # type: ignore[arg-type]
    monkeypatch.setattr(projection, "plain_text", failing(first=True))
    with caplog.at_level(logging.ERROR):
        night = pull(warehouse, account, "trackers", run_id="night", now=NOW)
    assert (night.records > 0, night.quarantined) == (True, 1)
    assert (
        "easypost trackers: our own code fails on some records: KeyError at test_put_aside.py:" in caplog.text
    )
    text = said(warehouse)
    assert "1 of easypost.trackers: trk_" in text
    assert "field $: our own code fails on it (KeyError at test_put_aside.py:" in text
    assert "tracking_code" not in text + caplog.text


def test_our_own_code_failing_on_every_record_fails_the_load(
    warehouse: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    parcels = place_of("easypost")
    account = parcels.way.account(None, proxy)  # type: ignore[arg-type]
    monkeypatch.setattr(projection, "plain_text", failing(first=False))
    with pytest.raises(Stop, match=r"fails on every record: KeyError at test_put_aside.py:\d+: \d+$"):
        pull(warehouse, account, "trackers", run_id="night", now=NOW)
    assert lake.manifests(warehouse.lake) == []
