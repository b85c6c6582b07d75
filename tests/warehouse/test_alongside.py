"""Rows staged while a vendor is still being read give what loading from the lake gives, whatever happens meanwhile."""

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from psycopg import Connection

from include import lake
from include.errors import Wait
from include.privacy.erase import erase, erase_store
from include.settings import Settings
from include.warehouse import alongside as alongside_module
from include.warehouse import attempts
from include.warehouse import load as load_module
from include.warehouse.alongside import Alongside
from include.warehouse.load import LoadResult, load_manifest, next_epoch
from tests.conftest import admin
from tests.privacy.helpers import key_of, person
from tests.warehouse.helpers import line, load, spool

ORDERS = [line(f"order-{n}", {"id": n, "name": f"#{n}"}) for n in range(6)]
OF = {
    "source": "shopify",
    "stream": "orders",
    "account": "shop",
    "run_id": "run-1",
    "mode": "nightly",
    "window_start": "2026-11-20T00:00:00+00:00",
    "window_end": "2026-11-21T00:00:00+00:00",
    "epoch": 1,
}
ANN = "ann@example.com"
MINE = "application_name LIKE 'nightshift load %' AND state = 'idle in transaction'"


@pytest.fixture(autouse=True)
def _every_line_is_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alongside_module, "BATCH_BYTES", 1)


@pytest.fixture
def from_the_lake(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Manifests that were loaded from the lake after all."""
    seen: list[str] = []

    def spying(settings: Settings, uri: str) -> LoadResult:
        seen.append(uri)
        return load_manifest(settings, uri)

    monkeypatch.setattr(alongside_module, "load_manifest", spying)
    return seen


def ask(postgres, settings: Settings, query: str) -> list[tuple]:
    with admin(postgres, settings.database) as conn:
        return conn.execute(query).fetchall()


def pulled(
    postgres, settings: Settings, lines: list[bytes], meanwhile: Callable[[], object] = lambda: None
) -> LoadResult:
    """What `include.pull` does with an extraction; `meanwhile` happens when all but its end is staged."""
    epoch = next_epoch(settings)
    with Alongside(settings, OF | {"epoch": epoch}) as alongside:
        for one in map(orjson.loads, lines):
            alongside.add(one["s"], one["u"], orjson.dumps(one["p"]), one["n"])
        until = time.monotonic() + 20
        while not (
            alongside._batches.empty()
            and ask(postgres, settings, f"SELECT FROM pg_stat_activity WHERE {MINE}")
        ):
            assert time.monotonic() < until
            time.sleep(0.01)
        meanwhile()
        return alongside.load(spool(settings, lines, epoch=epoch))


def held(postgres, settings: Settings) -> list[tuple]:
    return ask(
        postgres,
        settings,
        "SELECT scope, payload, source_updated_at FROM raw.observation JOIN raw.shopify_orders USING (account, scope,"
        " content_hash) ORDER BY load_id, scope",
    )


def test_staged_rows_are_loaded_as_the_lake_would_be(postgres, warehouse, from_the_lake):
    result = pulled(postgres, warehouse, ORDERS)
    assert (result.records, result.new_payloads, result.already) == (6, 6, False)
    staged = held(postgres, warehouse)
    assert [payload["id"] for _, payload, _ in staged] == list(range(6))
    again = load(warehouse, ORDERS)
    assert (again.records, again.new_payloads) == (6, 0)
    assert held(postgres, warehouse)[6:] == staged
    assert from_the_lake == []


def test_nothing_is_there_for_anybody_before_the_manifest_is_loaded(postgres, warehouse):
    def look() -> None:
        tables = ("raw.shopify_orders", "raw.observation", "raw.load_log")
        assert [ask(postgres, warehouse, f"SELECT count(*) FROM {table}") for table in tables] == [[(0,)]] * 3

    assert pulled(postgres, warehouse, ORDERS, look).new_payloads == 6


def test_nobody_sees_half_of_what_was_staged(postgres, warehouse, from_the_lake, monkeypatch):
    tables = ("raw.shopify_orders", "raw.observation", "raw.load_log", "ops.cursor")
    seen: list[list[tuple]] = []
    advance = load_module.advance

    def looking(conn: Connection, manifest: dict[str, Any]) -> None:
        advance(conn, manifest)
        seen.extend(ask(postgres, warehouse, f"SELECT count(*) FROM {table}") for table in tables)

    monkeypatch.setattr(load_module, "advance", looking)
    assert pulled(postgres, warehouse, ORDERS).new_payloads == 6
    assert seen == [[(0,)]] * 4
    assert from_the_lake == []


def test_an_extraction_that_breaks_off_leaves_nothing_and_nobody(postgres, warehouse):
    with Alongside(warehouse, OF) as alongside:
        alongside.add("order-1", None, b"{}", 1)
    assert ask(postgres, warehouse, "SELECT count(*) FROM raw.shopify_orders") == [(0,)]
    assert not alongside._thread.is_alive()
    assert ask(postgres, warehouse, f"SELECT FROM pg_stat_activity WHERE {MINE}") == []


def test_a_session_that_is_lost_meanwhile_costs_nothing_but_time(postgres, warehouse, from_the_lake):
    def lose() -> None:
        ask(postgres, warehouse, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {MINE}")

    assert pulled(postgres, warehouse, ORDERS, lose).new_payloads == 6
    assert len(held(postgres, warehouse)) == 6
    assert len(from_the_lake) == 1


def test_a_vendor_that_takes_long_keeps_no_transaction_open(postgres, warehouse, monkeypatch, from_the_lake):
    monkeypatch.setattr(alongside_module, "LONGEST", 0.0)
    with Alongside(warehouse, OF) as alongside:
        for one in map(orjson.loads, ORDERS):
            alongside.add(one["s"], one["u"], orjson.dumps(one["p"]), one["n"])
        until = time.monotonic() + 20
        while not (alongside._conn and alongside._conn.closed):
            assert time.monotonic() < until
            time.sleep(0.01)
        assert alongside.load(spool(warehouse, ORDERS)).new_payloads == 6
    assert len(from_the_lake) == 1


def test_an_extraction_that_is_stopped_loses_its_session(postgres, warehouse, monkeypatch, from_the_lake):
    monkeypatch.setattr(attempts, "LONGEST_IDLE", "1s")

    def stop() -> None:
        time.sleep(2)
        assert ask(postgres, warehouse, f"SELECT FROM pg_stat_activity WHERE {MINE}") == []

    assert pulled(postgres, warehouse, ORDERS, stop).new_payloads == 6
    assert len(from_the_lake) == 1


def test_of_two_extractions_of_a_stream_one_is_loaded_after_the_other(postgres, warehouse, from_the_lake):
    second = [line("order-9", {"id": 9})]

    def meanwhile() -> None:
        with Alongside(warehouse, OF | {"run_id": "run-2"}) as other:
            other.add("order-9", None, b'{"id":9}', 1)
            until = time.monotonic() + 20
            while other._conn is None or not other._conn.closed:
                time.sleep(0.01)
                assert time.monotonic() < until

    assert pulled(postgres, warehouse, ORDERS, meanwhile).new_payloads == 6
    assert load(warehouse, second).new_payloads == 1
    assert from_the_lake == []


def test_a_page_that_is_told_twice_is_kept_once(postgres, warehouse, from_the_lake):
    result = pulled(postgres, warehouse, ORDERS + ORDERS[2:4] + ORDERS)
    assert (result.records, result.new_payloads) == (6, 6)
    assert len(held(postgres, warehouse)) == 6
    assert from_the_lake == []


def test_a_record_that_changes_while_it_is_read_counts_once_in_its_newest_version(
    postgres, warehouse, from_the_lake
):
    moments = [f"2026-11-20T{hour}:00:00+00:00" for hour in ("09", "11", "10")]
    told = [line("order-2", {"id": 2, "at": moment}, moment) for moment in moments]
    lines = [*ORDERS[:2], *told, *ORDERS[3:]]
    with Alongside(warehouse, OF) as alongside:
        for one in map(orjson.loads, lines):
            alongside.add(one["s"], one["u"], orjson.dumps(one["p"]), one["n"])
        result = alongside.load(spool(warehouse, lines))
    assert (result.records, result.new_payloads) == (6, 8)
    assert held(postgres, warehouse)[2][1] == {"id": 2, "at": moments[1]}
    assert len(from_the_lake) == 1


def test_who_is_erased_meanwhile_does_not_come_in(postgres, warehouse, from_the_lake):
    load(warehouse, [line("c1", {"id": "c1"})], stream="customers", vault=[person(warehouse, ANN)])
    key = key_of(warehouse, ANN)
    orders = [*ORDERS, line("hers", {"id": "hers", "customer_key": key})]
    assert pulled(postgres, warehouse, orders, lambda: erase(warehouse, ANN)).records == 7
    assert key not in str(held(postgres, warehouse))
    assert len(from_the_lake) == 1
    # and once somebody is erased, another one is still noticed
    load(
        warehouse,
        [line("c2", {"id": "c2"})],
        stream="customers",
        vault=[person(warehouse, "bo@example.com", "2")],
    )
    other = key_of(warehouse, "bo@example.com", "2")
    orders = [line("his", {"id": "his", "customer_key": other})]
    pulled(postgres, warehouse, orders, lambda: erase(warehouse, "bo@example.com"))
    assert other not in str(held(postgres, warehouse))
    assert len(from_the_lake) == 2


def test_a_store_that_is_erased_while_it_is_read_is_asked_again(postgres, warehouse, from_the_lake):
    orders = [line("hers", {"id": "hers", "customer_key": key_of(warehouse, ANN)})]
    with pytest.raises(Wait, match="shopify shop was erased"):
        pulled(postgres, warehouse, orders, lambda: erase_store(warehouse, "shopify", "shop"))
    assert held(postgres, warehouse) == []
    assert lake.manifests(warehouse.lake) == []
    assert pulled(postgres, warehouse, orders).records == 1


def test_a_payload_that_raw_lost_meanwhile_is_brought_back(postgres, warehouse, from_the_lake):
    load(warehouse, ORDERS)

    def lose() -> None:
        ask(postgres, warehouse, "DELETE FROM raw.shopify_orders WHERE scope = 'order-3' RETURNING scope")

    assert pulled(postgres, warehouse, ORDERS, lose).new_payloads == 1
    assert len(held(postgres, warehouse)) == 12
    assert len(from_the_lake) == 1


def test_a_warehouse_that_takes_nothing_does_not_hold_up_the_extraction(
    postgres, warehouse, monkeypatch, from_the_lake
):
    monkeypatch.setattr(alongside_module, "PATIENCE", 0.2)
    with admin(postgres, warehouse.database) as blocking:
        blocking.execute("BEGIN")
        blocking.execute("LOCK TABLE raw.shopify_orders")  # staging waits for it when it asks what is known
        with Alongside(warehouse, OF) as alongside:
            for one in map(orjson.loads, ORDERS):
                alongside.add(one["s"], one["u"], orjson.dumps(one["p"]), one["n"])
            uri = spool(warehouse, ORDERS)
            blocking.execute("ROLLBACK")
            assert alongside.load(uri).new_payloads == 6
        alongside._thread.join(20)
    assert from_the_lake == [uri]
    assert ask(postgres, warehouse, f"SELECT FROM pg_stat_activity WHERE {MINE}") == []


def test_a_machine_that_slept_before_it_committed_loads_from_the_lake(
    postgres, warehouse, monkeypatch, from_the_lake
):
    staged = alongside_module.load_staged

    def asleep(conn, *args):
        conn.execute("SET LOCAL idle_in_transaction_session_timeout TO '20ms'")  # ten seconds, else
        time.sleep(0.1)
        return staged(conn, *args)

    monkeypatch.setattr(alongside_module, "load_staged", asleep)
    assert pulled(postgres, warehouse, ORDERS).new_payloads == 6
    assert len(from_the_lake) == 1


def test_what_postgres_refuses_is_quarantined_and_the_rest_goes_in(postgres, warehouse, from_the_lake):
    with Alongside(warehouse, OF) as alongside:
        alongside.add("good", None, b'{"id":1}', 1)
        alongside.add("bad", None, b'{"huge":1e999999}', 1)
        uri = spool(warehouse, [b'{"s":"good","p":{"id":1}}', b'{"s":"bad","p":{"huge":1e999999}}'])
        result = alongside.load(uri)
    assert (result.records, result.quarantined) == (1, 1)
    assert ask(postgres, warehouse, "SELECT scope, field FROM raw.quarantine") == [("bad", "p")]
    assert from_the_lake == []
