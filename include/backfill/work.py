"""Doing a backfill: one window after the other, each noted in the journal once it has landed.

A process that dies anywhere is run again: what has landed is in the journal, what was spooled and not loaded is in the
lake under the backfill's name, and only the window it died in is asked for a second time.
"""

import logging
import time

from include.backfill import journal
from include.backfill.plan import PastWindow
from include.backfill.replay import replay
from include.errors import NightshiftError, Stop, Wait
from include.pull import pull_past
from include.settings import Settings
from include.sources.base import Account

log = logging.getLogger(__name__)


def do_windows(settings: Settings, backfill_id: int, account: Account) -> int:
    """Pull, or replay, the windows of an account that have not landed yet; returns the records seen.

    A window that fails keeps no other from landing; the first error is raised at the end, one that only has to wait
    before all others.
    """
    records, failed, from_lake = 0, list[Exception](), journal.is_replay(settings, backfill_id)
    for wanted in journal.pending(settings, backfill_id):
        if (wanted.source, wanted.account) != (account.source, account.name):
            continue
        try:
            records += _do(settings, backfill_id, account, wanted, from_lake)
        except Exception as error:
            known = isinstance(error, NightshiftError)
            log.error("%s %s: %s", wanted.stream, wanted.window, error, exc_info=None if known else error)
            failed.append(error)
    if failed:
        raise next((error for error in failed if isinstance(error, Wait)), failed[0])
    return records


def finish(settings: Settings, backfill_id: int) -> journal.Progress:
    """End the backfill. Raises Stop, naming the windows, when some have not landed: then it can be taken up again."""
    left = journal.pending(settings, backfill_id)
    if left:
        names = "\n".join(f"{each.source}.{each.stream} of {each.account}: {each.window}" for each in left)
        raise Stop(f"{len(left)} windows did not land; the same backfill again asks for these only:\n{names}")
    journal.end(settings, backfill_id)
    return journal.progress(settings, backfill_id)


def _do(settings: Settings, backfill_id: int, account: Account, wanted: PastWindow, from_lake: bool) -> int:
    began = time.monotonic()
    if from_lake:
        records, _ = replay(settings, wanted)
    else:
        name = journal.run_id(backfill_id)
        records = pull_past(settings, account, wanted.stream, wanted.window, run_id=name).records
    journal.landed(settings, backfill_id, wanted, records, time.monotonic() - began)
    log.info("%s %s: %s", wanted.stream, wanted.window, journal.progress(settings, backfill_id))
    return records
