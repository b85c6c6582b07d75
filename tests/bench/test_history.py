"""The synthetic book is one that the real loader takes whole, and its nights change what they say; the long history."""

from collections import Counter

from include.settings import Settings
from include.warehouse.connect import connect
from tests.bench import orchestration
from tests.bench.book import Book
from tests.bench.history import LAST, a_night, history


def _ask(settings: Settings, query: str) -> tuple[int, ...]:
    with connect(settings, "transformer") as conn:
        row = conn.execute(query).fetchone()  # type: ignore[call-overload]
    assert row
    return row


def test_a_history_is_all_in_raw_and_a_night_changes_as_many_orders_as_it_says(warehouse: Settings) -> None:
    book = history(warehouse, orders=400, per_day=20)
    assert _ask(warehouse, "SELECT count(*) FROM raw.shopify_orders") == (400,)
    assert _ask(warehouse, "SELECT count(*) FROM raw.quarantine") == (0,)

    a_night(warehouse, book, changed=60)
    told = "SELECT count(*) FROM raw.shopify_orders", "SELECT count(DISTINCT scope) FROM raw.shopify_orders"
    assert [_ask(warehouse, query) for query in told] == [(460,), (420,)]
    newest = "SELECT records FROM raw.load_log WHERE stream = 'orders' ORDER BY load_id DESC LIMIT 1"
    assert _ask(warehouse, newest) == (60,)


def test_the_book_is_shaped_as_it_says() -> None:
    book = Book(per_day=60, days=20, last=LAST, people=100)
    orders = [book.order(number) for number in range(book.orders)]
    buyers = Counter(order["customer_key"] for order in orders)
    assert set(buyers.values()) == {12}
    assert sum(len(order["lineItems"]["nodes"]) for order in orders) == 1200 * 2.4
    assert 0.01 < sum(bool(order["refunds"]) for order in orders) / 1200 < 0.06


def test_seconds_without_own_work_are_counted_once() -> None:
    loads = [(12.0, 14.0), (13.0, 15.0), (18.0, 30.0), (5.0, 11.0)]
    assert orchestration._uncovered((10.0, 20.0), loads) == 1.0 + 3.0
