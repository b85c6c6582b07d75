"""What happened in the simulated company: plain facts with the instants at which they became true.

Every face (a vendor's API) and the oracle (`truth`) read these records and nothing else, so all
vendors agree. Money is an int in minor units of the company's currency (`_minor`: cents for USD,
yen for JPY). Instants are aware, in UTC. A fact is visible to a face only from its instant on:
the face asks the world's clock and leaves out what has not happened yet.

`shop_facts.py`, `order_facts.py`, `supply_facts.py` and `visit_facts.py` hold a shop's, `marketplace_facts.py` the
marketplace's; all are imported from here.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from include.sandbox.world.marketplace_facts import (
    FbaMove,
    Fee,
    Listing,
    Marketplace,
    MarketplaceCharge,
    MarketplaceLine,
    MarketplaceOrder,
    MarketplaceRefund,
    MarketplaceRefundLine,
)
from include.sandbox.world.order_facts import (
    Order,
    OrderLine,
    Parcel,
    Refund,
    RefundLine,
    Return,
    ReturnLine,
    Scan,
)
from include.sandbox.world.shop_facts import (
    Address,
    Company,
    ConsentChange,
    Customer,
    Location,
    PriceChange,
    Product,
    Variant,
)
from include.sandbox.world.supply_facts import (
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    StockMove,
    Supplier,
    SupplierOffer,
)
from include.sandbox.world.visit_facts import (
    AdDay,
    Browsing,
    Campaign,
    Checkout,
    CheckoutLine,
)

__all__ = [
    "AdDay",
    "Address",
    "Browsing",
    "Campaign",
    "Checkout",
    "CheckoutLine",
    "Company",
    "ConsentChange",
    "Customer",
    "FbaMove",
    "Fee",
    "Listing",
    "Location",
    "Marketplace",
    "MarketplaceCharge",
    "MarketplaceLine",
    "MarketplaceOrder",
    "MarketplaceRefund",
    "MarketplaceRefundLine",
    "Order",
    "OrderLine",
    "Parcel",
    "PriceChange",
    "Product",
    "PurchaseLine",
    "PurchaseOrder",
    "Receipt",
    "Refund",
    "RefundLine",
    "Return",
    "ReturnLine",
    "Scan",
    "StockMove",
    "Supplier",
    "SupplierOffer",
    "Variant",
    "World",
]


@dataclass(slots=True)
class World:
    """Everything that happens from `first_day` to `last_day` (company days, both included).

    `simulated` names what is made up: 'orders', 'customers', 'stock', 'suppliers', 'costs',
    'parcels', 'ads', 'checkouts', 'returns', 'marketplace', 'browsing', 'branches', 'rates'.
    `branches` are further shops of the company with their own currency and zone; their ids are unlike ours.
    `exchange_rates`: day of publication → currency → units of it for one euro, as the ECB prints them.
    """

    company: Company
    first_day: date
    last_day: date
    simulated: frozenset[str]
    locations: list[Location]
    suppliers: list[Supplier]
    offers: list[SupplierOffer]
    products: list[Product]
    variants: list[Variant]
    customers: list[Customer]
    orders: list[Order]
    checkouts: list[Checkout]
    purchase_orders: list[PurchaseOrder]
    stock_moves: list[StockMove]
    campaigns: list[Campaign]
    ad_days: list[AdDay]
    browsing: list[Browsing] = field(default_factory=list)
    marketplace: Marketplace | None = None
    branches: list["World"] = field(default_factory=list)
    exchange_rates: dict[date, dict[str, Decimal]] = field(default_factory=dict)
