"""From a vendor to the lake: one window of one stream, projected, spooled, and what cannot be used put aside."""

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice, repeat
from typing import Any

from include import lake
from include.clients.json import dumps
from include.collector import rare_collections
from include.errors import NightshiftError, NotAskable, SkipRecord, Stop, place_of
from include.privacy.line import Line
from include.privacy.projection import Projection
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import STRANGE, Account, Page, Stream
from include.warehouse.alongside import Alongside
from include.warehouse.connect import connect
from include.window import Window

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Records looked at together: so many that asking costs little, so few that memory does not notice."""


def extract(
    settings: Settings,
    account: Account,
    stream: str,
    window: Window,
    run_id: str,
    mode: str,
    epoch: int,
    now: datetime | None = None,
    alongside: Alongside | None = None,
) -> str:
    """Spool one window of one stream into the lake; returns the manifest's URI. No transaction is open meanwhile.

    What is spooled is staged `alongside`. `mode` is 'nightly' or 'backfill'; `epoch` was taken before. Raises NotAskable for
    the past of a snapshot, Wait, FixCredentials or Stop as the vendor answers; then nothing is left in the lake.
    Records that cannot be used are put aside and counted, not raised.
    """
    wanted = stream_of(account, stream)
    if mode != "nightly":
        refuse_past(wanted, account)
    lake.clear_leftovers(settings.lake, account.source, account.name, stream, run_id)
    place = lake.Place(account.source, account.name, stream, window, run_id)
    projection = Projection(wanted, account, settings.secret("customer_key"))
    taken_at, began = now or datetime.now(UTC), time.monotonic()
    subjects = [_subjects(settings, wanted.subjects)] if wanted.subjects else []
    with (
        rare_collections(),
        REGISTRY[account.source].opened(account) as client,
        lake.Spool(settings.lake, place) as spool,
    ):
        total, read = None, 0
        for page in _told(account, wanted, client, window, *subjects):
            total = page.total if page.total is not None else total
            for line in _spooled(spool, projection, page):
                read += 1
                if alongside:
                    alongside.add(line.scope, line.updated_at, line.payload, line.rows)
        if projection.failures and not read:
            raise Stop(f"{account.source} {stream}: our own code fails on every record: {_ours(projection)}")
        start, end = ends(window)
        uri = spool.finish(
            {
                "version": 1,
                "source": account.source,
                "account": account.name,
                "stream": stream,
                "kind": wanted.kind,
                "mode": mode,
                "window_start": start,
                "window_end": end,
                "epoch": epoch,
                "taken_at": taken_at.isoformat(),
                "run_id": run_id,
                "complete": True,
                "source_total": total,
                "drift": _drift(projection),
                "requests": getattr(client, "session", client).requests,
                "seconds": round(time.monotonic() - began, 3),
            }
        )
    if projection.failures:
        log.error("%s %s: our own code fails on some records: %s", account.source, stream, _ours(projection))
    log.info(
        "%s %s: %d observations, %d put aside, %s counted by the source",
        account.source, stream, spool.lines, spool.put_aside, "none" if total is None else total,
    )  # fmt: skip
    return uri


def _told(account: Account, stream: Stream, *asked: Any) -> Iterator[Page]:
    """What the source says. Errors name the stream; Stop when an answer has a shape that nobody foresaw.

    Which shape is told by the place in our code, for the error's own words may quote the answer.
    """
    name = f"{account.source} {stream.name}"
    try:
        yield from stream.pull(*asked)
    except NightshiftError as known:
        if account.source not in str(known):
            known.args = (f"{name}: {known}",)
        raise
    except STRANGE as strange:
        raise Stop(
            f"{name}: an answer is not of the shape we know ({place_of(strange)}). Nothing of it was kept; when the next"
            " night says the same, the vendor has changed its API"
        ) from None


def _subjects(settings: Settings, query: str) -> list[str]:
    """What a vendor that lists nothing is asked about."""
    with connect(settings, "loader") as conn:
        return [row[0] for row in conn.execute(query).fetchall()]


def _spooled(spool: lake.Spool, projection: Projection, page: Page) -> Iterator[Line]:
    """Write a page into the lake; the lines that can be used, as they lie there. Of a record that our own code fails on,
    whatever the error, only its name is kept, so that it does not keep the others from landing."""
    for strange in page.bad:
        spool.add_bad(_bad(strange, strange.record))
    if page.scope is not None:
        try:
            line = projection.statement(page.scope, page.records)
        except Exception as error:
            spool.add_bad(_bad(projection.unusable(page.scope, error), page.scope))
            return
        spool.add(line.json())
        yield line
        return
    for some in _several(page.records):
        for record, usual in zip(some, projection.lines(some) or repeat(None), strict=False):
            try:
                line, person = usual or projection.record(record), projection.person(record)
            except Exception as error:
                bad = projection.unusable(record, error)
                spool.add_bad(_bad(bad, bad.record))
                continue
            spool.add(line.json())
            yield line
            if person:
                spool.add_person(dumps(person))


def _several(records: Iterable[Any]) -> Iterator[list[Any]]:
    waiting = iter(records)
    while some := list(islice(waiting, AT_ONCE)):
        yield some


def _bad(skipped: SkipRecord, scope: str) -> bytes:
    return dumps({"scope": scope, "field": skipped.field, "reason": skipped.reason})


def _ours(projection: Projection) -> str:
    return ", ".join(f"{place}: {times}" for place, times in projection.failures.most_common())


def _drift(projection: Projection) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {"path": path, "json_type": kind, "times": times}
        for (path, kind), times in sorted(projection.drift.items())
    ]
    if projection.stripped:
        found.append({"path": "$", "json_type": "unstorable character removed", "times": projection.stripped})
    return found


def stream_of(account: Account, name: str) -> Stream:
    """A stream of the account's source, by name. Stop when there is none."""
    try:
        return REGISTRY[account.source].stream(name)
    except KeyError as unknown:
        raise Stop(f"there is no such source or stream: {unknown}") from None


def refuse_past(stream: Stream, account: Account) -> None:
    """NotAskable for a stream whose vendor knows only the present."""
    if not stream.askable_past:
        raise NotAskable(f"{account.source} {stream.name} can only be asked for the present")


def ends(window: Window) -> tuple[str, str]:
    """Start and end as a manifest names them."""
    return window.start.isoformat(), window.end.isoformat()
