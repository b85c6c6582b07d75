"""What vanished at its vendor is marked by a scan that can be believed, and by no other."""

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from include import deletions
from include.errors import Stop
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account, Page
from include.warehouse.connect import connect_admin
from tests.warehouse.helpers import line, load

ERP = Account("odoo", "erp", "https://erp.example", {})
KNOWN = range(100)


@pytest.fixture
def known(warehouse: Settings) -> Settings:
    """A warehouse that was told of a hundred products."""
    load(warehouse, [line(str(n), {"id": n}) for n in KNOWN], source="odoo", account="erp", stream="products")
    return warehouse


def scan(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, alive: Iterable[int], total=None, **more
) -> int:
    """Look for deleted products at an ERP whose list of keys is this."""
    pages = [Page([], total=total), Page([{"id": n} for n in alive])]
    stream = replace(REGISTRY["odoo"].stream("products"), keys=lambda client, window: iter(pages))
    client = SimpleNamespace(close=lambda: None)
    source = replace(REGISTRY["odoo"], streams=(stream,), connect=lambda account: client)
    monkeypatch.setattr(deletions, "REGISTRY", {"odoo": source})
    return deletions.find_deleted(settings, ERP, "products", **more)


def marked(settings: Settings) -> set[int]:
    with connect_admin(settings, settings.database) as conn:
        return {int(scope) for (scope,) in conn.execute("SELECT scope FROM ops.tombstone").fetchall()}


def test_what_is_gone_is_marked_once_and_what_comes_back_loses_its_mark(known, monkeypatch):
    assert scan(monkeypatch, known, KNOWN[3:], total=97) == 3
    assert scan(monkeypatch, known, KNOWN[3:], total=97) == 0
    assert marked(known) == {0, 1, 2}
    assert scan(monkeypatch, known, KNOWN[1:], total=99) == 0
    assert marked(known) == {0}


@pytest.mark.parametrize("total", [None, 0])
def test_a_scan_that_finds_nothing_at_all_marks_nothing(known, monkeypatch, total):
    with pytest.raises(Stop, match=r"odoo.products: .* finds none of 100 records.*many_are_gone"):
        scan(monkeypatch, known, [], total=total)
    assert marked(known) == set()


@pytest.mark.parametrize("total", [None, 50])
def test_a_scan_that_was_cut_at_half_marks_nothing_and_unmarks_nothing(known, monkeypatch, total):
    scan(monkeypatch, known, KNOWN[3:])
    with pytest.raises(Stop, match=r"misses 47 of 97 records"):
        scan(monkeypatch, known, KNOWN[3:53], total=total)
    assert marked(known) == {0, 1, 2}


def test_a_scan_that_is_shorter_than_its_own_count_marks_nothing(known, monkeypatch):
    with pytest.raises(Stop, match="97 of 100"):
        scan(monkeypatch, known, KNOWN[3:], total=100)
    assert marked(known) == set()


def test_a_person_says_that_so_many_are_really_gone(known, monkeypatch):
    assert scan(monkeypatch, known, KNOWN[:50], total=50, many_are_gone=True) == 50
    assert scan(monkeypatch, known, [], total=0, many_are_gone=True) == 50


def test_of_few_records_many_may_go(warehouse, monkeypatch):
    load(
        warehouse,
        [line(str(n), {"id": n}) for n in KNOWN[:21]],
        source="odoo",
        account="erp",
        stream="products",
    )
    assert scan(monkeypatch, warehouse, KNOWN[20:]) == 20


def test_an_empty_catalogue_of_few_is_not_believed_either(warehouse, monkeypatch):
    load(warehouse, [line("1", {"id": 1})], source="odoo", account="erp", stream="products")
    with pytest.raises(Stop, match="finds none of 1 records"):
        scan(monkeypatch, warehouse, [])


def test_an_empty_list_of_what_was_never_heard_of_is_no_fault(warehouse, monkeypatch):
    assert scan(monkeypatch, warehouse, [], total=0) == 0
