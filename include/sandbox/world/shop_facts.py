"""Facts of a shop: itself, its people, its goods and its places.

Kept as `model.py` says; import them from there.
"""

from dataclasses import dataclass, field
from datetime import datetime


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
    is_gift_card: bool = False


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
