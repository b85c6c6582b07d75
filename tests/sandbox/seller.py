"""A hand-made seller on Amazon: every kind of order, movement and refund once, by heart.

    113-0000001-0000001  by Amazon, two lines, shipped 2 March, money held until the 5th, one unit back sellable
    113-0000002-0000002  by us, one parcel sent for free, shipped 4 March, delivered on the 6th; two stars on the 8th
    113-0000003-0000003  by Amazon, called off by its buyer on 3 March
    113-0000004-0000004  by us, called off by us on 9 March; no parcel
    113-0000005-0000005  by Amazon, ordered on 9 March, still open
    113-0000006-0000006  by Amazon, shipped 7 March, money still held; a claim granted on the 7th

The present is 10 March, 05:00 UTC; movements of its last 48 hours are not told.
"""

from dataclasses import replace
from datetime import timedelta

from include.sandbox.world.model import (
    FbaMove,
    Fee,
    Listing,
    Marketplace,
    MarketplaceCharge,
    MarketplaceLine,
    MarketplaceOrder,
    MarketplaceRefund,
    MarketplaceRefundLine,
    World,
)
from tests.sandbox import tiny
from tests.sandbox.tiny import NEVADA, OHIO, at

SELLER, US = "A2LARKSPUR", "ATVPDKIKX0DER"
COFFEE, KIT, OURS = "LP-COF-FBA", "LP-COF-2PK", "LP-TEA-FBM"


def number(n: int) -> str:
    """An order number: `number(2)` is 113-0000002-0000002."""
    return f"113-{n:07d}-{n:07d}"


def line(order: int, place: int, sku: str, quantity: int = 1, **more) -> MarketplaceLine:
    given = {
        "unit_price_minor": 1299,
        "discount_minor": 0,
        "tax_minor": 91,
        "shipping_minor": 0,
        "fees": (Fee("Commission", -195), Fee("FBAPerUnitFulfillmentFee", -386)),
    }
    return MarketplaceLine(f"{order:07d}{place:02d}", sku, quantity, **{**given, **more})


def order(n: int, day: int, by: str, lines: list[MarketplaceLine], **more) -> MarketplaceOrder:
    made = at(day)
    given = {"ship_to": NEVADA, "ship_by": made + timedelta(days=2), "deliver_by": made + timedelta(days=6)}
    return MarketplaceOrder(number(n), made, by, lines=lines, **{**given, **more})


def world(base: World | None = None) -> World:
    """The tiny company (or another), selling on Amazon."""
    return replace(base or tiny.world(), marketplace=marketplace())


def marketplace() -> Marketplace:
    """The orders above, with a subscription, a storage fee and Amazon's stock."""
    ours = (Fee("Commission", -150),)
    scans = [tiny.scan(at(4), "in_transit"), tiny.scan(at(6), "delivered", "arrived_at_destination")]
    parcel = replace(tiny.parcel(901, at(3), scans), line_quantities={})
    back = MarketplaceRefundLine(
        "000000100", 1, 1249, 45, (Fee("Commission", 195), Fee("RefundCommission", -39)),
        "NOT_AS_DESCRIBED", "SELLABLE", at(7),
    )  # fmt: skip
    orders = [
        order(
            1, 1, "AMAZON",
            [
                line(1, 0, COFFEE, 2, discount_minor=100, tax_minor=174, shipping_minor=499),
                line(1, 1, KIT),
            ],
            shipped_at=at(2), posted_at=at(2), released_at=at(5),
            refunds=[MarketplaceRefund("r1", at(6), (back,))],
        ),
        order(
            2, 3, "MERCHANT", [line(2, 0, OURS, fees=ours, shipping_discount_minor=399)],
            ship_to=OHIO, shipped_at=at(4), posted_at=at(4), parcels=[parcel], rating=2, rated_at=at(8),
            released_at=at(4),
        ),
        order(3, 2, "AMAZON", [line(3, 0, COFFEE)], cancelled_at=at(3), cancelled_by="BUYER"),
        order(4, 8, "MERCHANT", [line(4, 0, OURS, fees=ours)], cancelled_at=at(9), cancelled_by="SELLER"),
        order(5, 9, "AMAZON", [line(5, 0, COFFEE, 3)]),
        order(
            6, 6, "AMAZON", [line(6, 0, KIT)], shipped_at=at(7), posted_at=at(7), claim_at=at(7, 20)
        ),
    ]  # fmt: skip
    return Marketplace(
        SELLER, US, "Amazon.com", "America/Los_Angeles", "USD",
        listings=[
            Listing(COFFEE, "B0COFFEE01", "Coffee – Crème brûlée", 1299, "AMAZON", ((101, 1),)),
            Listing(KIT, "B0COFFEE02", "Coffee, two bags", 2499, "AMAZON", ((101, 2),)),
            Listing(OURS, "B0TEA00001", "Tea", 1299, "MERCHANT", ((102, 1),)),
        ],
        orders=orders,
        charges=[
            MarketplaceCharge("s1", at(1), "Subscription", -3999),
            MarketplaceCharge("s2", at(7), "FBAStorageFee", -112, COFFEE),
        ],
        fba_moves=[
            FbaMove(at(-20), COFFEE, 50, "inbound"), FbaMove(at(-15), COFFEE, 50, "received"),
            FbaMove(at(-20), KIT, 20, "inbound"), FbaMove(at(-15), KIT, 20, "received"),
            FbaMove(at(2), COFFEE, 2, "sale"), FbaMove(at(2), KIT, 1, "sale"),
            FbaMove(at(7), KIT, 1, "sale"), FbaMove(at(7), COFFEE, 1, "return"),
            FbaMove(at(8), KIT, 2, "damaged"), FbaMove(at(9), COFFEE, 30, "inbound"),
        ],
    )  # fmt: skip
