"""Facts of orders: what was bought, what was sent and how it travelled, what came back.

Kept as `model.py` says; import them from there.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from include.sandbox.world.shop_facts import Address


@dataclass(slots=True, frozen=True)
class OrderLine:
    """`discount_minor` is this line's whole share of line and order discounts; `tax_minor` of its tax."""

    id: int
    variant_id: int
    quantity: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    tax_rate: float


@dataclass(slots=True, frozen=True)
class RefundLine:
    """restock_type: 'RETURN', 'CANCEL' or 'NO_RESTOCK' (returned damaged). Amounts without tax."""

    id: int
    line_id: int
    quantity: int
    subtotal_minor: int
    tax_minor: int
    restock_type: str
    location_id: int | None


@dataclass(slots=True, frozen=True)
class Refund:
    """`goodwill_minor` is money given back without goods (an adjustment, tax included)."""

    id: int
    at: datetime
    lines: tuple[RefundLine, ...]
    goodwill_minor: int = 0
    shipping_minor: int = 0


@dataclass(slots=True, frozen=True)
class ReturnLine:
    """reason is one of Shopify's ReturnReason values."""

    id: int
    line_id: int
    quantity: int
    reason: str


@dataclass(slots=True, frozen=True)
class Return:
    id: int
    requested_at: datetime
    closed_at: datetime | None
    lines: tuple[ReturnLine, ...]


@dataclass(slots=True, frozen=True)
class Scan:
    """A carrier event. `at` is when it happened, `seen_at` when the carrier told anybody (late scans)."""

    at: datetime
    seen_at: datetime
    status: str
    status_detail: str
    message: str
    city: str | None
    province: str | None
    country: str | None


@dataclass(slots=True)
class Parcel:
    """One fulfilment, one tracker. status words in scans: pre_transit in_transit out_for_delivery
    delivered available_for_pickup return_to_sender failure cancelled error.

    A marketplace order's parcel says its order and lines by their ids' digits: order 111-0000017-0004213
    is `order_id` 11100000170004213.
    """

    id: int
    tracker_id: str
    order_id: int
    location_id: int
    carrier: str
    service: str
    tracking_code: str
    created_at: datetime
    estimated_delivery_on: date | None
    guaranteed: bool
    scans: list[Scan]
    line_quantities: dict[int, int]


@dataclass(slots=True)
class Order:
    """`paid_at` None and `cancelled_at` set: voided before payment. `promised_on` is the checkout's promise."""

    id: int
    name: str
    channel: str
    customer_id: int | None
    created_at: datetime
    paid_at: datetime | None
    lines: list[OrderLine]
    shipping_minor: int
    shipping_tax_minor: int
    discount_codes: tuple[str, ...]
    ship_to: Address
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    promised_on: date | None
    test: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    refunds: list[Refund] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
