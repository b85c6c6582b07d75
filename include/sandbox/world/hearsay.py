"""When the analytics of the shop heard of what somebody did there: mostly at once, sometimes days later."""

import hashlib
from datetime import datetime, timedelta

from include.sandbox.world.model import Browsing, Order

LATE_ONE_IN, SHORTEST_DELAY, LONGEST_DELAY = 40, 2, 50


def told_at(event: Browsing) -> datetime:
    """At once, but 2 to 50 hours later for one event in forty; the lines of one begun checkout come together."""
    return _heard(same_event(event), event.at)


def order_told_at(order: Order) -> datetime:
    """The same for an order that was placed."""
    return _heard(f"order {order.id}", order.created_at)


def _heard(event: str, at: datetime) -> datetime:
    draw = int.from_bytes(hashlib.sha256(f"late {event}".encode()).digest()[:6], "big")
    if draw % LATE_ONE_IN:
        return at
    return at + timedelta(hours=SHORTEST_DELAY + draw // LATE_ONE_IN % (LONGEST_DELAY - SHORTEST_DELAY))


def same_event(event: Browsing) -> str:
    """What the lines of one begun checkout have in common; of anything else its id."""
    if event.kind == "Started Checkout" and event.checkout_id is not None:
        return f"checkout {event.checkout_id} {event.at.isoformat()}"
    return event.id
