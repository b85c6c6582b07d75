"""Facts of a shop: its people, goods, orders, parcels, stock, suppliers, advertising and visits.

Kept as `model.py` says; import them from there.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True, frozen=True)
class Company:
    """The shop itself. `minor_digits` is 2 for USD, 0 for JPY; `note` tells where its orders come from."""

    name: str
    shop_domain: str
    timezone: str
    currency: str
    country: str
    minor_digits: int
    taxes_included: bool
    note: str = ""


@dataclass(slots=True, frozen=True)
class Address:
    country: str
    province: str | None
    city: str
    zip: str


@dataclass(slots=True, frozen=True)
class ConsentChange:
    """purpose: 'email' (marketing mail), 'sms', 'ads' (audience matching)."""

    at: datetime
    purpose: str
    granted: bool


@dataclass(slots=True)
class Customer:
    id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    address: Address
    created_at: datetime
    consents: list[ConsentChange] = field(default_factory=list)


@dataclass(slots=True)
class Product:
    id: int
    title: str
    product_type: str
    vendor: str
    created_at: datetime
    deleted_at: datetime | None = None


@dataclass(slots=True)
class PriceChange:
    at: datetime
    price_minor: int


@dataclass(slots=True)
class Variant:
    """One sellable thing. `prices` is oldest first and starts at the product's creation."""

    id: int
    inventory_item_id: int
    erp_product_id: int
    product_id: int
    sku: str
    title: str
    size: str | None
    colour: str | None
    barcode: str | None
    prices: list[PriceChange]
    cost_minor: int | None


@dataclass(slots=True, frozen=True)
class Location:
    """A warehouse. `provinces` are the destinations it is the preferred location for; empty: all others."""

    id: int
    erp_id: int
    code: str
    name: str
    address: Address
    provinces: frozenset[str]


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


@dataclass(slots=True, frozen=True)
class StockMove:
    """kind: opening, sale, return, receipt, transfer, adjustment. A place that is None is outside."""

    id: int
    at: datetime
    variant_id: int
    from_location_id: int | None
    to_location_id: int | None
    quantity: int
    kind: str
    reference: str
    purchase_line_id: int | None = None


@dataclass(slots=True)
class Supplier:
    id: int
    name: str
    country: str
    email: str
    lead_time_days: int
    min_order_minor: int


@dataclass(slots=True)
class SupplierOffer:
    """What a supplier sells us: `min_quantity` (MOQ) and `pack_size` in units."""

    id: int
    supplier_id: int
    variant_id: int
    price_minor: int
    min_quantity: int
    pack_size: int
    lead_time_days: int


@dataclass(slots=True)
class Receipt:
    at: datetime
    quantity: int


@dataclass(slots=True)
class PurchaseLine:
    id: int
    variant_id: int
    quantity: int
    price_minor: int
    planned_on: date
    receipts: list[Receipt] = field(default_factory=list)


@dataclass(slots=True)
class PurchaseOrder:
    """draft from `created_at`, 'purchase' from `approved_at`, 'cancel' from `cancelled_at`."""

    id: int
    name: str
    supplier_id: int
    location_id: int
    created_at: datetime
    approved_at: datetime | None
    planned_on: date
    lines: list[PurchaseLine]
    cancelled_at: datetime | None = None


@dataclass(slots=True, frozen=True)
class Campaign:
    """platform: 'google_ads' or 'meta'. `channel_type` is Google's word, for Meta the objective."""

    id: int
    name: str
    channel_type: str
    utm_campaign: str
    platform: str = "google_ads"


@dataclass(slots=True, frozen=True)
class AdDay:
    """A campaign's day in the ad account's time zone. `conversions_at[n]` / `value_minor_at[n]` are what
    the platform claims when asked n days after the day (n = 0 is the morning after); the last holds for ever.
    `placement` is Meta's publisher platform ('facebook', 'instagram'); one row per placement, '' for Google."""

    campaign_id: int
    day: date
    impressions: int
    clicks: int
    cost_micros: int
    conversions_at: tuple[float, ...]
    value_minor_at: tuple[int, ...]
    placement: str = ""


@dataclass(slots=True, frozen=True)
class CheckoutLine:
    variant_id: int
    quantity: int
    unit_price_minor: int


@dataclass(slots=True)
class Checkout:
    """A checkout begun and left. `completed_at`/`order_id` when it was finished later after all."""

    id: int
    customer_id: int | None
    created_at: datetime
    updated_at: datetime
    lines: list[CheckoutLine]
    completed_at: datetime | None = None
    order_id: int | None = None


@dataclass(slots=True, frozen=True)
class Browsing:
    """Something a known person did on the site. kind: 'Viewed Product', 'Added to Cart', 'Started Checkout'.

    A started checkout has one event per line, all with the same `checkout_id`.
    """

    id: str
    at: datetime
    kind: str
    customer_id: int
    variant_id: int
    quantity: int
    value_minor: int
    checkout_id: int | None = None
