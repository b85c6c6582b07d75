"""Facts of the company as a seller on a marketplace: listings, orders, money and the marketplace's own warehouse.

Kept as `model.py` says; import them from there.
"""

from dataclasses import dataclass, field
from datetime import datetime

from include.sandbox.world.order_facts import Parcel
from include.sandbox.world.shop_facts import Address


@dataclass(slots=True, frozen=True)
class Listing:
    """What is offered on the marketplace. `components` are (variant id, units of it per unit sold): a kit has
    several or several units. fulfilled_by: 'AMAZON' (their warehouse) or 'MERCHANT' (ours)."""

    seller_sku: str
    asin: str
    title: str
    price_minor: int
    fulfilled_by: str
    components: tuple[tuple[int, int], ...]


@dataclass(slots=True, frozen=True)
class Fee:
    """kind is Amazon's breakdown type ('Commission', 'FBAPerUnitFulfillmentFee', 'RefundCommission'…).
    What we pay is negative, what we get back positive."""

    kind: str
    amount_minor: int


@dataclass(slots=True, frozen=True)
class MarketplaceLine:
    """`discount_minor` and `tax_minor` of the whole line, as in `OrderLine`; prices are without tax. `shipping_minor`
    is what the buyer paid for it, after a promotion took `shipping_discount_minor` off. `fees` fall due when the line
    is shipped."""

    id: str
    seller_sku: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    shipping_minor: int
    fees: tuple[Fee, ...]
    shipping_discount_minor: int = 0


@dataclass(slots=True, frozen=True)
class MarketplaceRefundLine:
    """`disposition` of goods that came back: 'SELLABLE', 'CUSTOMER_DAMAGED', 'DEFECTIVE', None when none did."""

    line_id: str
    quantity: int
    amount_minor: int
    tax_minor: int
    fees: tuple[Fee, ...]
    reason: str
    disposition: str | None
    returned_at: datetime | None


@dataclass(slots=True, frozen=True)
class MarketplaceRefund:
    id: str
    at: datetime
    lines: tuple[MarketplaceRefundLine, ...]


@dataclass(slots=True)
class MarketplaceOrder:
    """`ship_by` and `deliver_by` are what the marketplace promised. A parcel of ours only when fulfilled_by is
    'MERCHANT'; `released_at` is when its money stopped being DEFERRED (None: not yet). cancelled_by: 'BUYER' or
    'SELLER'. rating: the buyer's feedback of 1 to 5 at `rated_at`; `claim_at`: an A-to-z claim."""

    id: str
    created_at: datetime
    fulfilled_by: str
    ship_to: Address
    lines: list[MarketplaceLine]
    ship_by: datetime
    deliver_by: datetime
    shipped_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    posted_at: datetime | None = None
    released_at: datetime | None = None
    refunds: list[MarketplaceRefund] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    rating: int | None = None
    rated_at: datetime | None = None
    claim_at: datetime | None = None
    claim_denied: bool = False


@dataclass(slots=True, frozen=True)
class MarketplaceCharge:
    """A fee that belongs to no order (storage, subscription). Negative: we pay."""

    id: str
    at: datetime
    kind: str
    amount_minor: int
    seller_sku: str | None = None


@dataclass(slots=True, frozen=True)
class FbaMove:
    """Stock in the marketplace's warehouse. kind: 'inbound' (left us: not there yet), 'received', 'sale',
    'return', 'damaged' (came back unsellable), 'lost'. 'inbound' and 'received' are the same units twice."""

    at: datetime
    seller_sku: str
    quantity: int
    kind: str


@dataclass(slots=True)
class Marketplace:
    """The company as a seller on one marketplace, whose days are those of `timezone`."""

    seller_id: str
    marketplace_id: str
    name: str
    timezone: str
    currency: str
    listings: list[Listing]
    orders: list[MarketplaceOrder]
    charges: list[MarketplaceCharge]
    fba_moves: list[FbaMove]
