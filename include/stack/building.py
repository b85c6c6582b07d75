"""How far the running build is, and when one was last published, for whoever waits for it."""

import re
from datetime import date, datetime
from pathlib import Path

from include.settings import Settings
from include.warehouse.connect import connect

CHECKING = "checking what came in"
DONE = re.compile(rb"(\d+) of (\d+) (?:OK|PASS|WARN|SKIP|NO-OP)")
INVOKED = b"Running with dbt="
LOG_END = 20_000  # bytes


def how_far(settings: Settings) -> str:
    """'checking what came in', '12 of 389 models and tests', 'checking what goes out, publishing'; '' when none is."""
    with connect(settings, "publisher") as conn:
        row = conn.execute(
            "SELECT extract(epoch FROM started_at)::float FROM ops.build WHERE status = 'running' ORDER BY build_id DESC LIMIT 1"
        ).fetchone()
    return _done(settings.home / "dbt" / "logs" / "dbt.log", row[0]) if row else ""


def published_at(settings: Settings, day: date) -> datetime | None:
    """When marts as of `day` (or later) were last published."""
    with connect(settings, "publisher") as conn:
        row = conn.execute(
            "SELECT max(ended_at) FROM ops.build WHERE status = 'published' AND as_of_day >= %s", [day]
        ).fetchone()
    return row[0] if row else None


def _done(log: Path, since: float) -> str:
    """How many of dbt's nodes are done, by the end of its log, once it writes one."""
    try:
        if log.stat().st_mtime < since:
            return CHECKING
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_END))
            found = DONE.findall(file.read().rpartition(INVOKED)[2])
    except FileNotFoundError:
        return CHECKING
    if not found:
        return "building"
    of = int(found[-1][1])
    done = max(int(number) for number, all_of_them in found if int(all_of_them) == of)
    return f"{done} of {of} models and tests" if done < of else "checking what goes out, publishing"
