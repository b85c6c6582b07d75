"""Facts of supply: what lies on the shelves, who delivers it, what was bought of them.

Kept as `model.py` says; import them from there.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


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
