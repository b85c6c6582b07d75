"""What a surprise is, and what is known of the loads before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.profile.measures import Measures

FEWEST_RECORDS = 8
"""Of fewer records nothing is said of shares and words: five products without a barcode are five products."""
FEWEST_LOADS = 7
FEWEST_KNOWN = 30
"""Records of all loads before, taken together."""


@dataclass(frozen=True)
class Surprise:
    """`by` is the distance in units of what is allowed: above 1 is out of the ordinary."""

    measure: str
    what: str
    came: str
    usual: str
    by: float

    def __str__(self) -> str:
        return f"{self.what} {self.came}, usually {self.usual}"


@dataclass(frozen=True)
class Past:
    """A load before: its measures, whether its window was as long as tonight's, and whether a person let it in."""

    measures: Measures
    comparable: bool
    released: bool = False


Known = Sequence[tuple[Past, dict[str, Any]]]


def having(name: str, known: Known) -> list[tuple[Past, dict[str, Any]]]:
    return [(load, told) for load, told in known if name in told]


def enough(known: Known) -> bool:
    """Nobody knows what is usual before a week of loads; our own first drafts and lists are news to all."""
    return len(known) >= FEWEST_LOADS and sum(told["records"] for _, told in known) >= FEWEST_KNOWN


def many_of(known: Known) -> list[dict[str, Any]]:
    """The loads whose share is more than chance."""
    return [told for _, told in known if told["held"] >= FEWEST_RECORDS / 2]


def answered(value: float, name: str, known: Known, near: float) -> bool:
    """A load that a person released looked like this one."""
    return any(load.released and abs(told[name] - value) <= near for load, told in known)
