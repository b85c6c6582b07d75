"""From a vendor to raw: extract a window into the lake, then load it.

A task that dies anywhere is simply run again: an extraction without a manifest never existed, and one that was finished
but not loaded is loaded instead of asked for again.
"""

import logging
import os
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from include import lake
from include.clients.json import dumps
from include.collector import rare_collections
from include.errors import NightshiftError, NotAskable, SkipRecord, Stop
from include.privacy.projection import Line, Projection
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import STRANGE, Account, Page, Stream
from include.warehouse import load, nights
from include.warehouse.alongside import Alongside
from include.warehouse.connect import connect, trouble
from include.window import Window, midnight

log = logging.getLogger(__name__)

SAFETY_LAG = timedelta(minutes=5)
"""How far a window stays behind the clock: vendors show what happened a little later, and clocks differ."""

HISTORY = timedelta(days=190)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
NEWEST_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Pulled:
    """What a pull brought; `uri` is its manifest."""

    records: int
    new_payloads: int
    quarantined: int
    window: Window
    uri: str


@trouble("pulling")
def pull(
    settings: Settings,
    account: Account,
    stream: str,
    *,
    run_id: str,
    now: datetime | None = None,
    retry: bool = False,
) -> Pulled:
    """The nightly window; see `nightly_window`. A week asleep is one long window.

    A `retry` asks the vendor nothing when this run has landed the stream: some quotas do not reach for twice a night.
    Raises what `extract` raises, and Wait when the warehouse is away.
    """
    waiting = _finished(settings, account, stream, run_id)
    for uri in waiting:
        result = _loaded(settings, uri)
        if result and (not result.already or (retry and uri == waiting[-1])):
            return _pulled(result, uri)
    window = nightly_window(settings, account, stream, now or datetime.now(UTC))
    return _extract_and_load(settings, account, stream, window, run_id, "nightly", now)


@trouble("pulling the past")
def pull_past(settings: Settings, account: Account, stream: str, window: Window, *, run_id: str) -> Pulled:
    """A past window, beside the nightly ones: the cursor stays. NotAskable when the vendor only knows the present."""
    _ask_for_past(_stream(account, stream), account)
    for uri in _finished(settings, account, stream, run_id):
        manifest = lake.read_manifest(uri)
        is_wanted = (manifest["window_start"], manifest["window_end"]) == _ends(window)
        if is_wanted and (result := _loaded(settings, uri)):
            return _pulled(result, uri)
    return _extract_and_load(settings, account, stream, window, run_id, "backfill")


def nightly_window(settings: Settings, account: Account, stream: str, now: datetime) -> Window:
    """From the company midnight before the stream last landed, minus its overlap, until a safe moment ago.

    Landed until 21 November 10:00 in New York, an overlap of ten minutes, now the 22nd at 02:00: from the 20th at 23:50
    to the 22nd at 01:55. Beginning at midnight costs a second look at a few hours and forgives vendors that lag.
    """
    landed = nights.landed_until(settings, account.source, account.name, stream)
    end = (now - SAFETY_LAG).replace(microsecond=0)
    if landed is None:
        whole = _stream(account, stream).from_the_first
        start = BEGINNING if whole else history_start(settings, now)
    else:
        day_began = midnight(landed.astimezone(settings.timezone).date(), settings.timezone)
        start = min(day_began - _stream(account, stream).overlap, end - NEWEST_SECOND)
    return Window(start, max(end, start + NEWEST_SECOND))


def history_start(settings: Settings, now: datetime) -> datetime:
    """Where the first night begins: NIGHTSHIFT_HISTORY_START (a company day), else 190 days ago."""
    given = os.environ.get("NIGHTSHIFT_HISTORY_START")
    try:
        day = date.fromisoformat(given) if given else (now.astimezone(settings.timezone) - HISTORY).date()
    except ValueError:
        raise Stop(f"NIGHTSHIFT_HISTORY_START is {given!r}; write a day, such as 2026-01-31") from None
    return midnight(day, settings.timezone)


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

    What is spooled is staged `alongside`. `mode` is 'nightly' or 'backfill'; `epoch` was taken before. Raises NotAskable for the past of a snapshot, Wait,
    FixCredentials or Stop as the vendor answers; then nothing is left in the lake. Records that cannot be used are
    put aside and counted, not raised.
    """
    wanted = _stream(account, stream)
    if mode != "nightly":
        _ask_for_past(wanted, account)
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
        total = None
        for page in _told(account, wanted, client, window, *subjects):
            total = page.total if page.total is not None else total
            for line in _spooled(spool, projection, page):
                if alongside:
                    alongside.add(line.scope, line.updated_at, line.payload, line.rows)
        start, end = _ends(window)
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
        place = traceback.extract_tb(strange.__traceback__)[-1]
        raise Stop(
            f"{name}: an answer is not of the shape we know ({type(strange).__name__} at"
            f" {Path(place.filename).name}:{place.lineno}). Nothing of it was kept; when the next night says the same,"
            " the vendor has changed its API"
        ) from None


def _subjects(settings: Settings, query: str) -> list[str]:
    """What a vendor that lists nothing is asked about."""
    with connect(settings, "loader") as conn:
        return [row[0] for row in conn.execute(query).fetchall()]


def _spooled(spool: lake.Spool, projection: Projection, page: Page) -> Iterator[Line]:
    """Write a page into the lake; the lines that can be used, as they lie there."""
    for strange in page.bad:
        spool.add_bad(_bad(strange, strange.record))
    if page.scope is not None:
        try:
            line = projection.statement(page.scope, page.records)
        except SkipRecord as bad:
            spool.add_bad(_bad(bad, page.scope))
            return
        spool.add(line.json())
        yield line
        return
    for record in page.records:
        try:
            line, person = projection.record(record), projection.person(record)
        except SkipRecord as bad:
            spool.add_bad(_bad(bad, bad.record))
            continue
        spool.add(line.json())
        yield line
        if person:
            spool.add_person(dumps(person))


def _bad(skipped: SkipRecord, scope: str) -> bytes:
    return dumps({"scope": scope, "field": skipped.field, "reason": skipped.reason})


def _drift(projection: Projection) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {"path": path, "json_type": kind, "times": times}
        for (path, kind), times in sorted(projection.drift.items())
    ]
    if projection.stripped:
        found.append({"path": "$", "json_type": "unstorable character removed", "times": projection.stripped})
    return found


def _extract_and_load(
    settings: Settings,
    account: Account,
    stream: str,
    window: Window,
    run_id: str,
    mode: str,
    now: datetime | None = None,
) -> Pulled:
    epoch = load.next_epoch(settings)
    start, end = _ends(window)
    of = {
        "source": account.source,
        "stream": stream,
        "account": account.name,
        "run_id": run_id,
        "mode": mode,
        "window_start": start,
        "window_end": end,
    }
    with Alongside(settings, of) as alongside:
        uri = extract(settings, account, stream, window, run_id, mode, epoch, now, alongside)
        return _pulled(alongside.load(uri), uri)


def _pulled(result: load.LoadResult, uri: str) -> Pulled:
    manifest = lake.read_manifest(uri)
    window = Window(*(datetime.fromisoformat(manifest[end]) for end in ("window_start", "window_end")))
    return Pulled(result.records, result.new_payloads, result.quarantined, window, uri)


def _finished(settings: Settings, account: Account, stream: str, run_id: str) -> list[str]:
    """Extractions this run has finished before, perhaps in an attempt that died while loading."""
    return lake.manifests(settings.lake, account.source, account.name, stream, run_id)


def _loaded(settings: Settings, uri: str) -> load.LoadResult | None:
    """What loading a finished extraction gives; None when it was damaged, as by a power cut: then it is gone."""
    try:
        return load.load_manifest(settings, uri)
    except lake.Damaged as damage:
        log.warning("the vendor is asked again: %s", damage)
        lake.delete(uri)
        return None


def _stream(account: Account, name: str) -> Stream:
    try:
        return REGISTRY[account.source].stream(name)
    except KeyError as unknown:
        raise Stop(f"there is no such source or stream: {unknown}") from None


def _ask_for_past(stream: Stream, account: Account) -> None:
    if not stream.askable_past:
        raise NotAskable(f"{account.source} {stream.name} can only be asked for the present")


def _ends(window: Window) -> tuple[str, str]:
    return window.start.isoformat(), window.end.isoformat()
