"""Retargeting lists: who was wished for, minus who may not be written to, against who is in the list, at every
connected platform.

Removals go first, at all platforms, and always run: an opt-out, a suppression, an erasure, a purchase or the holdout
never wait for a stale source, for another platform or for somebody's yes. Each platform asks for its own purpose of
consent ('ads' or 'email') and gets people in its own form. What is kept are customer keys and receipts.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import exposure, facts
from include.activation.candidates import Buyers
from include.activation.destinations.base import Destination
from include.activation.outcome import Sent
from include.activation.platforms import PLATFORMS
from include.activation.reports import morning
from include.activation.update import Update, Wishes
from include.errors import Stop
from include.settings import Settings
from include.warehouse.connect import connect

AUDIENCES = ("abandoned_cart", "viewed_not_bought", "post_purchase", "lapsed_valuable")
RESTS_ON = ("act_audience_member",)
ONLY_FOR = {"klaviyo.events": ("viewed_not_bought",)}
"""Streams that matter to these audiences alone."""
NO_MATTER = ("amazon.", "ecb.", "google_ads.", "meta.")
"""Streams that know no person: whoever is wished for does not change with them."""


def nobody() -> set[str]:
    """Without a shop to ask, the marts know the newest purchases."""
    return set()


def run(
    settings: Settings,
    day: date,
    destinations: Mapping[str, Destination],
    recent_buyers: Callable[[], set[str]] = nobody,
) -> dict[str, dict[str, Any]]:
    """Bring every audience in line; per destination and audience: candidates, held_out, not_allowed, to_remove, to_add,
    deferred, in_audience, unsettled (accepted by the platform, not yet applied).

    `recent_buyers` gives the keys of people who bought after the marts were built; it is asked right before
    sending, and when it cannot answer nobody is added. Raises Stop when the marts are of another day, Wait
    when something could not be sent yet (run again).
    """
    with connect(settings, "activation") as conn:
        facts.check_day(conn, day)
        wishes = Wishes({name: _wished(conn, name, day) for name in AUDIENCES}, _freshness(conn))
        exposure.follow_people(conn)
    buyers = Buyers(recent_buyers)
    updates = [
        Update(settings, day, destinations[name], wishes, buyers)
        for name in PLATFORMS
        if name in destinations
    ]
    if not updates:
        return {}
    for step in (Update.start, Update.remove, Update.add, Update.settle):
        for update in updates:
            update.take(step)
    morning.write(settings, day)
    sum((update.sent for update in updates), Sent()).raise_what_is_left()
    return {update.name: update.summary for update in updates}


def _wished(conn: Connection, audience: str, day: date) -> list[str]:
    """Customer keys by value, highest first. Stop when the candidates are of another day."""
    rows = facts.query(
        conn,
        "SELECT customer_key, as_of_day FROM act.act_audience_member WHERE audience = %s"
        " ORDER BY value_amount DESC NULLS LAST, customer_key",
        [audience],
    )
    if any(row["as_of_day"] != day for row in rows):
        raise Stop(f"the candidates of {audience} are not of {day}")
    return [row["customer_key"] for row in rows]


def _freshness(conn: Connection) -> dict[str, facts.Freshness]:
    """Audience → the streams it rests on that did not arrive."""
    streams = facts.freshness(conn, RESTS_ON).streams
    return {
        audience: facts.Freshness(tuple(stream for stream in streams if _matters(stream, audience)))
        for audience in AUDIENCES
    }


def _matters(stream: str, audience: str) -> bool:
    return not stream.startswith(NO_MATTER) and audience in ONLY_FOR.get(stream, AUDIENCES)
