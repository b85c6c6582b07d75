"""The world's facts as Odoo records at an instant.

Values are as JSON-2 gives them: datetimes are naive UTC texts, empty is `False`, a many2one is
`[id, name]`. A record exists from the instant of its fact on and `write_date` is its newest visible fact.
"""

from datetime import datetime
from typing import Any

from include.sandbox.world.model import Location, World

Row = dict[str, Any]
VENDORS, CUSTOMERS, ADJUSTMENT = 4, 5, 14
OUTSIDE = {
    VENDORS: ("Vendors", "Partners/Vendors", "supplier"),
    CUSTOMERS: ("Customers", "Partners/Customers", "customer"),
    ADJUSTMENT: ("Inventory adjustment", "Virtual Locations/Inventory adjustment", "inventory"),
}
CURRENCIES = {"EUR": 1, "USD": 2, "GBP": 3, "JPY": 4, "CAD": 5, "AUD": 6}


def text(moment: datetime | None) -> str | bool:
    """`2026-01-31 23:59:59` in UTC without saying so, or False."""
    return moment.isoformat(" ")[:19] if moment else False


class Records:
    """The models' rows; each method takes the instant and gives the rows that exist by then, by id."""

    def __init__(self, world: World):
        self.world = world
        self.minor = 10**world.company.minor_digits
        self.currency = [CURRENCIES.get(world.company.currency, 99), world.company.currency]
        self.locations = {location.id: location for location in world.locations}
        self.suppliers = {supplier.id: supplier for supplier in world.suppliers}
        self.variants = {variant.id: variant for variant in world.variants}
        self._titles = {product.id: product for product in world.products}
        self._opened = min((product.created_at for product in world.products), default=None)

    def amount(self, minor: int) -> float:
        return minor / self.minor

    def product(self, variant_id: int) -> list[Any]:
        """The variant as a many2one to product.product."""
        variant = self.variants[variant_id]
        return [variant.erp_product_id, f"[{variant.sku}] {self._titles[variant.product_id].title}"]

    def partners(self, now: datetime) -> list[Row]:
        return [
            {
                "id": supplier.id,
                "name": supplier.name,
                "display_name": supplier.name,
                "email": supplier.email,
                "is_company": True,
                "supplier_rank": 1,
                "customer_rank": 0,
                "country_id": [country_number(supplier.country), supplier.country],
                "country_code": supplier.country,
                "x_min_order_amount": self.amount(supplier.min_order_minor),
                "active": True,
                "create_date": text(self._opened),
                "write_date": text(self._opened),
            }
            for supplier in self.world.suppliers
        ]

    def supplier_infos(self, now: datetime) -> list[Row]:
        return [
            {
                "id": offer.id,
                "partner_id": [offer.supplier_id, self.suppliers[offer.supplier_id].name],
                "product_tmpl_id": self.product(offer.variant_id),
                "product_id": self.product(offer.variant_id),
                "product_code": False,
                "min_qty": float(offer.min_quantity),
                "price": self.amount(offer.price_minor),
                "currency_id": self.currency,
                "delay": offer.lead_time_days,
                "x_pack_size": offer.pack_size,
                "date_start": False,
                "date_end": False,
                "write_date": text(self._titles[self.variants[offer.variant_id].product_id].created_at),
            }
            for offer in self.world.offers
            if self._titles[self.variants[offer.variant_id].product_id].created_at <= now
        ]

    def products(self, now: datetime) -> list[Row]:
        rows = []
        for variant in self.world.variants:
            product = self._titles[variant.product_id]
            if product.created_at > now:
                continue
            is_gone = product.deleted_at is not None and product.deleted_at <= now
            prices = [change for change in variant.prices if change.at <= now] or variant.prices[:1]
            rows.append(
                {
                    "id": variant.erp_product_id,
                    "name": product.title,
                    "display_name": f"[{variant.sku}] {product.title}",
                    "default_code": variant.sku,
                    "barcode": variant.barcode or False,
                    "product_tmpl_id": [variant.erp_product_id, product.title],
                    "type": "consu",
                    "is_storable": True,
                    "list_price": self.amount(prices[-1].price_minor) if prices else 0.0,
                    # An ERP has no "unknown" for money: a cost nobody entered is 0.0.
                    "standard_price": self.amount(variant.cost_minor or 0),
                    "active": not is_gone,
                    "create_date": text(product.created_at),
                    "write_date": text(product.deleted_at if is_gone else product.created_at),
                }
            )
        return rows

    def stock_locations(self, now: datetime) -> list[Row]:
        outside = [
            {"id": id_, "name": name, "complete_name": path, "usage": usage, "warehouse_id": False}
            for id_, (name, path, usage) in OUTSIDE.items()
        ]
        inside = [
            {
                "id": location.erp_id,
                "name": "Stock",
                "complete_name": f"{location.code}/Stock",
                "usage": "internal",
                "warehouse_id": _warehouse(location),
            }
            for location in self.world.locations
        ]
        return [{**row, "active": True, "write_date": text(self._opened)} for row in outside + inside]

    def warehouses(self, now: datetime) -> list[Row]:
        return [
            {
                "id": location.erp_id,
                "name": location.name,
                "code": location.code,
                "lot_stock_id": [location.erp_id, f"{location.code}/Stock"],
                "in_type_id": picking_type(location),
                "active": True,
                "write_date": text(self._opened),
            }
            for location in self.world.locations
        ]

    def picking_types(self, now: datetime) -> list[Row]:
        return [
            {
                "id": location.erp_id,
                "name": "Receipts",
                "display_name": f"{location.code}: Receipts",
                "code": "incoming",
                "warehouse_id": _warehouse(location),
                "default_location_dest_id": [location.erp_id, f"{location.code}/Stock"],
                "active": True,
                "write_date": text(self._opened),
            }
            for location in self.world.locations
        ]


def picking_type(location: Location) -> list[Any]:
    return [location.erp_id, f"{location.code}: Receipts"]


def country_number(code: str) -> int:
    """A stable made-up id for a country."""
    return int(code, 36) if code else 0


def _warehouse(location: Location) -> list[Any]:
    return [location.erp_id, location.name]
