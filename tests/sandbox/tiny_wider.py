"""What the tiny company has beyond its shop: a marketplace, a European store, visits, exchange rates."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.world.model import (
    Address,
    Browsing,
    Company,
    Customer,
    FbaMove,
    Fee,
    Listing,
    Location,
    Marketplace,
    MarketplaceCharge,
    MarketplaceLine,
    MarketplaceOrder,
    MarketplaceRefund,
    MarketplaceRefundLine,
    Order,
    OrderLine,
    World,
)
from tests.sandbox import tiny

BERLIN = Address("DE", "BE", "Berlin", "10115")
EU_SHOP = "tiny-eu.myshopify.com"
# 28 February 2026 is a Saturday: what was printed on the Friday holds until Monday's are.
RATES = {
    date(2026, 2, 27): {"USD": Decimal("1.1000"), "GBP": Decimal("0.80000")},
    date(2026, 3, 2): {"USD": Decimal("1.0800"), "GBP": Decimal("0.84000")},
    date(2026, 3, 3): {"USD": Decimal("1.0823"), "GBP": Decimal("0.85000")},
}


def company(**more) -> World:
    """The tiny shop with rates, and whatever else is given."""
    return replace(tiny.world(), **{"exchange_rates": RATES, "orders": [], **more})


def branch(*orders: Order, **more) -> World:
    """A store in Berlin with tax in its prices, whose one customer has Ann's mail address."""
    home = tiny.world()
    ann = Customer(1001, "Ann", "Lee", " Ann@Example.com", None, BERLIN, tiny.at(-20))
    given = {
        "company": Company("Tiny Europe", EU_SHOP, "Europe/Berlin", "EUR", "DE", 2, True),
        "locations": [Location(1011, 1008, "BER1", "BER1", BERLIN, frozenset())],
        "variants": [replace(home.variants[0], id=1101, product_id=1201, sku="EU-COF-1", cost_minor=500)],
        "products": [replace(home.products[0], id=1201)],
        "customers": [ann],
        "orders": list(orders),
        "suppliers": [], "offers": [], "purchase_orders": [], "stock_moves": [], "campaigns": [], "ad_days": [],
    }  # fmt: skip
    return replace(home, **{**given, **more})


def euro_order(number: int, created: datetime, **more) -> Order:
    """Two units of 11.90 with 19 % inside: 20.00 without tax."""
    line = OrderLine(number * 10, 1101, 2, 1190, 0, 380, 0.19)
    given = {"lines": [line], "customer_id": 1001, "ship_to": BERLIN}
    return replace(tiny.order(number, created, []), **{**given, **more})


def sold(number: int, created: datetime, keeper: str = "AMAZON", **more) -> MarketplaceOrder:
    """One line of 12.00, shipped after a day, its money posted an hour later and released nine days on."""
    fees = (Fee("Commission", -180), Fee("FBAPerUnitFulfillmentFee", -300))
    line = MarketplaceLine(f"{number}1", "LP-COF-FBA", 1, 1200, 0, 84, 0, fees)
    day = timedelta(days=1)
    given = {
        "lines": [line], "ship_by": created + 2 * day, "deliver_by": created + 5 * day,
        "shipped_at": created + day, "posted_at": created + day + timedelta(hours=1),
        "released_at": created + 10 * day,
    }  # fmt: skip
    number_text = f"111-{number:07d}-0000001"
    return MarketplaceOrder(
        id=number_text, created_at=created, fulfilled_by=keeper, ship_to=tiny.NEVADA, **{**given, **more}
    )


def refund(
    order: MarketplaceOrder,
    at: datetime,
    disposition: str | None = "SELLABLE",
    returned: datetime | None = None,
) -> MarketplaceRefund:
    """All of the first line; the commission comes back less 0.36."""
    fees = (Fee("Commission", 180), Fee("RefundCommission", -36))
    line = MarketplaceRefundLine(
        order.lines[0].id, 1, 1200, 84, fees, "DEFECTIVE", disposition, returned if disposition else None
    )
    return MarketplaceRefund(f"{order.id}-R1", at, (line,))


def marketplace(*orders: MarketplaceOrder, charges=(), moves=()) -> Marketplace:
    """Coffee one by one, and a kit of two coffees and a tea."""
    return Marketplace(
        "A2TINY", "ATVPDKIKX0DER", "Amazon.com", "America/Los_Angeles", "USD",
        [
            Listing("LP-COF-FBA", "B000000001", "Coffee", 1200, "AMAZON", ((101, 1),)),
            Listing("LP-KIT-FBA", "B000000002", "Coffee and tea", 2900, "AMAZON", ((101, 2), (102, 1))),
        ],
        list(orders), list(charges), list(moves),
    )  # fmt: skip


def charge(at: datetime, minor: int = -3999) -> MarketplaceCharge:
    return MarketplaceCharge("Subscription-1", at, "Subscription", minor)


def fba(at: datetime, quantity: int, kind: str, seller_sku: str = "LP-COF-FBA") -> FbaMove:
    return FbaMove(at, seller_sku, quantity, kind)


def seen(
    at: datetime, kind: str = "Viewed Product", variant: int = 101, checkout: int | None = None
) -> Browsing:
    return Browsing(f"bw{at:%d%H%M%S}{kind[0]}{variant}", at, kind, 1, variant, 1, 1000, checkout)


def mapped(channel: str, channel_sku: str, day: date) -> tuple[tuple[str, int], ...]:
    """The tiny company's sku_map."""
    rows = {"LP-COF-FBA": (("COF-1", 1),), "LP-KIT-FBA": (("COF-1", 2), ("TEA-1", 1))}
    return rows.get(channel_sku, ()) if channel == "amazon" else ()
