"""Built again, a day costs what changed: which streams tell a build anything new."""

from datetime import date

import pytest

from include.warehouse.build import holding_build
from include.warehouse.changes import changed_streams
from include.warehouse.connect import connect
from include.warehouse.nights import hold_load
from tests.warehouse.helpers import at, call_published, line, load

DAY = date(2026, 11, 20)
NEXT = date(2026, 11, 21)


def build(warehouse, day=DAY, publish=True):
    """The streams with news as a build sees them; published at once unless told otherwise."""
    with holding_build(warehouse, day) as build_id:
        news = changed_streams(warehouse, build_id)
        if publish:
            call_published(warehouse, build_id)
    return news


@pytest.fixture
def published(warehouse):
    load(warehouse, [line("order-1", {"v": 1}), line("order-2", {"v": 1})])
    load(warehouse, [line("item-1", {"v": 1})], stream="products")
    assert build(warehouse) is None
    return warehouse


def test_hearing_the_same_again_is_no_news(published):
    load(published, [line("order-1", {"v": 1})])
    assert build(published) == set()


def test_one_changed_record_is_news_of_its_stream_alone(published):
    load(published, [line("order-1", {"v": 1}), line("order-2", {"v": 2})])
    load(published, [line("item-1", {"v": 1})], stream="products")
    assert build(published) == {"shopify.orders"}


def test_a_record_that_turned_back_to_an_older_version_is_news(published):
    load(published, [line("order-1", {"v": 2})])
    build(published)
    load(published, [line("order-1", {"v": 1})])
    assert build(published) == {"shopify.orders"}


def test_a_load_taken_out_is_news(published):
    bad = load(published, [line("item-1", {"v": 9})], stream="products").load_id
    build(published)
    hold_load(published, bad, "prices in cents")
    assert build(published) == {"shopify.products"}


def test_another_day_is_built_whole(published):
    assert build(published, NEXT) is None


def test_after_a_build_that_was_not_published_everything_is_built(published):
    build(published, publish=False)
    assert build(published) is None


def test_a_person_told_again_is_no_news(published):
    person = {
        "customer_key": "a" * 32,
        "alias_key": "b" * 32,
        "vendor_id": "gid://shopify/Customer/1",
        "email": "ada@example.org",
        "updated_at": "2026-11-20T10:00:00+00:00",
    }
    for _ in range(2):
        load(published, [line("customer-1", {"v": 1})], stream="customers", vault=[person])
        news = build(published)
    assert news == set()


def published_customer(warehouse, key):
    with connect(warehouse, "publisher") as conn:
        conn.execute("CREATE TABLE mart.dim_customer (customer_key text)")
        conn.execute("INSERT INTO mart.dim_customer VALUES (%s)", [key])


def told_of_an_address(warehouse):
    """A person known by a vendor's id turns out to have an address."""
    person = {
        "customer_key": "a" * 32,
        "alias_key": "b" * 32,
        "vendor_id": "gid://shopify/Customer/1",
        "email": "ada@example.org",
        "updated_at": "2026-11-20T10:00:00+00:00",
    }
    load(warehouse, [line("customer-1", {"v": 1})], stream="customers", vault=[person])


def test_people_whom_readers_saw_as_two_and_who_are_one_change_everything(published):
    published_customer(published, "b" * 32)
    told_of_an_address(published)
    assert build(published) is None


def test_an_alias_of_somebody_no_table_knows_changes_only_its_own_stream(published):
    published_customer(published, "c" * 32)
    told_of_an_address(published)
    assert build(published) == {"shopify.customers"}


def test_a_second_look_at_the_stock_of_a_closed_day_is_no_news(published):
    taken = at("2026-11-21T06:00:00")
    load(
        published,
        [line("item-1", {"on_hand": 3})],
        stream="inventory_levels",
        kind="snapshot",
        taken_at=taken,
    )
    assert build(published) == {"shopify.inventory_levels"}
    later = at("2026-11-21T09:00:00")
    load(
        published,
        [line("item-1", {"on_hand": 2})],
        stream="inventory_levels",
        kind="snapshot",
        taken_at=later,
    )
    assert build(published) == set()
