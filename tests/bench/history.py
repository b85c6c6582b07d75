"""A long order history in raw, by the real spool and the real loader, and nights on top of it.

book = history(settings, orders=20_000)          200 days of 100 orders
a_night(settings, book, changed=1_000)           the next day: 100 new orders and 900 edits
build_and_publish(settings, book.last)
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import msgspec

from include import lake
from include.settings import Settings
from include.warehouse.load import load_manifest, next_epoch
from include.window import Window, days_window
from tests.bench import catalogue
from tests.bench.book import FOLLOWED_DAYS, STORE, Book

LAST = date(2026, 10, 31)
PER_DAY = 100
STOCK_DAYS = 3
ORDERS_A_CUSTOMER = 12
ORDERS_A_WINDOW = 10_000
EDITED_DAYS = 45
"""Edits fall on orders of these last days, or of as many more as it takes."""

_ACCOUNT = {"shopify": STORE, "easypost": "easypost", "odoo": "odoo", "ecb": "ecb"}
T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


def history(settings: Settings, orders: int, per_day: int = PER_DAY) -> Book:
    """Load `orders` orders ending on LAST, in windows of many days as a backfill brings them."""
    book = Book(per_day, orders // per_day, LAST, people=orders // ORDERS_A_CUSTOMER)
    days = [book.first + timedelta(days=n) for n in range(book.days)]
    for chunk in _chunks(days, max(1, ORDERS_A_WINDOW // per_day)):
        start = (chunk[0] - book.first).days * per_day
        numbers = range(start, start + len(chunk) * per_day)
        window = days_window(chunk[0], chunk[-1], settings.timezone)
        past = {"window": window, "mode": "backfill", "taken_at": _early_morning(settings, book.last)}
        bring(settings, "shopify", "orders", _orders(book, numbers), **past)
        bring(settings, "odoo", "purchase_orders", catalogue.purchase_orders(chunk), **past)
        bring(settings, "odoo", "purchase_order_lines", catalogue.purchase_order_lines(chunk), **past)
        bring(settings, "odoo", "stock_moves", catalogue.stock_moves(book, numbers), **past)
        bring(settings, "ecb", "rates", catalogue.rates(chunk), kind="statement", **past)
    for people in _chunks(range(book.people), 50_000):
        bring(settings, "shopify", "customers", catalogue.customers(book, set(people)), **past)
    followed = range(max(0, book.orders - FOLLOWED_DAYS * per_day), book.orders)
    bring(settings, "easypost", "trackers", _trackers(book, followed), **past)
    _bring_lists(settings, book, past)
    for back in reversed(range(STOCK_DAYS)):
        _bring_closing(settings, book, book.last - timedelta(days=back))
    return book


def a_night(settings: Settings, book: Book, changed: int) -> None:
    """Load the day after the book's last: its new orders and edits, `changed` orders in all.

    Their customers, parcels and stock moves come along, and every snapshot.
    """
    former = book.orders
    new = book.append_day()
    edits = changed - len(new)
    recent = min(former, max(EDITED_DAYS * book.per_day, edits))
    at = _early_morning(settings, book.last) - timedelta(hours=4)
    edited = [former - recent + place * recent // edits for place in range(edits)]
    for number in edited:
        book.edit(number, at)
    numbers = [*edited, *new]
    tonight = {
        "window": days_window(book.last, book.last, settings.timezone),
        "mode": "nightly",
        "taken_at": _early_morning(settings, book.last),
    }
    moving = range(max(0, book.orders - 6 * book.per_day), book.orders)
    buyers = {book.buyer(number) for number in new}
    bring(settings, "shopify", "orders", _orders(book, numbers), **tonight)
    bring(settings, "shopify", "customers", catalogue.customers(book, buyers), **tonight)
    bring(settings, "easypost", "trackers", _trackers(book, moving), **tonight)
    bring(settings, "odoo", "stock_moves", catalogue.stock_moves(book, new), **tonight)
    bring(settings, "odoo", "purchase_orders", catalogue.purchase_orders([book.last]), **tonight)
    bring(settings, "odoo", "purchase_order_lines", catalogue.purchase_order_lines([book.last]), **tonight)
    bring(settings, "ecb", "rates", catalogue.rates([book.last]), kind="statement", **tonight)
    _bring_closing(settings, book, book.last)


def bring(
    settings: Settings,
    source: str,
    stream: str,
    records: Iterable[tuple[str, Any, str | None]],
    *,
    window: Window,
    mode: str,
    taken_at: datetime,
    kind: str = "log",
) -> None:
    """Spool records as an extraction of this window and load it."""
    place = lake.Place(source, _ACCOUNT[source], stream, window, uuid.uuid4().hex)
    with lake.Spool(settings.lake, place) as out:
        for scope, payload, updated in records:
            rows = len(payload) if isinstance(payload, list) else 1
            out.add(_encode({"s": scope, "u": updated, "p": payload, "n": rows}))
        manifest = {
            "source": source, "account": place.account, "stream": stream, "kind": kind, "mode": mode,
            "window_start": window.start.isoformat(), "window_end": window.end.isoformat(),
            "epoch": next_epoch(settings), "taken_at": taken_at.isoformat(), "run_id": place.run_id,
            "complete": True, "source_total": None, "drift": [],
        }  # fmt: skip
        uri = out.finish(manifest)
    load_manifest(settings, uri)


def _bring_lists(settings: Settings, book: Book, past: dict[str, Any]) -> None:
    bring(settings, "shopify", "products", catalogue.products(book), **past)
    bring(settings, "odoo", "products", catalogue.erp_products(), **past)
    bring(settings, "odoo", "suppliers", catalogue.suppliers(), **past)
    bring(settings, "odoo", "supplier_info", catalogue.supplier_info(), **past)


def _bring_closing(settings: Settings, book: Book, day: date) -> None:
    """The snapshots of a day's end."""
    tonight = {
        "window": days_window(day, day, settings.timezone),
        "mode": "nightly",
        "kind": "snapshot",
        "taken_at": _early_morning(settings, day),
    }
    bring(settings, "shopify", "shop", catalogue.shop(), **tonight)
    bring(settings, "shopify", "locations", catalogue.locations(), **tonight)
    bring(settings, "shopify", "inventory_levels", catalogue.inventory_levels(day), **tonight)
    bring(settings, "odoo", "locations", catalogue.erp_locations(), **tonight)
    bring(settings, "odoo", "stock_quants", catalogue.stock_quants(book, day), **tonight)


def _orders(book: Book, numbers: Iterable[int]) -> Iterator[tuple[str, Any, str | None]]:
    for number in numbers:
        order = book.order(number)
        yield order["id"], order, order["updatedAt"]


def _trackers(book: Book, numbers: range) -> Iterator[tuple[str, Any, str | None]]:
    for number in numbers:
        tracker = book.tracker(number)
        yield tracker["id"], tracker, tracker["updated_at"]


def _early_morning(settings: Settings, day: date) -> datetime:
    """Two hours after the day's end: when a night reads."""
    return days_window(day, day, settings.timezone).end + timedelta(hours=2)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, size)):
        yield chunk
