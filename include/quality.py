"""The two gates: thin doors to Great Expectations. Suites live in `expectations/`.

Great Expectations takes seconds to import: call these inside the build's task only.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from include.errors import GateFailed
from include.expecting import judged
from include.profile.loads import profile
from include.settings import Settings
from include.warehouse.connect import connect
from include.warehouse.nights import held_loads, hold_load, released_loads

if TYPE_CHECKING:
    from expectations.check import Check

log = logging.getLogger(__name__)
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
            + f" then make night. All results: {data_docs(settings, 'leaving')}"
        )


def data_docs(settings: Settings, gate: str) -> Path:
    """Where what failed in the newest night can be looked at in a browser; not there when nothing failed."""
    return settings.home / "gx" / gate / "index.html"


def _validate(settings: Settings, gate: str, build_id: int, checks: Iterable["Check"]) -> list[Failure]:
    """Run every check of a gate, write its pages and record each verdict in ops.gate_result."""
    found: list[tuple[Check, list[Failure]]] = []
    with connect(settings, "transformer", autocommit=True) as conn:
        for check, result in judged(conn, build_id, checks, data_docs(settings, gate).parent):
            found.append((check, list(_failures(check, result))))
    _record(settings, build_id, gate, found)
    return [failure for _, failures in found for failure in failures]


def _failures(check: "Check", result: Any) -> Iterator[Failure]:
    if isinstance(result, Exception):
        yield Failure(check.name, f"could not be checked ({result})", ())
        return
    for each in () if result is None else result.results:
        if not each.success:
            yield _failure(check, each)


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
    settings: Settings, build_id: int, gate: str, verdicts: Iterable[tuple["Check", list[Failure]]]
) -> None:
    rows = []
    for check, failures in verdicts:
        for failure in failures:
            log.warning("gate %s: %s", gate, failure)
        observed = {
            "expectations": len(check.expectations),
            "failures": [str(failure) for failure in failures],
        }
        rows.append((build_id, gate, check.name, check.row, not failures, orjson.dumps(observed).decode()))
    with connect(settings, "publisher") as conn:
        conn.cursor().executemany(
            """insert into ops.gate_result (build_id, gate, check_name, target, success, observed)
               values (%s, %s, %s, %s, %s, %s)""",
            rows,
        )
