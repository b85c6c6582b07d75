"""What stands around the orders: the shop, its products, stock, purchases and the euro's rates."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.bench.book import LOCATIONS, VARIANTS, Book, gid, price, sku, text

SUPPLIERS = 20
COUNTED = date(2026, 10, 31)
"""The day on which all shelves hold what they are given; before and after it they follow their moves."""
Lines = Iterator[tuple[str, Any, str | None]]
"""(scope, payload, updated at) of each record."""


def shop() -> Lines:
    yield gid("Shop", 1), {
        "id": gid("Shop", 1), "name": "Bench", "currencyCode": "USD", "ianaTimezone": "America/New_York",
    }, None  # fmt: skip


def locations() -> Lines:
    for number, (code, province, city) in enumerate(LOCATIONS, 1):
        yield gid("Location", number), {
            "id": gid("Location", number), "name": f"{code} {city}", "isActive": True,
            "fulfillsOnlineOrders": True,
            "address": {"countryCode": "US", "provinceCode": province, "city": city},
        }, None  # fmt: skip


def products(book: Book) -> Lines:
    made = f"{book.first}T00:00:00Z"
    for number in range(VARIANTS):
        variant = {
            "id": gid("ProductVariant", number), "sku": sku(number), "title": "Default", "barcode": None,
            "price": f"{price(number):.2f}", "compareAtPrice": None,
            "inventoryItem": {"id": gid("InventoryItem", number), "tracked": True,
                              "unitCost": {"amount": f"{price(number) * 0.4:.2f}", "currencyCode": "USD"}},
        }  # fmt: skip
        yield gid("Product", number), {
            "id": gid("Product", number), "title": f"Product {number}", "handle": f"product-{number}",
            "productType": "Grocery", "vendor": f"Vendor {number % SUPPLIERS}", "status": "ACTIVE",
            "createdAt": made, "updatedAt": made, "publishedAt": made, "variants": {"nodes": [variant]},
        }, made  # fmt: skip


def inventory_levels(day: date) -> Lines:
    for variant in range(VARIANTS):
        for place in range(1, len(LOCATIONS) + 1):
            stock = (variant * 37 + day.toordinal() * place) % 120
            scope = gid("InventoryLevel", f"{place}?inventory_item_id={variant}")
            counts = {"available": stock, "on_hand": stock + 3, "committed": 3, "incoming": 0}
            yield scope, {
                "id": scope, "location": {"id": gid("Location", place)},
                "item": {"id": gid("InventoryItem", variant), "sku": sku(variant)},
                "quantities": [{"name": name, "quantity": count} for name, count in counts.items()],
            }, None  # fmt: skip


def customers(book: Book, numbers: set[int] | range) -> Lines:
    for number in numbers:
        payload = book.customer(number)
        yield payload["id"], payload, payload["updatedAt"]


def rates(days: list[date]) -> Lines:
    for day in days:
        if day.isoweekday() <= 5:
            wave = day.toordinal() % 50 / 1000
            rows = [{"currency": "USD", "rate": 1.08 + wave}, {"currency": "CAD", "rate": 1.47 + wave}]
            yield day.isoformat(), rows, None


def erp_products() -> Lines:
    for number in range(VARIANTS):
        payload = {
            "id": number + 1, "name": f"Product {number}", "default_code": sku(number), "barcode": False,
            "product_tmpl_id": [number + 1, f"Product {number}"], "standard_price": round(price(number) * 0.4, 2),
            "active": True, "write_date": "2020-01-01 00:00:00",
        }  # fmt: skip
        yield str(number + 1), payload, "2020-01-01T00:00:00Z"


def suppliers() -> Lines:
    for number in range(1, SUPPLIERS + 1):
        payload = {
            "id": number, "name": f"Supplier {number}", "country_code": "US", "x_min_order_amount": 100.0,
            "active": True, "write_date": "2020-01-01 00:00:00",
        }  # fmt: skip
        yield str(number), payload, "2020-01-01T00:00:00Z"


def supplier_info() -> Lines:
    for number in range(VARIANTS):
        supplier = 1 + number % SUPPLIERS
        payload = {
            "id": number + 1, "partner_id": [supplier, f"Supplier {supplier}"],
            "product_id": [number + 1, sku(number)], "product_tmpl_id": [number + 1, sku(number)],
            "min_qty": 12.0, "x_pack_size": 6, "delay": 7 + number % 14, "price": round(price(number) * 0.4, 2),
            "currency_id": [1, "USD"], "write_date": "2020-01-01 00:00:00",
        }  # fmt: skip
        yield str(number + 1), payload, "2020-01-01T00:00:00Z"


def erp_locations() -> Lines:
    for number, (code, _, _) in enumerate(LOCATIONS, 8):
        yield str(number), {"id": number, "complete_name": f"{code}/Stock", "usage": "internal"}, None


def stock_quants(book: Book, day: date) -> Lines:
    """Counted stock follows its moves: what stood there on COUNTED, less what has left since."""
    sold = _sold(book, COUNTED, day)
    sold.subtract(_sold(book, day, COUNTED))
    for variant in range(VARIANTS):
        for place in range(len(LOCATIONS)):
            number = variant * len(LOCATIONS) + place + 1
            stock = (variant * 37 + COUNTED.toordinal() * (place + 1)) % 120 + 3 - sold[variant, place]
            yield str(number), {
                "id": number, "product_id": [variant + 1, sku(variant)],
                "location_id": [8 + place, f"{LOCATIONS[place][0]}/Stock"],
                "quantity": float(stock), "reserved_quantity": 3.0,
            }, None  # fmt: skip


def _sold(book: Book, after: date, until: date) -> Counter[tuple[int, int]]:
    """How much of each variant left each place after one day and until another."""
    first, last = ((day - book.first).days + 1 for day in (after, until))
    return Counter(
        (int(payload["product_id"][0]) - 1, payload["location_id"][0] - 8)
        for _, payload, _ in stock_moves(book, range(first * book.per_day, last * book.per_day))
    )


def purchase_orders(days: list[date]) -> Lines:
    """One order on every Monday, to the suppliers in turn, received ten days later."""
    for day in days:
        if day.isoweekday() == 1:
            number, supplier = day.toordinal(), 1 + day.toordinal() // 7 % SUPPLIERS
            code = LOCATIONS[day.toordinal() // 7 % len(LOCATIONS)][0]
            yield str(number), {
                "id": number, "name": f"P{number}", "partner_id": [supplier, f"Supplier {supplier}"],
                "state": "purchase", "receipt_status": "full", "locked": False, "amount_untaxed": 2000.0,
                "amount_total": 2000.0, "currency_id": [1, "USD"], "picking_type_id": [1, f"{code}: Receipts"],
                "x_nightshift_key": False, "date_order": f"{day} 12:00:00", "date_approve": f"{day} 12:00:00",
                "date_planned": f"{day + timedelta(days=10)} 12:00:00", "write_date": f"{day} 13:00:00",
            }, f"{day}T13:00:00Z"  # fmt: skip


def purchase_order_lines(days: list[date]) -> Lines:
    for day in days:
        for place in range(10 if day.isoweekday() == 1 else 0):
            number, variant = day.toordinal() * 10 + place, (day.toordinal() * 3 + place * 80) % VARIANTS
            yield str(number), {
                "id": number, "order_id": [day.toordinal(), f"P{day.toordinal()}"],
                "product_id": [variant + 1, sku(variant)], "product_qty": 60.0, "qty_received": 60.0,
                "price_unit": 4.0, "price_subtotal": 240.0, "state": "purchase",
                "date_planned": f"{day + timedelta(days=10)} 12:00:00", "write_date": f"{day} 13:00:00",
            }, f"{day}T13:00:00Z"  # fmt: skip


def stock_moves(book: Book, numbers: range) -> Lines:
    """Every order's first line leaves the warehouse."""
    for number in numbers:
        at = book.placed_at(number)
        place = number % len(LOCATIONS)
        variant = int(book.order(number)["lineItems"]["nodes"][0]["sku"][2:])
        written = text(at).replace("T", " ")[:19]
        yield str(number + 1), {
            "id": number + 1, "product_id": [variant + 1, sku(variant)],
            "location_id": [8 + place, f"{LOCATIONS[place][0]}/Stock"], "location_dest_id": [5, "Customers"],
            "product_uom_qty": 1.0, "quantity": 1.0, "state": "done", "date": written, "origin": False,
            "reference": f"S{number}", "purchase_line_id": False, "x_kind": "sale", "write_date": written,
        }, text(at)  # fmt: skip
