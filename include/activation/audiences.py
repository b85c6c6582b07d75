"""Retargeting lists: who was wished for, minus who may not be written to, against who is in the list, at every
connected platform.

Removals go first, at all platforms, and always run: an opt-out, a suppression, an erasure, a purchase or the holdout
never wait for a stale source, for another platform or for somebody's yes. Each platform asks for its own purpose of
consent ('ads' or 'email') and gets people in its own form. What is kept are customer keys and receipts.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import exposure, facts, membership
from include.activation.candidates import Buyers
from include.activation.destinations.base import Destination
from include.activation.outcome import Sent
from include.activation.platforms import PLATFORMS
from include.activation.reports import morning
from include.activation.update import Update, Wishes
from include.errors import Stop
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

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
    deferred, in_audience, unsettled (accepted by the platform, not yet applied). Of a platform that is not connected any
    more: in_audience and not_connected.

    `recent_buyers` gives the keys of people who bought after the marts were built; it is asked right before
    sending, and when it cannot answer nobody is added. Raises Stop when the marts are of another day, Wait
    when something could not be sent yet (run again).
    """
    with connect(settings, "activation") as conn:
        facts.check_day(conn, day)
        wishes = Wishes({name: _wished(conn, name, day) for name in AUDIENCES}, _freshness(conn))
        exposure.follow_people(conn)
        left = _left_behind(conn, destinations)
    buyers = Buyers(recent_buyers)
    updates = [
        Update(settings, day, destinations[name], wishes, buyers)
        for name in PLATFORMS
        if name in destinations
    ]
    if not updates:
        return left
    _take(updates, Update.start, Update.remove, Update.add, Update.settle)
    morning.write(settings, day)
    return left | _told(updates)


def withdraw(
    settings: Settings, day: date, destinations: Mapping[str, Destination]
) -> dict[str, dict[str, Any]]:
    """Removals alone, and without the marts: whoever may not be told of any more leaves every list now, although tonight
    was not published. Adds nobody. Summary and errors as `run`."""
    updates = []
    for name in PLATFORMS:
        if name in destinations:
            with connect(settings, "activation") as conn:
                people = membership.members(conn, name)
            nothing_new = dict.fromkeys(people, facts.Freshness(("the marts",)))
            wishes = Wishes(people, nothing_new)
            updates.append(Update(settings, day, destinations[name], wishes, Buyers(nobody)))
    _take(updates, Update.start, Update.remove, Update.settle)
    return _told(updates)


def _take(updates: Sequence[Update], *steps: Callable[[Update], None]) -> None:
    """Each step at every platform before the next."""
    for step in steps:
        for update in updates:
            update.take(step)


def _told(updates: Sequence[Update]) -> dict[str, dict[str, Any]]:
    """The summaries, unless something is left to be done."""
    sum((update.sent for update in updates), Sent()).raise_what_is_left()
    return {update.name: update.summary for update in updates}


def _left_behind(conn: Connection, connected: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Lists at platforms that are not connected: whoever should leave them cannot. Told, because nobody else would."""
    rows = conn.execute(
        "SELECT destination, audience, count(*) FROM ops.audience_member"
        " WHERE payload_hash IS NOT NULL AND NOT destination = ANY (%s) GROUP BY 1, 2 ORDER BY 1, 2",
        [list(connected)],
    ).fetchall()
    left: dict[str, dict[str, Any]] = {}
    for destination, audience, people in rows:
        left.setdefault(destination, {})[audience] = {"in_audience": people, "not_connected": True}
    for destination, lists in left.items():
        people = sum(told["in_audience"] for told in lists.values())
        log.warning(
            "%s is not connected, and %s people may be in its lists: connect it, or delete the lists there",
            destination,
            people,
        )
    return left


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
