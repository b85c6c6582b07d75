"""A synthetic order book: every payload follows from its number alone, so any part of it can be made at any time.

Payloads look as the projection leaves them (no names, no addresses) and say all that the models read.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

STORE = "bench.myshopify.com"
VARIANTS = 800
LOCATIONS = (("CMH1", "OH", "Columbus"), ("RNO1", "NV", "Reno"))
STATES = ("OH", "CA", "NY", "TX", "WA", "FL", "IL", "GA")
REFUNDED = 0.04
FOLLOWED_DAYS = 60
"""Days before the newest whose parcels have a tracker."""

_DAY = timedelta(days=1)
_TAX = 0.07


@dataclass
class Book:
    """`days` days of `per_day` orders, the last of them on `last`, by `people` customers in turn.

    Nights append days and edit orders."""

    per_day: int
    days: int
    last: date
    people: int
    refunds: dict[int, datetime] = field(default_factory=dict)
    edits: dict[int, datetime] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    @property
    def orders(self) -> int:
        """Orders are numbered from 0 in the order of their time."""
        return self.days * self.per_day

    def placed_at(self, number: int) -> datetime:
        """Within the company's local day (06:00 to 02:00 UTC lies in it in summer and winter)."""
        day, place = divmod(number, self.per_day)
        return _six(self.first + timedelta(days=day)) + place * timedelta(hours=20) / self.per_day

    def append_day(self) -> range:
        """One more day; its orders' numbers. `first` stays."""
        self.days += 1
        self.last += _DAY
        return range(self.orders - self.per_day, self.orders)

    def edit(self, number: int, at: datetime) -> None:
        """Somebody touches an order: every third edit is a refund, the others tell of the parcel."""
        self.edits[number] = at
        if number % 3 == 0:
            self.refunds.setdefault(number, at)

    def order(self, number: int) -> dict[str, Any]:
        """The order as the shop shows it at the end of the last day."""
        at, end = self.placed_at(number), _six(self.last + _DAY)
        shipped = at + timedelta(hours=6 + number % 19)
        refunded = self.refunds.get(number)
        if refunded is None and dice(number, 1) < REFUNDED:
            refunded = at + timedelta(days=3 + number % 25)
            refunded = refunded if refunded < end else None
        moments = [at, self.edits.get(number, at), *(m for m in (shipped, refunded) if m and m < end)]
        lines = [_line(number * 10 + place) for place in range(_line_count(number))]
        return _order(self, number, at, max(moments), shipped if shipped < end else None, refunded, lines)

    def customer(self, number: int) -> dict[str, Any]:
        """The customer record behind `order(n)` for any n with this buyer."""
        return {
            "id": gid("Customer", number),
            "customer_key": customer_key(number),
            "state": "ENABLED",
            "tags": ["consent-ads"] if number % 3 == 0 else [],
            "defaultAddress": {"countryCodeV2": "US", "provinceCode": STATES[number % len(STATES)]},
            "defaultEmailAddress": {"marketingState": "SUBSCRIBED"},
            "defaultPhoneNumber": None,
            "createdAt": text(_six(self.first)),
            "updatedAt": text(_six(self.last)),
        }

    def buyer(self, number: int) -> int:
        """Who ordered: everybody comes back after as many orders as there are customers."""
        return number * 7919 % self.people

    def tracker(self, number: int) -> dict[str, Any]:
        """The parcel of an order: picked up, scanned twice, delivered."""
        shipped, end = self.placed_at(number) + timedelta(hours=6 + number % 19), _six(self.last + _DAY)
        steps = ((0, "pre_transit", "label_created"), (9, "in_transit", "received_at_origin_facility"),
                 (40, "in_transit", "departed_facility"), (74 + number % 40, "delivered", "arrived_at_destination"))  # fmt: skip
        told = [step for step in steps if shipped + timedelta(hours=step[0]) < end]
        scans = [
            {"object": "TrackingDetail", "datetime": text(shipped + timedelta(hours=hours)), "status": status,
             "status_detail": detail, "source": "UPS",
             "tracking_location": {"city": "COLUMBUS", "state": "OH", "country": "US"}}
            for hours, status, detail in told
        ]  # fmt: skip
        estimate = text(shipped + timedelta(days=4))[:10] + "T00:00:00Z"
        return {
            "id": f"trk_{number:032x}",
            "tracking_code": tracking_code(number),
            "status": scans[-1]["status"] if scans else "unknown",
            "status_detail": scans[-1]["status_detail"] if scans else "unknown",
            "created_at": text(shipped),
            "updated_at": scans[-1]["datetime"] if scans else text(shipped),
            "est_delivery_date": estimate,
            "shipment_id": f"shp_{number:032x}",
            "carrier": "UPS",
            "tracking_details": scans,
            "carrier_detail": {"service": "Ground", "guaranteed_delivery_date": None, "initial_delivery_attempt": None},
            "finalized": len(told) == len(steps),
            "is_return": False,
        }  # fmt: skip


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: float) -> dict[str, Any]:
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": "USD"}}


def dice(number: int, salt: int) -> float:
    """0 to 1, always the same for the same numbers."""
    return ((number * 2654435761 + salt * 40503) ^ (number >> 7) * 2246822519) % 1_000_003 / 1_000_003


def price(variant: int) -> float:
    return 5 + variant % 60 + 0.99


def sku(variant: int) -> str:
    return f"B-{variant:04}"


def tracking_code(number: int) -> str:
    return f"1ZB{number:015}"


def customer_key(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % (1 << 128):032x}"


def _six(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def _line_count(number: int) -> int:
    """1, 2, 3 or 4: 2.4 on average."""
    return (1, 2, 2, 3, 4)[number % 5]


def _line(number: int) -> dict[str, Any]:
    # squared: some variants sell much more than others
    variant = int(dice(number, 2) ** 2 * VARIANTS)
    quantity = 1 + (number % 7 == 0)
    total = price(variant) * quantity
    return {
        "id": gid("LineItem", number),
        "sku": sku(variant),
        "name": f"Product {variant}",
        "quantity": quantity,
        "currentQuantity": quantity,
        "originalUnitPriceSet": money(price(variant)),
        "discountedTotalSet": money(total),
        "taxLines": [{"rate": _TAX, "priceSet": money(total * _TAX)}],
        "variant": {"id": gid("ProductVariant", variant)},
        "product": {"id": gid("Product", variant), "productType": "Grocery"},
    }


def _order(
    book: Book,
    number: int,
    at: datetime,
    updated: datetime,
    shipped: datetime | None,
    refunded: datetime | None,
    lines: list[dict[str, Any]],
) -> dict[str, Any]:
    goods = sum(float(line["discountedTotalSet"]["shopMoney"]["amount"]) for line in lines)
    off = 0.1 if number % 10 == 0 else 0.0
    discount = round(goods * off, 2)
    back = round(float(lines[0]["originalUnitPriceSet"]["shopMoney"]["amount"]) * (1 - off), 2)
    subtotal = goods - discount
    place = text(at)
    buyer = book.buyer(number)
    return {
        "id": gid("Order", number),
        "name": f"#{1000 + number}",
        "test": False,
        "createdAt": place,
        "processedAt": place,
        "updatedAt": text(updated),
        "cancelledAt": None,
        "cancelReason": None,
        "closedAt": None,
        "currencyCode": "USD",
        "taxesIncluded": False,
        "displayFinancialStatus": "PARTIALLY_REFUNDED" if refunded else "PAID",
        "displayFulfillmentStatus": "FULFILLED" if shipped else "UNFULFILLED",
        "returnStatus": "NO_RETURN",
        "sourceName": "web",
        "tags": [f"deliver-by:{(at + timedelta(days=6)):%Y-%m-%d}"],
        "discountCodes": ["WELCOME10"] if discount else [],
        "customer": {"id": gid("Customer", buyer)},
        "customer_key": customer_key(buyer),
        "shippingAddress": {"countryCodeV2": "US", "provinceCode": STATES[buyer % len(STATES)]},
        "customerJourneySummary": {
            "lastVisit": {"utmParameters": {"source": "google", "medium": "cpc", "campaign": "brand"}}
        } if number % 4 == 0 else None,
        "subtotalPriceSet": money(subtotal),
        "totalDiscountsSet": money(discount),
        "totalShippingPriceSet": money(4.9),
        "totalTaxSet": money(goods * _TAX),
        "totalPriceSet": money(subtotal + 4.9 + goods * _TAX),
        "totalRefundedSet": money(back * (1 + _TAX) if refunded else 0),
        "lineItems": {"nodes": lines},
        "fulfillments": [_fulfilment(number, shipped)] if shipped else [],
        "refunds": [_refund(number, lines[0], back, refunded)] if refunded else [],
        "returns": {"nodes": []},
        "transactions": [
            {"id": gid("OrderTransaction", number), "kind": "SALE", "status": "SUCCESS", "processedAt": place,
             "gateway": "shopify_payments", "amountSet": money(subtotal + 4.9 + goods * _TAX)}
        ],
    }  # fmt: skip


def _fulfilment(number: int, shipped: datetime) -> dict[str, Any]:
    return {
        "id": gid("Fulfillment", number),
        "createdAt": text(shipped),
        "status": "SUCCESS",
        "location": {"id": gid("Location", 1 + number % len(LOCATIONS))},
        "trackingInfo": [{"company": "UPS", "number": tracking_code(number)}],
    }


def _refund(number: int, line: dict[str, Any], goods: float, refunded: datetime) -> dict[str, Any]:
    return {
        "id": gid("Refund", number),
        "createdAt": text(refunded),
        "totalRefundedSet": money(goods * (1 + _TAX)),
        "refundLineItems": {
            "nodes": [
                {
                    "id": gid("RefundLineItem", number),
                    "quantity": 1,
                    "restockType": "RETURN",
                    "restocked": True,
                    "location": {"id": gid("Location", 1)},
                    "subtotalSet": money(goods),
                    "totalTaxSet": money(goods * _TAX),
                    "lineItem": {"id": line["id"]},
                }
            ]
        },
    }
