"""Where a process can be killed: before and after each call of a named step.

A step is written as it is looked up by its caller, 'module:name' or 'module:Class.method'; the product knows nothing of
it. Which calls there are is found by running the same work once undisturbed (`processes.trace`).
"""

import importlib
import os
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

from tests.chaos.amounts import dice

Moment = Literal["before", "after"]

EXTRACT = (
    "include.warehouse.load:next_epoch",
    "include.lake:clear_leftovers",
    "include.clients.session:Session.request",
    "include.privacy.projection:Projection.lines",
    "include.privacy.projection:Projection.statement",
    "include.lake.spool:Spool.__enter__",
    "include.lake.spool:Spool.add",
    "include.lake.spool:Spool.add_person",
    "include.lake.spool:_Pages._flush",
    "include.lake.spool:_OneFile.close",
    "include.lake.spool:write",
    "os:replace",
    "os:link",
    "include.lake.spool:Spool.finish",
    "include.lake.spool:Spool.__exit__",
)
LOAD = (
    "include.warehouse.alongside:connect",
    "include.warehouse.staging:Staging.add",
    "include.warehouse.staging:Staging._copy",
    "psycopg:Copy.write",
    "include.warehouse.alongside:Alongside.load",
    "include.warehouse.alongside:begin",
    "include.warehouse.alongside:load_staged",
    "include.warehouse.load:serialise",
    "include.warehouse.load:_loaded_before",
    "include.warehouse.load:_load",
    "include.warehouse.staging:Staging.settle",
    "include.warehouse.load:record",
    "include.warehouse.load:quarantine",
    "include.warehouse.load:note_drift",
    "include.warehouse.load:load_vault",
    "include.warehouse.load:advance",
    "psycopg:Transaction.__exit__",
    "psycopg:Connection.commit",
    "include.lake:delete_vault",
    "include.warehouse.load:_done",
    "include.pull:_pulled",
)
PUBLISH = (
    "include.warehouse.build:take_lock",
    "include.warehouse.build:_bury_the_dead",
    "include.warehouse.build:freeze",
    "include.warehouse.build:_forget_old_freezes",
    "tests.chaos.jobs:make",
    "tests.chaos.jobs:publish",
    "include.warehouse.publish:_publish",
    "include.warehouse.publish:add_missing_columns",
    "include.warehouse.definitions:_columns",
    "include.warehouse.definitions:_refuse_other_types",
    "include.warehouse.publish:_claim",
    "include.warehouse.publish:create_missing_tables",
    "include.warehouse.publish:_rows_before",
    "include.warehouse.publish:_kept_promises",
    "include.warehouse.publish:_bring",
    "include.warehouse.publish:_bring_part",
    "include.warehouse.publish:comment",
    "include.warehouse.publish:_record",
    "include.warehouse.publish:_analyse",
    "include.warehouse.build:fail",
    "psycopg:Connection.commit",
)
BUILD = (
    "include.dbt_runner:run",
    "include.dbt_runner:mark_full_refresh",
    "dbt.adapters.sql.connections:SQLConnectionManager.add_query",
    "dbt.adapters.sql.connections:SQLConnectionManager.commit",
    "tests.warehouse.dbt:call_published",
)
SEND = (
    "include.activation.facts:check_day",
    "include.activation.drafts:withdrawn",
    "include.activation.ledger:plan",
    "include.activation.cycles:follow",
    "include.activation.ledger:claim",
    "include.activation.claims:_mark",
    "include.activation.drafts:make",
    "include.activation.cycles:confirmed",
    "include.clients.session:Session.request",
    "include.activation.destinations.smtp:Mail.send",
    "include.activation.destinations.smtp:Mail._handed_over",
    "include.activation.membership:may_be_there",
    "include.activation.membership:confirm_added",
    "include.activation.membership:confirm_removed",
    "include.activation.batches:plan",
    "include.activation.ledger:record",
    "include.activation.reports.morning:write",
    "psycopg:Connection.commit",
)


@dataclass(frozen=True)
class Point:
    """Before or after the n-th call of a step."""

    step: str
    call: int
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} {self.step.rpartition(':')[2]} #{self.call}"


def points(calls: Mapping[str, int], many: int, *what: Any) -> list[Point]:
    """So many points of the calls that a trace found: every step before and after first, then chance.

    Fewer when there are no more. `what` names the draw.
    """
    chance = dice("points", *what)
    called = sorted(step for step, times in calls.items() if times)
    first = [
        Point(step, chance.randint(1, calls[step]), moment)
        for step in called
        for moment in ("before", "after")
    ]
    every = {
        Point(step, n, m) for step in called for n in range(1, calls[step] + 1) for m in ("before", "after")
    }
    others = sorted(every - set(first), key=str)
    chance.shuffle(first)
    return [*first, *_some(others, many - len(first), chance)][:many]


def watch(steps: Iterable[str], told: Callable[[str, int, Moment], None]) -> None:
    """From now on `told(step, call, moment)` is called around every call of these steps, in this process."""
    for step in steps:
        module, _, path = step.partition(":")
        owner: Any = importlib.import_module(module)
        *outer, name = path.split(".")
        for each in outer:
            owner = getattr(owner, each)
        setattr(owner, name, _watched(step, getattr(owner, name), told))


def signal_at(point: Point, number: int) -> None:
    """Signal this process at a point."""

    def told(step: str, call: int, moment: Moment) -> None:
        if (call, moment) == (point.call, point.moment):
            os.kill(os.getpid(), number)

    watch([point.step], told)


def _watched(
    step: str, real: Callable[..., Any], told: Callable[[str, int, Moment], None]
) -> Callable[..., Any]:
    calls = 0

    @wraps(real)
    def watched(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        call = calls
        told(step, call, "before")
        result = real(*args, **kwargs)
        told(step, call, "after")
        return result

    return watched


def _some(of: Sequence[Point], many: int, chance: random.Random) -> list[Point]:
    return chance.sample(of, max(0, min(many, len(of))))
