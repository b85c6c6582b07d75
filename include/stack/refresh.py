"""`make full-refresh`: every model again from all accepted loads; what it will cost, then how far it is."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from include.settings import Settings
from include.stack.building import CHECKING, how_far
from include.stack.display import Display
from include.stack.stack import Stack
from include.warehouse.connect import connect

STEP = "full refresh"
TICK = 5.0


@dataclass(frozen=True)
class Foretold:
    """Stored versions per stream that will be shredded, and how long that takes, by the last full build; None before
    the first."""

    versions: dict[str, int]
    seconds: float | None
    measured_on: int | None

    def lines(self) -> list[str]:
        """As text: a line per stream, then the sum."""
        width = max((len(name) for name in self.versions), default=0)
        total = sum(self.versions.values())
        lines = [f"{name.ljust(width)}  {count:>12,}" for name, count in self.versions.items()]
        lines.append(f"{'together'.ljust(width)}  {total:>12,} stored versions of records to be shredded")
        if self.seconds is None:
            return [*lines, "how long that takes has not been measured yet: nothing has been published"]
        return [
            *lines,
            f"about {self.seconds / 60:.1f} min, from the last full build with {self.measured_on or 0:,} versions",
        ]


def foretell(settings: Settings) -> Foretold:
    """Count what is stored, and scale what the newest full build took."""
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            "SELECT source || '.' || stream, sum(new_payloads)::bigint FROM raw.load_log WHERE status <> 'held'"
            " GROUP BY 1 HAVING sum(new_payloads) > 0 ORDER BY 1"
        ).fetchall()
        last = conn.execute(
            "SELECT extract(epoch FROM ended_at - started_at)::float, ("
            "  SELECT coalesce(sum(new_payloads), 0)::bigint FROM raw.load_log AS load"
            "  WHERE load.loaded_at <= build.started_at AND load.status <> 'held')"
            " FROM ops.build AS build WHERE status = 'published' AND full_refresh ORDER BY build_id DESC LIMIT 1"
        ).fetchone()
    versions: dict[str, int] = dict(rows)
    if not last:
        return Foretold(versions, None, None)
    grown = sum(versions.values()) / last[1] if last[1] else 1.0
    return Foretold(versions, last[0] * grown, last[1])


def run_full_refresh(stack: Stack, console: Console, dry_run: bool) -> int:
    """Say what it costs; then, unless that was all, build in this process as of the newest published day."""
    settings = stack.settings
    foretold = foretell(settings)
    for line in foretold.lines():
        console.print(line, markup=False, highlight=False)
    if dry_run:
        return 0
    from include.night import build_and_publish
    from include.warehouse.nights import pending_build

    # dbt reads the warehouse's address from the environment.
    os.environ.update(stack.variables(stack.facts()))
    day = pending_build(settings, stack.day, [], called=True).as_of_day
    with Display([STEP], console) as display, _telling(display, settings, foretold):
        night = build_and_publish(settings, day, full_refresh=True)
        display.set(STEP, "done", f"published {len(night.publication.tables)} tables as of {day}")
    for sentence in night.held:
        console.print(f"[yellow]{sentence}[/]")
    return 0


@contextmanager
def _telling(display: Display, settings: Settings, foretold: Foretold) -> Iterator[None]:
    """Say every few seconds how far the build is, until it has ended."""
    over = threading.Event()
    began = time.time()

    def tell() -> None:
        while not over.wait(TICK):
            left = _left(foretold.seconds, time.time() - began)
            display.set(STEP, "running", ", ".join(filter(None, [how_far(settings), left])))

    display.set(STEP, "running", CHECKING)
    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    except BaseException:
        over.set()
        teller.join()
        display.unfinished()
        raise
    over.set()
    teller.join()


def _left(foretold: float | None, elapsed: float) -> str:
    if foretold is None:
        return ""
    return f"{(foretold - elapsed) / 60:.1f} min left" if elapsed < foretold else "longer than foretold"
