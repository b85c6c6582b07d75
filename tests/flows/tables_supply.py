"""What the world knows of suppliers, purchases and stock, as the rows of each mart."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.sandbox.truth import buying, suppliers
from include.sandbox.truth.shelves import shelf_days
from include.sandbox.world.model import PurchaseLine, PurchaseOrder, World
from tests.flows.company import Company
from tests.flows.tables import Rows, Table, instant

DAY = timedelta(days=1)
INSTANTS = ("ordered_at", "approved_at", "first_received_at", "fully_received_at")


def with_drafts(shop: Company) -> World:
    """The world with the drafts that our own actions wrote into its ERP; nobody has approved one."""
    drafts = [_draft(shop.world, told) for told in shop.received()["purchase_orders"]]
    return replace(shop.world, purchase_orders=[*shop.world.purchase_orders, *drafts])


def _draft(world: World, told: dict[str, Any]) -> PurchaseOrder:
    variants = {one.erp_product_id: one.id for one in world.variants}
    places = {one.erp_id: one.id for one in world.locations}
    lines = [
        PurchaseLine(
            line["id"],
            variants[line["product_id"]],
            int(line["product_qty"]),
            round(line["price_unit"] * 100),
            _day(line["date_planned"]),
        )
        for line in told["lines"]
    ]
    written = datetime.fromisoformat(told["date_order"]).replace(tzinfo=UTC)
    return PurchaseOrder(
        told["id"], told["name"], told["partner_id"], places[told["picking_type_id"]], written, None,
        _day(told["date_planned"]), lines,
    )  # fmt: skip


def _day(text: str | bool) -> date | None:
    """A draft need not say when it should come: then it says False."""
    return date.fromisoformat(str(text)[:10]) if text else None


def purchases(shop: Company) -> Rows:
    rows = {}
    for line in buying.purchase_lines(with_drafts(shop), shop.midnight, shop.day):
        told = line | {name: line[name] and instant(line[name]) for name in INSTANTS}
        told |= {name: str(line[name]) for name in ("purchase_order_id", "supplier_id")}
        rows[str(told.pop("purchase_order_line_id")),] = told
    return rows


def reliability(shop: Company) -> Rows:
    rows = suppliers.performance(with_drafts(shop), shop.midnight, shop.day)
    return {(str(supplier), month): row for (supplier, month), row in rows.items()}


def vendors(shop: Company) -> Rows:
    return {
        (str(supplier),): row for supplier, row in suppliers.supplier_rows(shop.world, shop.midnight).items()
    }


def shelves(shop: Company) -> Rows:
    looked = [(night - DAY, shop.midnight_of(night)) for night in shop.looked]
    return shelf_days(shop.world, looked, shop.midnight, shop.day)


SUPPLY = (
    Table(
        "fct_purchase_orders", ("purchase_order_line_id",), purchases,
        "select o.*, location_code from mart.fct_purchase_orders as o left join mart.dim_location using (location_id)",
    ),
    Table("mart_supplier_performance", ("supplier_id", "month"), reliability),
    Table("dim_supplier", ("supplier_id",), vendors),
    Table(
        "fct_inventory_snapshot_daily", ("sku", "location_code", "business_date"), shelves,
        "select * from mart.fct_inventory_snapshot_daily join mart.dim_location using (location_id)",
    ),
)  # fmt: skip
