"""A backfill that is killed goes on where it was: what has landed is not asked for again."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.backfill import journal
from include.backfill import plan as planning
from include.backfill.plan import Wish, plan
from include.backfill.telling import describe, expected_seconds
from include.backfill.work import do_windows, finish
from include.errors import Stop, Wait
from include.warehouse.connect import connect_admin
from tests.sources.company import account

WISH = Wish(("odoo",), date(2026, 2, 1), date(2026, 3, 8))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DEATHS = {
    "while a page is written": (
        "lake.Spool.add",
        "def dies(self, line):\n real(self, line); self._pages._flush(); kill() if landed() >= 5 else None\n",
    ),
    "after a window landed, before the journal knew": (
        "journal.landed",
        "def dies(*given):\n kill() if landed() >= 5 else real(*given)\n",
    ),
}


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "WINDOW_DAYS", 18)


@pytest.fixture
def odoo(company):
    return account(company, "odoo")


def begin(settings, odoo, wish=WISH):
    planned = plan(settings, wish, {"odoo": [odoo.name]}, NOW)
    return journal.begin(settings, wish, expected_seconds(settings, wish, planned))


@contextmanager
def requests_at(company):
    """How often each address of the sandbox is asked, by method and path, whoever asks."""
    faults, seen = company.sandbox.faults, Counter()
    real = faults.take

    def take(vendor, request=""):
        seen[request] += 1
        return real(vendor, request)

    faults.take = take
    try:
        yield seen
    finally:
        faults.take = real


def ask(settings, query, *values):
    with connect_admin(settings, settings.database) as conn:
        return conn.execute(query, values).fetchall()


def sent_for(settings, backfill_id) -> int:
    ((total,),) = ask(
        settings,
        "SELECT coalesce(sum(requests), 0) FROM raw.load_log WHERE run_id = %s",
        journal.run_id(backfill_id),
    )
    return total


def die(settings, odoo, backfill_id, where) -> None:
    """Do the windows in a process of its own that is killed (SIGKILL) in the middle."""
    what, how = DEATHS[where]
    code = f"""
import os, signal
from dataclasses import replace
from include import lake
from include.backfill import journal, work
from include.settings import load
from include.sources.base import Account
settings = replace(load(), lake={settings.lake!r})
real = {what}
def landed(): return journal.progress(settings, {backfill_id}).landed
def kill(): os.kill(os.getpid(), signal.SIGKILL)
{how}
{what} = dies
work.do_windows(settings, {backfill_id}, Account("odoo", {odoo.name!r}, {odoo.base_url!r}, {dict(odoo.credentials)!r}))
"""
    environment = {
        **os.environ,
        "NIGHTSHIFT_HOME": str(settings.home),
        "NIGHTSHIFT_WAREHOUSE_PORT": str(settings.port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": settings.database,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    died = subprocess.run([sys.executable, "-c", code], env=environment, check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


@pytest.mark.parametrize("where", DEATHS)
def test_a_killed_backfill_asks_only_for_what_had_not_landed(warehouse, company, odoo, where):
    begun = begin(warehouse, odoo)
    die(warehouse, odoo, begun.backfill_id, where)
    before = sent_for(warehouse, begun.backfill_id)
    again = begin(warehouse, odoo)
    assert again == replace(begun, resumed=True)
    assert 5 <= journal.progress(warehouse, begun.backfill_id).landed < 12
    with requests_at(company) as seen:
        do_windows(warehouse, begun.backfill_id, odoo)
    finish(warehouse, begun.backfill_id)
    undisturbed = begin(warehouse, odoo)
    assert not undisturbed.resumed, "what has ended begins anew"
    do_windows(warehouse, undisturbed.backfill_id, odoo)
    assert seen.total() == sent_for(warehouse, undisturbed.backfill_id) - before > 0
    windows = (
        "SELECT stream, window_start, window_end, records FROM raw.load_log WHERE run_id = %s ORDER BY 1, 2"
    )
    one, other = (ask(warehouse, windows, journal.run_id(each.backfill_id)) for each in (begun, undisturbed))
    assert one == other
    assert len(one) == 12


def test_what_failed_keeps_nothing_else_from_landing_and_is_named_at_the_end(
    warehouse, company, odoo, monkeypatch
):
    begun = begin(warehouse, odoo)
    real = planning.REGISTRY["odoo"]
    broken = replace(real.stream("products"), pull=_down)
    streams = tuple(broken if each.name == "products" else each for each in real.streams)
    with monkeypatch.context() as patch:
        patch.setitem(planning.REGISTRY, "odoo", replace(real, streams=streams))
        with pytest.raises(Wait, match="down"):
            do_windows(warehouse, begun.backfill_id, odoo)
    progress = journal.progress(warehouse, begun.backfill_id)
    assert (progress.landed, progress.windows) == (10, 12)
    with pytest.raises(Stop, match=r"2 windows did not land(.|\n)*odoo\.products"):
        finish(warehouse, begun.backfill_id)
    said = "\n".join(describe(warehouse, WISH, plan(warehouse, WISH, {"odoo": [odoo.name]}, NOW)))
    assert "takes up backfill" in said
    assert "10 of 12 windows" in said
    assert "together 2 windows" in said
    do_windows(warehouse, begun.backfill_id, odoo)
    assert finish(warehouse, begun.backfill_id).landed == 12


def _down(*_):
    raise Wait("down")
    yield


def test_another_span_or_other_sources_are_another_backfill(warehouse, odoo):
    begun = begin(warehouse, odoo)
    other = begin(warehouse, odoo, replace(WISH, last_day=date(2026, 3, 7)))
    assert other.backfill_id != begun.backfill_id
    assert not other.resumed


def test_an_account_that_came_or_went_meanwhile_is_taken_into_the_plan(warehouse, odoo):
    begun = begin(warehouse, odoo)
    planned = plan(warehouse, WISH, {"odoo": ["another"]}, NOW)
    journal.begin(warehouse, WISH, expected_seconds(warehouse, WISH, planned))
    assert {each.account for each in journal.pending(warehouse, begun.backfill_id)} == {"another"}


def test_progress_tells_minutes_left_from_what_windows_took(warehouse, odoo):
    begun = begin(warehouse, odoo)
    first, *_ = journal.pending(warehouse, begun.backfill_id)
    foretold = journal.progress(warehouse, begun.backfill_id).seconds_left
    ((expected,),) = ask(warehouse, "SELECT DISTINCT expected_seconds FROM ops.backfill_window")
    journal.landed(warehouse, begun.backfill_id, first, 12, 2 * expected)
    progress = journal.progress(warehouse, begun.backfill_id)
    assert (progress.landed, progress.rows) == (1, 12)
    assert progress.seconds_left == pytest.approx(2 * foretold * 11 / 12)
