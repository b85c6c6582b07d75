import threading
from datetime import date, timedelta

import psycopg
import pytest

from include import lake
from include.errors import Stop, Wait
from include.warehouse import load as load_module
from include.warehouse.load import load_manifest, next_epoch
from include.warehouse.nights import landed_until
from include.window import Window, day_window
from tests.conftest import admin
from tests.warehouse.helpers import DAY, beside, line, load, spool

ORDERS = [line(f"gid://shopify/Order/{n}", {"id": n, "name": f"#{n}"}) for n in range(10)]


def rows(postgres, settings, query, *args):
    with admin(postgres, settings.database) as conn:
        return conn.execute(query, args).fetchall()


def count(postgres, settings, table):
    return rows(postgres, settings, f"SELECT count(*) FROM {table}")[0][0]


def test_a_load_brings_payloads_observations_and_its_row(postgres, warehouse):
    result = load(warehouse, ORDERS, source_total=10)
    assert (result.records, result.new_payloads, result.quarantined, result.already) == (10, 10, 0, False)
    assert count(postgres, warehouse, "raw.shopify_orders") == 10
    assert count(postgres, warehouse, "raw.observation") == 10
    assert rows(postgres, warehouse, "SELECT records, source_total, status, complete FROM raw.load_log") == [
        (10, 10, "accepted", True)
    ]


def test_payloads_arrive_as_they_were_sent(postgres, warehouse):
    payload = {"text": 'quotes " and \\ and \n and \t and , ; | ü 漢 🌲', "n": 1.50, "deep": [{"a": None}]}
    load(warehouse, [line("one", payload)])
    assert rows(postgres, warehouse, "SELECT payload FROM raw.shopify_orders") == [(payload,)]


def test_loading_a_manifest_twice_changes_nothing(postgres, warehouse):
    manifest = spool(warehouse, ORDERS)
    first, second = load_manifest(warehouse, manifest), load_manifest(warehouse, manifest)
    assert not first.already
    assert second.already
    assert second.load_id == first.load_id
    assert count(postgres, warehouse, "raw.observation") == 10


def test_what_did_not_change_is_observed_but_not_stored_again(postgres, warehouse):
    load(warehouse, ORDERS)
    again = load(warehouse, [*ORDERS[:9], line("gid://shopify/Order/9", {"id": 9, "name": "changed"})])
    assert again.new_payloads == 1
    assert count(postgres, warehouse, "raw.shopify_orders") == 11
    assert count(postgres, warehouse, "raw.observation") == 20


def test_an_empty_window_is_a_load_too(postgres, warehouse):
    result = load(warehouse, [])
    assert (result.records, result.already) == (0, False)
    assert landed_until(warehouse, "shopify", "shop", "orders") == day_window(DAY, warehouse.timezone).end


def test_an_emptied_statement_day_is_observed_with_no_rows(postgres, warehouse):
    lines = [line("2026-11-19", [{"clicks": 3}, {"clicks": 4}], None, 2), line("2026-11-20", [], None, 0)]
    result = load(warehouse, lines, source="google_ads", stream="campaigns_daily", kind="statement")
    assert result.records == 2
    assert rows(
        postgres,
        warehouse,
        "SELECT scope, row_count, payload FROM raw.google_ads_campaigns_daily ORDER BY scope",
    ) == [("2026-11-19", 2, [{"clicks": 3}, {"clicks": 4}]), ("2026-11-20", 0, [])]


def test_a_record_read_twice_counts_once_with_its_newest_version(postgres, warehouse):
    lines = [
        line("a", {"v": 2}, "2026-11-20T12:00:00Z"),
        line("b", {"v": 1}),
        line("a", {"v": 1}, "2026-11-20T11:00:00Z"),
        line("b", {"v": 1}),
    ]
    result = load(warehouse, lines)
    assert (result.records, result.new_payloads) == (2, 3)
    seen = rows(
        postgres,
        warehouse,
        "SELECT o.scope, p.payload FROM raw.observation o JOIN raw.shopify_orders p"
        " USING (account, scope, content_hash) ORDER BY o.scope",
    )
    assert seen == [("a", {"v": 2}), ("b", {"v": 1})]


def test_of_two_versions_of_one_moment_the_one_read_last_counts(postgres, warehouse):
    load(warehouse, [line("a", {"v": 2}), line("a", {"v": 1})])
    seen = rows(
        postgres,
        warehouse,
        "SELECT p.payload FROM raw.observation o JOIN raw.shopify_orders p USING (account, scope, content_hash)",
    )
    assert seen == [({"v": 1},)]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (b"{not json", "$"),
        (b'{"s":"x"}', "$"),
        (b'{"s":"x","p":{},"u":"yesterday"}', "u"),
        (b'{"s":"","p":{}}', "s"),
        (b'{"s":"a\\u0002b","p":{}}', "s"),
        (b'{"s":"x","p":{"lone":"\\ud800"}}', "$"),
        (b'{"s":"x","p":{"not utf8":"\xff"}}', "p"),
        (b'{"s":"x","p":{"huge":1e999999}}', "p"),
        (b'{"s":"x","p":{"raw control":"\x01"}}', "$"),
    ],
    ids=[
        "not JSON",
        "no payload",
        "no time",
        "empty scope",
        "control",
        "surrogate",
        "bytes",
        "huge",
        "raw control",
    ],
)
def test_a_bad_line_is_quarantined_and_the_rest_goes_in(postgres, warehouse, bad, field):
    result = load(warehouse, [ORDERS[0], bad, ORDERS[1]])
    assert (result.records, result.quarantined) == (2, 1)
    assert count(postgres, warehouse, "raw.shopify_orders") == 2
    assert rows(postgres, warehouse, "SELECT field, load_id FROM raw.quarantine") == [(field, result.load_id)]


def test_nul_characters_are_taken_out_and_counted(postgres, warehouse):
    load(
        warehouse,
        [rb'{"s":"x","p":{"note":"a\u0000b","path":"C:\\u0000"}}', rb'{"s":"y","p":{"path":"\\u0000"}}'],
    )
    assert rows(postgres, warehouse, "SELECT payload FROM raw.shopify_orders ORDER BY scope") == [
        ({"note": "ab", "path": "C:\\u0000"},),
        ({"path": "\\u0000"},),
    ]
    assert rows(postgres, warehouse, "SELECT path, json_type, times FROM raw.drift") == [
        ("$", "NUL character removed", 1)
    ]


def test_drift_is_counted_and_quarantine_of_the_projection_kept(postgres, warehouse):
    for _ in range(2):
        load(
            warehouse, ORDERS,
            drift=[{"path": "customer.middleName", "json_type": "string", "times": 7}],
            quarantined=[{"scope": "gid://shopify/Order/99", "field": "updatedAt", "reason": "missing"}],
        )  # fmt: skip
    assert rows(postgres, warehouse, "SELECT path, json_type, times FROM raw.drift") == [
        ("customer.middleName", "string", 14)
    ]
    assert rows(postgres, warehouse, "SELECT DISTINCT scope, field, reason FROM raw.quarantine") == [
        ("gid://shopify/Order/99", "updatedAt", "missing")
    ]


def test_a_page_that_is_not_the_spooled_one_is_refused_whole(postgres, warehouse):
    manifest = spool(warehouse, ORDERS)
    (page,) = beside(manifest, "pages-*")
    page.write_bytes(page.read_bytes()[:-3])
    with pytest.raises(Stop, match="not the one that was written"):
        load_manifest(warehouse, manifest)
    assert count(postgres, warehouse, "raw.shopify_orders") == 0
    assert count(postgres, warehouse, "raw.load_log") == 0


def test_without_a_manifest_there_are_no_data(warehouse, tmp_path):
    with pytest.raises(Wait, match="is gone"):
        load_manifest(warehouse, f"file://{tmp_path}/manifest.json")


@pytest.mark.parametrize("damage", ["cut", "gone", "erased"])
def test_without_all_of_its_people_an_extraction_is_not_loaded(postgres, warehouse, monkeypatch, damage):
    """Whoever is erased meanwhile takes extractions along in which others are told of too."""
    people = [PERSON | {"customer_key": f"{n:032x}", "vendor_id": str(n)} for n in range(2000)]
    manifest = spool(warehouse, ORDERS, vault=people)
    (vault,) = beside(manifest, "vault-*")
    if damage == "erased":
        staged = load_module._staged_pages
        erasing = lambda *args: (staged(*args), lake.delete(manifest))[0]  # noqa: E731
        monkeypatch.setattr(load_module, "_staged_pages", erasing)
    elif damage == "cut":
        vault.write_bytes(vault.read_bytes()[:-3000])
    else:
        vault.unlink()
    with pytest.raises(
        Wait if damage == "erased" else Stop, match="gone" if damage == "erased" else "pull again"
    ):
        load_manifest(warehouse, manifest)
    assert count(postgres, warehouse, "raw.load_log") == count(postgres, warehouse, "pii.customer") == 0


STEPS = ["serialise", "_staged_pages", "record", "quarantine", "note_drift", "load_vault", "advance"]
PERSON = {
    "customer_key": "a" * 32,
    "vendor_id": "1",
    "email": "ann@example.com",
    "updated_at": None,
    "consents": [],
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_load_that_dies_anywhere_leaves_nothing_and_can_be_repeated(
    postgres, warehouse, monkeypatch, step, moment
):
    manifest = spool(warehouse, ORDERS, vault=[PERSON])
    real = getattr(load_module, step)

    def dying(conn, *args, **kwargs):
        if moment == "after":
            real(conn, *args, **kwargs)
        with admin(postgres) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [conn.info.backend_pid])
        conn.execute("SELECT 1")

    with monkeypatch.context() as patch:
        patch.setattr(load_module, step, dying)
        with pytest.raises((Wait, psycopg.OperationalError)):
            load_manifest(warehouse, manifest)
    tables = ["raw.shopify_orders", "raw.observation", "raw.load_log", "ops.cursor", "pii.customer"]
    assert [count(postgres, warehouse, table) for table in tables] == [0, 0, 0, 0, 0]
    assert not load_manifest(warehouse, manifest).already
    assert [count(postgres, warehouse, table) for table in tables] == [10, 10, 1, 1, 1]


def test_a_crash_after_the_commit_is_made_good_by_the_retry(postgres, warehouse, monkeypatch):
    manifest = spool(warehouse, ORDERS, vault=[PERSON])
    (vault,) = beside(manifest, "vault-*")
    with monkeypatch.context() as patch:
        patch.setattr(load_module.lake, "delete_vault", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            load_manifest(warehouse, manifest)
    assert vault.exists()
    assert load_manifest(warehouse, manifest).already
    assert not vault.exists()
    assert count(postgres, warehouse, "raw.observation") == 10


def test_the_vault_file_goes_with_its_load(warehouse):
    manifest = spool(warehouse, ORDERS, vault=[PERSON])
    load_manifest(warehouse, manifest)
    assert beside(manifest, "vault-*") == []


def test_many_loads_of_one_window_at_once_give_what_one_gives(postgres, warehouse):
    once = spool(warehouse, ORDERS)
    manifests = [once, once] + [spool(warehouse, ORDERS) for _ in range(4)]
    results, errors = [], []

    def run(manifest):
        try:
            results.append(load_manifest(warehouse, manifest))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[manifest]) for manifest in manifests]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not errors
    assert sum(result.already for result in results) == 1
    assert sum(result.new_payloads for result in results if not result.already) == 10
    assert count(postgres, warehouse, "raw.shopify_orders") == 10
    assert count(postgres, warehouse, "raw.load_log") == 5


def test_the_cursor_moves_by_complete_nights_only_and_never_back(warehouse):
    nights = [day_window(date(2026, 11, day), warehouse.timezone) for day in (18, 19, 20)]

    def landed():
        return landed_until(warehouse, "shopify", "shop", "orders")

    load(warehouse, ORDERS, window=nights[0])
    assert landed() == nights[0].end
    load(warehouse, ORDERS, window=nights[1], complete=False)
    assert landed() == nights[0].end
    load(warehouse, ORDERS, window=nights[1], mode="backfill")
    assert landed() == nights[0].end
    load(warehouse, ORDERS, window=nights[2])
    assert landed() == nights[0].end, "a gap was passed over"
    load(warehouse, ORDERS, window=Window(nights[0].start, nights[2].end))
    assert landed() == nights[2].end
    load(warehouse, ORDERS, window=nights[0])
    assert landed() == nights[2].end


def test_a_snapshot_has_no_gaps(warehouse):
    nights = [day_window(DAY - timedelta(days=n), warehouse.timezone) for n in (5, 0)]
    for night in nights:
        load(warehouse, ORDERS, window=night, kind="snapshot", stream="inventory_levels")
    assert landed_until(warehouse, "shopify", "shop", "inventory_levels") == nights[1].end


def test_epochs_only_grow(warehouse):
    epochs = [next_epoch(warehouse) for _ in range(3)]
    assert epochs == sorted(set(epochs))


@pytest.mark.parametrize("name", ['a"); drop table raw.load_log; --', "x" * 200, "ѕhop", "it's"])
def test_hostile_names_are_data(postgres, warehouse, name):
    load(warehouse, [line(name, {name: name})], account=name.replace("/", "_"))
    assert rows(postgres, warehouse, "SELECT scope, payload FROM raw.shopify_orders") == [
        (name, {name: name})
    ]


def test_a_server_that_is_away_means_wait(postgres, warehouse):
    from dataclasses import replace

    manifest = spool(warehouse, ORDERS)
    with pytest.raises(Wait, match="does not answer"):
        load_manifest(replace(warehouse, port=1), manifest)
