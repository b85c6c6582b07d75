"""Purchase orders in the ERP, as the world made them."""

from datetime import datetime

from include.sandbox.faces.odoo.records import Records, Row, picking_type, text
from include.sandbox.world.model import PurchaseLine, PurchaseOrder


class Purchases:
    """Rows of the world's purchase orders and their lines at an instant."""

    def __init__(self, records: Records):
        self._records = records
        self._known: tuple[datetime, list[Row], list[Row]] | None = None

    def orders(self, now: datetime) -> list[Row]:
        return self._at(now)[1]

    def lines(self, now: datetime) -> list[Row]:
        return self._at(now)[2]

    def _at(self, now: datetime) -> tuple[datetime, list[Row], list[Row]]:
        """Both lists of an instant, made once: a reader comes back for every page."""
        if self._known is None or self._known[0] != now:
            orders = [order for order in self._records.world.purchase_orders if order.created_at <= now]
            self._known = now, [self._purchase(order, now) for order in orders], self._lines(orders, now)
        return self._known

    def _purchase(self, order: PurchaseOrder, now: datetime) -> Row:
        received = [line_received(line, now) for line in order.lines]
        ordered = [line.quantity for line in order.lines]
        state = state_of(order, now)
        total = self._records.amount(sum(line.quantity * line.price_minor for line in order.lines))
        status: str | bool = False
        if state == "purchase":
            is_full = all(got >= wanted for got, wanted in zip(received, ordered, strict=True))
            status = "full" if is_full else "partial" if any(received) else "pending"
        return {
            "id": order.id,
            "name": order.name,
            "partner_id": [order.supplier_id, self._records.suppliers[order.supplier_id].name],
            "state": state,
            "locked": False,
            "date_order": text(order.created_at),
            "date_approve": text(order.approved_at) if state == "purchase" else False,
            "date_planned": f"{order.planned_on} 12:00:00",
            "currency_id": self._records.currency,
            "amount_untaxed": total,
            "amount_tax": 0.0,
            "amount_total": total,
            "receipt_status": status,
            "invoice_status": "no",
            "partner_ref": False,
            "origin": False,
            "notes": False,
            "picking_type_id": picking_type(self._records.locations[order.location_id]),
            "order_line": [line.id for line in order.lines],
            "x_nightshift_key": False,
            "create_date": text(order.created_at),
            "write_date": text(newest_fact(order, now)),
        }

    def _lines(self, orders: list[PurchaseOrder], now: datetime) -> list[Row]:
        return [
            {
                "id": line.id,
                "order_id": [order.id, order.name],
                "partner_id": [order.supplier_id, self._records.suppliers[order.supplier_id].name],
                "product_id": self._records.product(line.variant_id),
                "name": self._records.product(line.variant_id)[1],
                "product_qty": float(line.quantity),
                "qty_received": float(line_received(line, now)),
                "qty_invoiced": 0.0,
                "price_unit": self._records.amount(line.price_minor),
                "price_subtotal": self._records.amount(line.quantity * line.price_minor),
                "date_planned": f"{line.planned_on} 12:00:00",
                "state": state_of(order, now),
                "write_date": text(newest_fact(order, now, line)),
            }
            for order in orders
            for line in order.lines
        ]


def state_of(order: PurchaseOrder, now: datetime) -> str:
    """draft, purchase or cancel."""
    if order.cancelled_at and order.cancelled_at <= now:
        return "cancel"
    return "purchase" if order.approved_at and order.approved_at <= now else "draft"


def line_received(line: PurchaseLine, now: datetime) -> int:
    return sum(receipt.quantity for receipt in line.receipts if receipt.at <= now)


def newest_fact(order: PurchaseOrder, now: datetime, line: PurchaseLine | None = None) -> datetime:
    """When the order (or only one line's share of it) last changed."""
    lines = [line] if line else order.lines
    receipts = [receipt.at for each in lines for receipt in each.receipts]
    facts = [order.created_at, order.approved_at, order.cancelled_at, *receipts]
    return max(fact for fact in facts if fact and fact <= now)
