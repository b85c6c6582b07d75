"""Records that vanished at their vendor: most APIs never say so, only a scan of all keys shows it."""

import logging
from datetime import UTC, datetime

from include.errors import Stop
from include.pull import BEGINNING
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account, Stream
from include.warehouse.connect import connect
from include.window import Window

log = logging.getLogger(__name__)

RECONCILED = (
    ("shopify", "products"),
    ("odoo", "products"),
    ("odoo", "supplier_info"),
    ("odoo", "suppliers"),
    ("odoo", "purchase_orders"),
    ("odoo", "purchase_order_lines"),
)
"""Streams small enough to be scanned whole, whose dead records would mislead: what we sell, who sells it to us and what is
on its way. Not a shop's orders: millions of them, each night, for the few that a shop can delete."""


FEW, MOST = 20, 5
"""A scan that misses more than a fifth of what is known, and more than a few, is not believed: an ERP in the middle of a
restore, or a key that may no longer see everything, answers just as calmly."""


def find_deleted(
    settings: Settings,
    account: Account,
    stream_name: str,
    now: datetime | None = None,
    many_are_gone: bool = False,
) -> int:
    """Scan every key of a stream and mark those we know that are gone; returns how many were marked anew.

    A scan that breaks off, that the vendor itself counts longer, that finds nothing or misses too much marks nothing: an
    incomplete list would declare living records dead. That so many really are gone is for a person to say. A record that
    comes back loses its mark.
    """
    stream = REGISTRY[account.source].stream(stream_name)
    alive = _all_keys(account, stream, Window(BEGINNING, now or datetime.now(UTC)))
    return _mark(settings, account, stream, alive, many_are_gone)


def _all_keys(account: Account, stream: Stream, window: Window) -> set[str]:
    keys: set[str] = set()
    total = None
    with REGISTRY[account.source].opened(account) as client:
        for page in (stream.keys or stream.pull)(client, window):
            total = page.total if page.total is not None else total
            keys.update(str(record[stream.key]) for record in page.records)
    if total is not None and len(keys) < total:
        raise Stop(
            f"{account.source}.{stream.name}: the scan found {len(keys)} of {total} records; nothing is marked"
        )
    return keys


def _mark(settings: Settings, account: Account, stream: Stream, alive: set[str], many_are_gone: bool) -> int:
    place, keys = (account.source, account.name, stream.name), list(alive)
    of = (f"{account.source}_{stream.name}", account.name, keys)
    with connect(settings, "loader") as connection:
        connection.execute(
            "delete from ops.tombstone where (source, account, stream) = (%s, %s, %s) and scope = any(%s)",
            (*place, keys),
        )
        marked = connection.execute(
            """insert into ops.tombstone (source, account, stream, scope)
               select distinct %s, %s, %s, scope from raw.observation
               where stream = %s and account = %s and scope <> all(%s)
               on conflict do nothing""",
            (*place, *of),
        ).rowcount
        if not many_are_gone:
            found = connection.execute(
                "select count(distinct scope) from raw.observation where stream = %s and account = %s and scope = any(%s)",
                of,
            ).fetchone()
            _refuse_too_many(f"{account.source}.{stream.name}", marked, *(found or (0,)))
    if marked:
        log.info("%s.%s: %d records are gone at the source", account.source, stream.name, marked)
    return marked


def _refuse_too_many(name: str, missed: int, found: int) -> None:
    """Stop, and with it whatever was marked is undone."""
    known = missed + found
    if missed and not found:
        what = f"finds none of {known} records"
    elif missed > max(FEW, known // MOST):
        what = f"misses {missed} of {known} records"
    else:
        return
    raise Stop(
        f"{name}: the scan {what}; nothing is marked. Does the key still see everything? If they are really gone,"
        f" trigger the DAG housekeeping with many_are_gone = {name}"
    )
