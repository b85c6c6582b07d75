"""A hand-made company small enough to know by heart, and a way to serve its faces."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from include.sandbox.faces import Limits
from include.sandbox.server import Running, open_sandbox, serving
from include.sandbox.world.model import (
    AdDay,
    Address,
    Campaign,
    Company,
    Customer,
    Location,
    Order,
    OrderLine,
    Parcel,
    PriceChange,
    Product,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Scan,
    StockMove,
    Supplier,
    SupplierOffer,
    Variant,
    World,
)

TODAY = date(2026, 3, 10)
OHIO = Address("US", "OH", "Columbus", "43004")
NEVADA = Address("US", "NV", "Reno", "89501")


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant in March 2026, UTC; day 0 is the last of February."""
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)


def scan(
    happened: datetime,
    status: str,
    detail: str = "in_transit",
    seen: datetime | None = None,
    city: str = "Reno",
) -> Scan:
    return Scan(happened, seen or happened, status, detail, status.replace("_", " "), city, "NV", "US")


def parcel(number: int, created: datetime, scans: list[Scan], order_id: int = 5001, **more) -> Parcel:
    given = {
        "carrier": "UPS",
        "service": "Ground",
        "guaranteed": False,
        "location_id": 11,
        "estimated_delivery_on": date(2026, 3, 5),
    }
    return Parcel(
        id=number,
        tracker_id=f"trk_{number:032x}",
        order_id=order_id,
        tracking_code=f"1Z{number:09d}",
        created_at=created,
        scans=scans,
        line_quantities={order_id * 10: 1},
        **{**given, **more},
    )


def order(number: int, created: datetime, parcels: list[Parcel], quantity: int = 1, **more) -> Order:
    line = OrderLine(number * 10, 101, quantity, 1000, 0, 70, 0.07)
    given = {"cancelled_at": None, "paid_at": created, "ship_to": NEVADA}
    return Order(
        id=number,
        name=f"#{number}",
        channel="web",
        customer_id=1,
        created_at=created,
        lines=[line],
        shipping_minor=0,
        shipping_tax_minor=0,
        discount_codes=(),
        utm_source=None,
        utm_medium=None,
        utm_campaign=None,
        promised_on=date(2026, 3, 5),
        parcels=parcels,
        **{**given, **more},
    )


def world() -> World:
    """Two warehouses, two variants, one supplier, three orders, one campaign."""
    late = scan(at(3), "delivered", "arrived_at_destination", seen=at(9))
    first = parcel(1, at(1), [scan(at(1), "pre_transit"), scan(at(2), "in_transit"), late])
    second = parcel(2, at(8), [scan(at(8), "pre_transit")], order_id=5002, guaranteed=True)
    future = parcel(3, at(20), [scan(at(20), "pre_transit")], order_id=5003)
    return World(
        company=Company("Tiny Shop", "tiny.myshopify.com", "America/New_York", "USD", "US", 2, False),
        first_day=date(2026, 2, 1),
        last_day=date(2026, 4, 1),
        simulated=frozenset({"parcels", "ads"}),
        locations=[
            Location(11, 8, "CMH1", "CMH1 East warehouse", OHIO, frozenset()),
            Location(12, 18, "RNO1", "RNO1 West warehouse", NEVADA, frozenset({"NV"})),
        ],
        suppliers=[Supplier(31, "Acme Goods", "US", "orders@acme.example", 7, 10_000)],
        offers=[SupplierOffer(41, 31, 101, 400, 12, 6, 7)],
        products=[
            Product(201, "Coffee", "GROCERY", "Acme", at(-20)),
            Product(202, "Old tea", "GROCERY", "Acme", at(-20), deleted_at=at(5)),
            Product(203, "Not yet", "GROCERY", "Acme", at(25)),
        ],
        variants=[
            Variant(
                101, 301, 401, 201, "COF-1", "14 OZ", "14 OZ", None, None, [PriceChange(at(-20), 1000)], 400
            ),
            Variant(
                102, 302, 402, 202, "TEA-1", "1 LB", "1 LB", None, None, [PriceChange(at(-20), 700)], None
            ),
            Variant(103, 303, 403, 203, "NEW-1", "1 CT", "1 CT", None, None, [PriceChange(at(25), 700)], 100),
        ],
        customers=[Customer(1, "Ann", "Lee", "ann@example.com", "+14155550100", NEVADA, at(-20))],
        orders=[
            order(5001, at(1), [first]),
            order(5002, at(7), [second]),
            order(5003, at(9), [future]),
            order(5004, at(9), [], quantity=4),
        ],
        checkouts=[],
        purchase_orders=[
            PurchaseOrder(
                601,
                "P00601",
                31,
                11,
                at(2),
                at(3),
                date(2026, 3, 12),
                [
                    PurchaseLine(
                        701, 101, 24, 400, date(2026, 3, 12), [Receipt(at(8), 10), Receipt(at(15), 14)]
                    )
                ],
            ),
            PurchaseOrder(
                602,
                "P00602",
                31,
                12,
                at(9),
                at(12),
                date(2026, 3, 20),
                [
                    PurchaseLine(702, 101, 12, 400, date(2026, 3, 20)),
                ],
            ),
        ],
        stock_moves=[
            StockMove(801, at(-20), 101, None, 11, 50, "opening", ""),
            StockMove(802, at(1), 101, 11, None, 1, "sale", "#5001"),
            StockMove(803, at(8), 101, None, 11, 10, "receipt", "P00601", 701),
            StockMove(804, at(8, 13), 101, 11, 12, 5, "transfer", "T1"),
            StockMove(805, at(20), 101, 11, None, 1, "sale", "#5003"),
        ],
        campaigns=[
            Campaign(91, "Brand search", "SEARCH", "brand"),
            Campaign(92, "Quiet", "SHOPPING", "quiet"),
        ],
        ad_days=[
            AdDay(91, date(2026, 3, 1), 1000, 50, 12_345_678, (1.0, 1.5, 2.25), (1000, 1500, 2250)),
            AdDay(91, date(2026, 3, 9), 900, 40, 10_000_000, (0.5, 1.0), (500, 1000)),
            AdDay(91, date(2026, 3, 10), 800, 30, 9_000_000, (0.25,), (250,)),
            AdDay(92, date(2026, 3, 9), 0, 0, 0, (0.0,), (0,)),
        ],
    )


@contextmanager
def served(
    home: Path, *vendors: str, of: World | None = None, limits: Limits | None = None
) -> Iterator[Running]:
    """The tiny company (or another) behind the given faces; its day is TODAY, 00:00 in New York."""
    sandbox = open_sandbox(of or world(), home, TODAY, limits)
    with serving(sandbox, vendors=vendors) as running:
        yield running


def strict() -> Limits:
    """Limits as narrow as a test wants them: a tenth of the vendors' own."""
    return replace(Limits(), scale=0.1)
