"""Benchmarks: `python -m tests.bench [SECTION…]`, see `tests.bench.__main__`.

A section is a module of this package, listed in `SECTIONS`, with

    def run(console: rich.console.Console, size: Size) -> list[Row]

which measures side by side, in one run, and returns ratios (rows with a goal) and what lies behind them (without one).
"""

from dataclasses import dataclass
from statistics import median
from typing import Literal

SECTIONS = ("load", "night", "backfill", "orchestration")
"""Names of modules here, in the order they are run."""

LONGEST = "longest"
"""The section that nobody runs who has not asked for it by name or by `--prove`."""

Size = Literal["quick", "full"]
"""`quick` runs the whole machinery on next to nothing, for tests; its figures mean nothing."""


@dataclass(frozen=True)
class Row:
    """One figure: the median of `values`, with its goal where it has one. `why_not` stands in when nothing was measured."""

    what: str
    values: tuple[float, ...] = ()
    unit: str = "×"
    at_most: float | None = None
    at_least: float | None = None
    why_not: str = ""

    @property
    def has_goal(self) -> bool:
        return self.at_most is not None or self.at_least is not None

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def met(self) -> str:
        """'yes', 'NO', or 'not measured'."""
        if not self.values:
            return "not measured"
        good = (self.at_most is None or self.median <= self.at_most) and (
            self.at_least is None or self.median >= self.at_least
        )
        return "yes" if good else "NO"

    @property
    def measured(self) -> str:
        """'1.43 × (1.38 to 1.51, 7 rounds)'."""
        if not self.values:
            return f"not measured: {self.why_not}"
        text = f"{number(self.median)} {self.unit}"
        if len(self.values) == 1:
            return text
        return f"{text} ({number(min(self.values))} to {number(max(self.values))}, {len(self.values)} rounds)"

    @property
    def goal(self) -> str:
        most = f"at most {number(self.at_most)} {self.unit}" if self.at_most is not None else ""
        least = f"at least {number(self.at_least)} {self.unit}" if self.at_least is not None else ""
        return " and ".join(filter(None, (least, most)))


def number(value: float) -> str:
    """Three digits that count: 1234, 12.3, 1.23."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
