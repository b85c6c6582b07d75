"""When the analytics of the shop heard of what somebody did there: mostly at once, sometimes days later."""

import hashlib
from datetime import datetime, timedelta

from include.sandbox.world.model import Browsing

LATE_ONE_IN, SHORTEST_DELAY, LONGEST_DELAY = 40, 2, 50


def told_at(event: Browsing) -> datetime:
    """At once, but 2 to 50 hours later for one event in forty; the lines of one begun checkout come together."""
    draw = int.from_bytes(hashlib.sha256(f"late {same_event(event)}".encode()).digest()[:6], "big")
    if draw % LATE_ONE_IN:
        return event.at
    return event.at + timedelta(hours=SHORTEST_DELAY + draw // LATE_ONE_IN % (LONGEST_DELAY - SHORTEST_DELAY))


def same_event(event: Browsing) -> str:
    """What the lines of one begun checkout have in common; of anything else its id."""
    if event.kind == "Started Checkout" and event.checkout_id is not None:
        return f"checkout {event.checkout_id} {event.at.isoformat()}"
    return event.id
