"""The page of proofs: each with whether it held, how long it took and when, and what it tried in its own words.

A test tells what it tried by `record_property("tried", ...)`. A proof that was not run this time keeps its row and its words;
one that is no more goes when the whole page is written anew.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.scorecard import machine

PROPERTY = "tried"
HEAD = """# Proofs

What `make prove` tried, when it was last tried, and what came of it. `make test` tries a small seeded sample of the same.

| Proof | Held | Seconds | Date | Machine |
|---|---|---:|---|---|
"""
_ROW = re.compile(r"\| (.+) \| (yes|no) \| (\d+) \| ([\d-]+) \| (.+) \|")


@dataclass(frozen=True)
class Proof:
    """One proof as run once. `tried` are its own words, in Markdown."""

    name: str
    held: bool
    seconds: int
    date: str
    machine: str
    tried: str = ""

    def row(self) -> str:
        held = "yes" if self.held else "no"
        return f"| {self.name} | {held} | {self.seconds} | {self.date} | {self.machine} |\n"


def proved(reports: Iterable[Any]) -> dict[str, Proof]:
    """The proofs of one run by their names, from pytest's reports; one that broke before or after it ran did not hold."""
    found: dict[str, Proof] = {}
    for report in reports:
        name = _name(report.nodeid)
        if report.when != "call" and report.passed:
            continue
        found[name] = Proof(
            name,
            report.passed and name not in found,
            round(report.duration),
            f"{datetime.now(UTC):%Y-%m-%d}",
            machine(),
            "\n\n".join(str(value) for key, value in report.user_properties if key == PROPERTY),
        )
    return found


def page(proofs: Mapping[str, Proof]) -> str:
    """The page, by name."""
    ordered = [proofs[name] for name in sorted(proofs)]
    words = [f"\n## {each.name}\n\n{each.tried}\n" for each in ordered if each.tried]
    return HEAD + "".join(each.row() for each in ordered) + "".join(words)


def read(text: str) -> dict[str, Proof]:
    """The proofs of a page."""
    table, *sections = text.split("\n## ")
    rows = filter(None, map(_ROW.fullmatch, table.splitlines()))
    found = {
        name: Proof(name, held == "yes", int(seconds), date, where)
        for name, held, seconds, date, where in (row.groups() for row in rows)
    }
    for section in sections:
        name, _, words = section.partition("\n")
        if name in found:
            found[name] = replace(found[name], tried=words.strip())
    return found


def write(file: Path, proofs: Mapping[str, Proof], whole: bool) -> None:
    """Bring the page up to date; `whole` forgets what was not run."""
    before = read(file.read_text(encoding="utf-8")) if file.exists() and not whole else {}
    if proofs:
        file.write_text(page({**before, **proofs}), encoding="utf-8")


def _name(nodeid: str) -> str:
    """`tests/x.py::test_a_rule_holds[one]` is 'a rule holds (one)'."""
    name, _, parameter = nodeid.rpartition("::")[2].removeprefix("test_").partition("[")
    words = name.replace("_", " ") + (f" ({parameter.removesuffix(']')})" if parameter else "")
    return words.replace("|", "/")
