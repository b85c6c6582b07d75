"""The two gates: thin doors to Great Expectations. Suites live in `expectations/`.

Great Expectations takes seconds to import: call these inside the build's task only.
"""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from include.errors import GateFailed
from include.profile.loads import profile
from include.settings import Settings
from include.warehouse.connect import connect
from include.warehouse.nights import held_loads, hold_load, released_loads

if TYPE_CHECKING:
    from expectations.check import Check

log = logging.getLogger(__name__)
# while it is imported it tells of every function it registers: hundreds of lines before the first check
logging.getLogger("great_expectations").setLevel(logging.WARNING)
_MOST_ROWS_SHOWN = 20


@dataclass(frozen=True)
class Failure:
    """One expectation that did not hold, and the rows (by the check's `row` column) where it did not."""

    check: str
    expectation: str
    rows: tuple[str, ...]
    told: tuple[str, ...] = ()
    """What each row says of itself, where the check has words for it."""

    def __str__(self) -> str:
        if self.told:
            return f"{self.check}: " + "; ".join(self.told[:_MOST_ROWS_SHOWN])
        shown = ", ".join(dict.fromkeys(self.rows[:_MOST_ROWS_SHOWN])) or "the table as a whole"
        return f"{self.check}: {self.expectation} for {shown}"

    def reasons(self) -> dict[int, list[str]]:
        """Load → why it is held."""
        why: dict[int, list[str]] = {}
        for row, told in zip(self.rows, self.told or [self.expectation] * len(self.rows), strict=True):
            why.setdefault(int(row), []).append(told)
        return {load: [f"{self.check}: {_counted(told)}"] for load, told in why.items()}


def _counted(told: list[str]) -> str:
    """Each thing told once, with how often where that is more."""
    often = Counter(told).items()
    return "; ".join(f"{words} ({many} times)" if many > 1 else words for words, many in often)


_WORDS = {
    "expect_column_values_to_not_be_null": "{column} is missing",
    "expect_column_values_to_be_in_set": "{column} is none of those we know",
    "expect_column_values_to_match_regex": "{column} is not written as it should be",
    "expect_column_values_to_be_between": "{column} is out of its range",
    "expect_column_pair_values_to_be_equal": "{column_A} is not {column_B}",
    "expect_column_pair_values_a_to_be_greater_than_b": "{column_A} is less than {column_B}",
}


def check_entering(settings: Settings, build_id: int) -> list[str]:
    """Hold every new load of the build that fails its gate; returns one sentence per load held.

    Held loads leave the running build's frozen set, so it uses what was accepted before. What a person released is not
    held again. Raises GateFailed when something could not be checked: nobody knows then what came in.
    """
    from expectations import entering

    profile(settings, build_id)
    failures = _validate(settings, "entering", build_id, entering.CHECKS)
    unchecked = [failure for failure in failures if not failure.rows]
    if unchecked:
        raise GateFailed("what came in could not be checked:\n  " + "\n  ".join(map(str, unchecked)))
    reasons: dict[int, list[str]] = {}
    for failure in failures:
        for load_id, why in failure.reasons().items():
            reasons.setdefault(load_id, []).extend(why)
    for load_id in reasons.keys() - released_loads(settings):
        hold_load(settings, load_id, "; ".join(reasons[load_id]))
    return [
        f"load {load_id} of {source}.{stream} ({account}) is held: {reason}."
        f" If it is right after all: make release LOAD={load_id}"
        for load_id, source, account, stream, reason in held_loads(settings)
        if load_id in reasons
    ]


def check_leaving(settings: Settings, build_id: int) -> None:
    """Raises GateFailed, naming every check and row that failed, when the build must not be published."""
    from expectations import leaving

    failures = _validate(settings, "leaving", build_id, leaving.CHECKS)
    if failures:
        raise GateFailed(
            "the marts were not published, readers keep the last good ones:\n  "
            + "\n  ".join(map(str, failures))
            + "\nLook at the loads of the night (make status), keep out the one that is wrong (make hold LOAD=...),"
            + f" then make night. All results: {data_docs(settings)}"
        )


def data_docs(settings: Settings) -> Path:
    """Where the newest night's results can be read in a browser."""
    return settings.home / "gx" / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"


def _validate(settings: Settings, gate: str, build_id: int, checks: Iterable["Check"]) -> list[Failure]:
    """Run every check of a gate, build the data docs and record each result in ops.gate_result."""
    import great_expectations as gx
    from great_expectations.checkpoint.actions import UpdateDataDocsAction

    checks = list(checks)
    context = _context(settings, fresh=gate == "entering")
    source = context.data_sources.add_or_update_postgres(
        name=f"warehouse_{gate}", connection_string="${NIGHTSHIFT_GX_DSN}", create_temp_table=True
    )
    definitions = [
        context.validation_definitions.add_or_update(
            gx.ValidationDefinition(
                name=f"{gate}_{check.name}",
                data=source.add_query_asset(
                    check.name, f"select * from ({check.query.format(build_id=build_id)}) as checked"
                ).add_batch_definition_whole_table("night"),
                suite=context.suites.add_or_update(
                    gx.ExpectationSuite(
                        name=f"{gate}_{check.name}", expectations=[copy(each) for each in check.expectations]
                    )
                ),
            )
        )
        for check in checks
    ]
    failures: list[Failure] = []
    for check, definition in zip(checks, definitions, strict=True):
        checkpoint = context.checkpoints.add_or_update(
            gx.Checkpoint(
                name=f"{gate}_{check.name}",
                validation_definitions=[definition],
                actions=[UpdateDataDocsAction(name="docs")] if check is checks[-1] else [],
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": [check.row, check.tells] if check.tells else [check.row],
                    "return_unexpected_index_query": False,
                },
            )
        )
        (result,) = checkpoint.run().run_results.values()
        failures += [_failure(check, each) for each in result.results if not each.success]
        _record(settings, build_id, gate, check, failures, result)
    return failures


def _failure(check: "Check", result: Any) -> Failure:
    config = result.expectation_config
    error = (result.exception_info or {}).get("exception_message")
    if error:
        return Failure(check.name, f"could not be checked ({error})", ())
    unexpected = result.result.get("unexpected_index_list") or []
    rows = tuple(str(each[check.row]) for each in unexpected)
    told = tuple(str(each[check.tells]) for each in unexpected) if check.tells else ()
    return Failure(check.name, _WORDS.get(config.type, config.type).format(**config.kwargs), rows, told)


def _record(
    settings: Settings, build_id: int, gate: str, check: "Check", failures: list[Failure], result: Any
) -> None:
    mine = [failure for failure in failures if failure.check == check.name]
    observed = {"expectations": len(result.results), "failures": [str(failure) for failure in mine]}
    with connect(settings, "publisher") as connection:
        connection.execute(
            """insert into ops.gate_result (build_id, gate, check_name, target, success, observed)
               values (%s, %s, %s, %s, %s, %s)""",
            (build_id, gate, check.name, check.row, not mine, orjson.dumps(observed).decode()),
        )
    for failure in mine:
        log.warning("gate %s: %s", gate, failure)


def _context(settings: Settings, fresh: bool) -> Any:
    import great_expectations as gx

    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["NIGHTSHIFT_GX_DSN"] = settings.dsn("transformer").replace(
        "postgresql://", "postgresql+psycopg2://", 1
    )
    root = settings.home / "gx"
    if fresh:
        shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    context = gx.get_context(mode="file", project_root_dir=str(root))
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    return context
