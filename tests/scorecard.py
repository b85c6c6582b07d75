"""The scorecard: what was tried to break the product, and how often it held.

A test reports `record_property("score", json.dumps({"figure", "target", "tried", "survived", "seed"}))`. Rows of one
figure in one run are added up. docs/scorecard.md keeps a row per figure; one that was not measured this time keeps its
own date. The report of pytest brings the properties, also from xdist's workers.
"""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
SCORECARD = ROOT / "docs" / "scorecard.md"
PROPERTY = "score"
HEAD = """# Scorecard

What was tried to break Nightshift and how often it held, as `make prove` and `make chaos` measured it last. *Survived*
means: after one ordinary retry nothing was lost or doubled, and what was promised held. `make test` tries a small seeded
sample of the same and prints it.

| Figure | Target | Tried | Survived | Seed | Date | Machine |
|---|---|---:|---:|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One figure as measured once. `seed` lists several where several tests share the figure."""

    figure: str
    target: str
    tried: int
    survived: int
    seed: str
    date: str
    machine: str

    def markdown(self) -> str:
        cells = [str(value).replace("|", "/") for value in asdict(self).values()]
        return f"| {' | '.join(cells)} |"

    def __str__(self) -> str:
        return f"{self.figure}: {self.survived} of {self.tried} (seed {self.seed}, target {self.target})"


def measured(reports: Iterable[Any]) -> list[Row]:
    """The rows of one run, from pytest's reports of tests."""
    told: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        if report.when != "call":
            continue
        for name, value in report.user_properties:
            if name == PROPERTY:
                score = json.loads(value)
                told.setdefault(score["figure"], []).append(score)
    return [_row(figure, scores) for figure, scores in sorted(told.items())]


def merged(before: str, rows: Iterable[Row]) -> str:
    """The page with these rows in it; all others stay as they are."""
    kept = {row.figure: row for row in _read(before)} | {row.figure: row for row in rows}
    return HEAD + "".join(f"{kept[figure].markdown()}\n" for figure in sorted(kept))


def write(file: Path, rows: list[Row]) -> None:
    """Bring a page up to date; without rows nothing is touched."""
    if rows:
        file.write_text(merged(file.read_text() if file.exists() else "", rows), encoding="utf-8")


def _row(figure: str, scores: list[dict[str, Any]]) -> Row:
    seeds = sorted({"none" if score["seed"] is None else str(score["seed"]) for score in scores})
    return Row(
        figure=figure,
        target=str(scores[0]["target"]),
        tried=sum(score["tried"] for score in scores),
        survived=sum(score["survived"] for score in scores),
        seed=", ".join(seeds),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
    )


def machine() -> str:
    """What the figures of a run depend on."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"


def _read(text: str) -> Iterable[Row]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 7 and cells[2].isdigit():
            figure, target, tried, survived, *rest = cells
            yield Row(figure, target, int(tried), int(survived), *rest)
