"""From a vendor to raw: extract a window into the lake, then load it.

A task that dies anywhere is simply run again: an extraction without a manifest never existed, and one that was finished
but not loaded is loaded instead of asked for again.
"""

import logging
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from include import lake
from include.errors import Stop
from include.extract import ends, extract, refuse_past, stream_of
from include.settings import Settings
from include.sources.base import Account
from include.warehouse import load, nights
from include.warehouse.alongside import Alongside
from include.warehouse.connect import trouble
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
    refuse_past(stream_of(account, stream), account)
    for uri in _finished(settings, account, stream, run_id):
        manifest = lake.read_manifest(uri)
        is_wanted = (manifest["window_start"], manifest["window_end"]) == ends(window)
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
        whole = stream_of(account, stream).from_the_first
        start = BEGINNING if whole else history_start(settings, now)
    else:
        day_began = midnight(landed.astimezone(settings.timezone).date(), settings.timezone)
        start = min(day_began - stream_of(account, stream).overlap, end - NEWEST_SECOND)
    return Window(start, max(end, start + NEWEST_SECOND))


def history_start(settings: Settings, now: datetime) -> datetime:
    """Where the first night begins: NIGHTSHIFT_HISTORY_START (a company day), else 190 days ago."""
    given = os.environ.get("NIGHTSHIFT_HISTORY_START")
    try:
        day = date.fromisoformat(given) if given else (now.astimezone(settings.timezone) - HISTORY).date()
    except ValueError:
        raise Stop(f"NIGHTSHIFT_HISTORY_START is {given!r}; write a day, such as 2026-01-31") from None
    return midnight(day, settings.timezone)


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
    start, end = ends(window)
    of = {
        "source": account.source,
        "stream": stream,
        "account": account.name,
        "run_id": run_id,
        "mode": mode,
        "window_start": start,
        "window_end": end,
        "epoch": epoch,
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
