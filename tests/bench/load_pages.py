"""Pages as a vendor would send them, rendered once: orders of 2 to 3 KB with nested lines, and flat rows of 300 bytes.

The same arithmetic that makes them says what a table must hold afterwards (`Expected`), so that nobody is timed for
loading something else.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.clients.json import dumps

PER_PAGE = {"orders": 250, "plain_orders": 250, "rows": 1000}
LATEST = datetime(2026, 11, 1, tzinfo=UTC)
FIRST_DAY = date(2026, 1, 1)
WORDS = [
    "cotton",
    "linen",
    "oak",
    "steel",
    "glass",
    "paper",
    "wool",
    "clay",
    "amber",
    "cedar",
    "river",
    "stone",
    "harbour",
    "meadow",
    "winter",
]


@dataclass(frozen=True)
class Expected:
    """`ids` adds up the keys, `cents` the amounts: two sums that a lost, doubled or bent record changes."""

    records: int
    ids: int
    cents: int


def page(kind: str, number: int, records: int) -> bytes:
    """Page `number` (from 0) of so many records: `{"data": […], "scope": day or null, "next": path or null}`."""
    size = PER_PAGE[kind]
    numbers = range(number * size, min(records, (number + 1) * size))
    last = (number + 1) * size >= records
    return dumps(
        {
            "data": [_RECORD[kind](n) for n in numbers],
            "scope": str(FIRST_DAY + timedelta(days=number)) if kind == "rows" else None,
            "next": None if last else f"/{kind}/{number + 1}",
        }
    )


def pages(kind: str, records: int) -> int:
    return max(1, -(-records // PER_PAGE[kind]))


def expected(kind: str, records: int) -> Expected:
    amount = _row_cents if kind == "rows" else _order_cents
    return Expected(records, sum(range(1, records + 1)), sum(map(amount, range(records))))


def _order(n: int) -> dict[str, Any]:
    """With a person in it, her addresses, and a field nobody asked for."""
    who = n * 7919 % 9973
    address = {
        "name": f"Ada {WORDS[who % 15].title()}", "address1": f"{who} {WORDS[n % 15].title()} Street", "city": "Springfield",
        "zip": f"{10000 + who}", "province_code": "IL", "country_code": "US", "phone": f"+1312555{who % 10000:04}",
    }  # fmt: skip
    return _plain_order(n, fewest=3) | {
        "email": f"ada.{who}@example.com",
        "browser_ip": f"10.1.{who % 250}.{n % 250}",
        "landing_site": f"/collections/{WORDS[n % 15]}?utm_source=mail&utm_campaign=autumn&gclid=x{who:08}",
        "note": f"Please leave it with {WORDS[who % 15]} next door, thank you",
        "customer": {
            "id": 500_000 + who, "email": f"ada.{who}@example.com", "first_name": "Ada",
            "last_name": WORDS[who % 15].title(), "orders_count": who % 9, "tags": "",
        },
        "shipping_address": address,
        "billing_address": address,
    }  # fmt: skip


def _plain_order(n: int, fewest: int = 5) -> dict[str, Any]:
    """Without anybody in it, and as heavy for its longer list of lines."""
    created = LATEST - timedelta(seconds=37 * n)
    return {
        "id": n + 1,
        "name": f"#{n + 1001}",
        "created_at": created.isoformat(),
        "updated_at": (created + timedelta(hours=n % 72)).isoformat(),
        "processed_at": created.isoformat(),
        "cancelled_at": None,
        "currency": "USD",
        "financial_status": "paid",
        "fulfillment_status": "fulfilled" if n % 3 else None,
        "test": False,
        "taxes_included": False,
        "total_price": _money(_order_cents(n)),
        "subtotal_price": _money(_order_cents(n) - 800),
        "total_tax": "3.00",
        "total_discounts": "0.00",
        "source_name": "web",
        "line_items": [_line(n, k) for k in range(fewest + n % 4)],
        "shipping_lines": [{"code": "standard", "title": "Standard shipping", "price": "5.00"}],
        "tax_lines": [{"title": "State tax", "price": "3.00", "rate": 0.0625}],
    }


def _line(n: int, k: int) -> dict[str, Any]:
    word, other = WORDS[(n + k) % 15], WORDS[(n * 3 + k) % 15]
    return {
        "id": n * 10 + k,
        "product_id": 70_000 + (n + k) % 997,
        "variant_id": 80_000 + (n + k) % 1499,
        "sku": f"SKU-{(n + k) % 1499:05}",
        "title": f"{word.title()} {other} box",
        "vendor": f"{other.title()} & Sons",
        "quantity": 1 + (n + k) % 3,
        "price": _money(1999 + (n + k) % 5000),
        "total_discount": "0.00",
        "taxable": True,
        "requires_shipping": True,
        "fulfillment_status": None,
        "discount_allocations": [],
        "properties": [],
    }


def _row(n: int) -> dict[str, Any]:
    """A day's figures of one advertisement in one placement."""
    return {
        "id": n + 1,
        "date": str(FIRST_DAY + timedelta(days=n // PER_PAGE["rows"])),
        "campaign_id": f"{23840000000000000 + n % 50}",
        "campaign_name": f"{WORDS[n % 15].title()} {WORDS[n // 15 % 15]} {n % 50}",
        "ad_id": f"{23850000000000000 + n % 900}",
        "placement": ("feed", "story", "search", "reels")[n % 4],
        "currency": "USD",
        "impressions": 1000 + n * 31 % 9000,
        "clicks": n * 17 % 400,
        "spend": _money(_row_cents(n)),
        "conversions": n % 7,
        "conversion_value": _money(n * 97 % 50_000),
        "updated_at": (LATEST + timedelta(seconds=n % 86_400)).isoformat(),
    }


def _order_cents(n: int) -> int:
    return 4000 + n * 7919 % 30_011


def _row_cents(n: int) -> int:
    return n * 7919 % 9973


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


_RECORD = {"orders": _order, "plain_orders": _plain_order, "rows": _row}
