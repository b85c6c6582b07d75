"""Purchase orders at an instant."""

from datetime import date, datetime

from include.sandbox.truth.moments import happened, local_day
from include.sandbox.world.model import PurchaseOrder, World


def state(order: PurchaseOrder, now: datetime) -> str:
    """draft, purchase or cancel."""
    if happened(order.cancelled_at, now):
        return "cancel"
    return "purchase" if happened(order.approved_at, now) else "draft"


def purchase_lines(world: World, now: datetime, day: date) -> list[dict[str, object]]:
    """The lines of every purchase order written by `now`. Open is what was ordered and has not come,
    nothing for cancelled orders; overdue is an open line of an approved order promised for `day` or before."""
    skus = {variant.id: variant.sku for variant in world.variants}
    rows: list[dict[str, object]] = []
    for order in world.purchase_orders:
        if not happened(order.created_at, now):
            continue
        status = state(order, now)
        for line in order.lines:
            came = sorted((one for one in line.receipts if happened(one.at, now)), key=lambda one: one.at)
            received = sum(one.quantity for one in came)
            missing = 0 if status == "cancel" else max(0, line.quantity - received)
            is_overdue = status == "purchase" and missing > 0 and line.planned_on <= day
            is_full = received >= line.quantity
            full_on = local_day(world, came[-1].at) if came and is_full else None
            known_until = full_on or (day if is_overdue else None)
            rows.append(
                {
                    "purchase_order_line_id": line.id,
                    "purchase_order_name": order.name,
                    "sku": skus[line.variant_id],
                    "state": status,
                    "promised_date": line.planned_on,
                    "ordered_quantity": line.quantity,
                    "received_quantity": received,
                    "open_quantity": missing,
                    "is_overdue": is_overdue,
                    "days_late": (known_until - line.planned_on).days if known_until else None,
                }
            )
    return rows


def open_orders(world: World, now: datetime, day: date) -> set[str]:
    """Names of approved purchase orders of which something is still to come."""
    rows = purchase_lines(world, now, day)
    return {
        str(row["purchase_order_name"]) for row in rows if row["state"] == "purchase" and row["open_quantity"]
    }
