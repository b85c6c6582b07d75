"""Purchase orders at an instant."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.world.model import PurchaseLine, PurchaseOrder, Receipt, World


def state(order: PurchaseOrder, now: datetime) -> str:
    """draft, purchase or cancel."""
    if happened(order.cancelled_at, now):
        return "cancel"
    return "purchase" if happened(order.approved_at, now) else "draft"


def purchase_lines(world: World, now: datetime, day: date) -> list[dict[str, Any]]:
    """The lines of every purchase order written by `now`. Open is what was ordered and has not come,
    nothing for cancelled orders; overdue is an open line of an approved order promised for `day` or before.
    A line took from approval to the receipt that made it whole; the ERP forgets when it approved what was
    cancelled later."""
    written = (order for order in world.purchase_orders if happened(order.created_at, now))
    return [_row(world, order, line, now, day) for order in written for line in order.lines]


def open_orders(world: World, now: datetime, day: date) -> set[str]:
    """Names of approved purchase orders of which something is still to come."""
    rows = purchase_lines(world, now, day)
    return {row["purchase_order_name"] for row in rows if row["state"] == "purchase" and row["open_quantity"]}


def _row(world: World, order: PurchaseOrder, line: PurchaseLine, now: datetime, day: date) -> dict[str, Any]:
    status = state(order, now)
    came = sorted((one for one in line.receipts if happened(one.at, now)), key=lambda one: one.at)
    received = sum(one.quantity for one in came)
    missing = 0 if status == "cancel" else max(0, line.quantity - received)
    is_overdue = status == "purchase" and missing > 0 and line.planned_on <= day
    approved = order.approved_at if status == "purchase" else None
    full_at = _whole_at(came, line.quantity)
    full_on = local_day(world, full_at) if full_at else None
    known_until = full_on or (day if is_overdue else None)
    return {
        "purchase_order_line_id": line.id,
        "purchase_order_id": order.id,
        "purchase_order_name": order.name,
        "supplier_id": order.supplier_id,
        "location_code": next(one.code for one in world.locations if one.id == order.location_id),
        "sku": next(one.sku for one in world.variants if one.id == line.variant_id),
        "state": status,
        "ordered_at": order.created_at,
        "approved_at": approved,
        "promised_date": line.planned_on,
        "ordered_quantity": line.quantity,
        "received_quantity": received,
        "open_quantity": missing,
        "first_received_at": came[0].at if came else None,
        "fully_received_at": full_at,
        "unit_price_amount": money(world, line.price_minor),
        "line_amount": money(world, line.price_minor * line.quantity),
        "currency": world.company.currency,
        "is_overdue": is_overdue,
        "days_late": (known_until - line.planned_on).days if known_until else None,
        "lead_time_days": (full_on - local_day(world, approved)).days if full_on and approved else None,
    }


def _whole_at(came: Iterable[Receipt], wanted: int) -> datetime | None:
    """When the receipts together reached what was ordered."""
    total = 0
    for one in came:
        total += one.quantity
        if total >= wanted:
            return one.at
    return None
