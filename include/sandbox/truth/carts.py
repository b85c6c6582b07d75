"""Checkouts begun and left, and what became of them."""

from collections import defaultdict
from datetime import datetime, timedelta

from include.sandbox.truth.moments import happened
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import World

IDLE = timedelta(hours=24)


def states(world: World, now: datetime) -> dict[int, str]:
    """By checkout id: 'recovered' when it was completed or the same customer ordered (no test, not voided)
    since it began, 'abandoned' after 24 idle hours, else 'open'. Anonymous checkouts can only be completed."""
    sales = Sales(world, now)
    ordered: dict[int, list[datetime]] = defaultdict(list)
    for order in sales.orders:
        if order.customer_id is not None and not order.test and not sales.is_voided(order):
            ordered[order.customer_id].append(order.created_at)
    found: dict[int, str] = {}
    for checkout in world.checkouts:
        if not happened(checkout.created_at, now):
            continue
        latest = max(ordered.get(checkout.customer_id or 0, ()), default=None)
        if happened(checkout.completed_at, now) or (latest and latest >= checkout.created_at):
            found[checkout.id] = "recovered"
        else:
            found[checkout.id] = "abandoned" if checkout.updated_at <= now - IDLE else "open"
    return found
