"""Whether many numbers, or many instants, are all written as nearly all are: asked of all at once, at C's speed.

What is written otherwise need not be wrong: the projection's walk looks at its record, and knows what to say.
"""

import re
from collections import deque
from collections.abc import Callable, Set
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from msgspec import UNSET, UnsetType

from include.privacy.values import INSTANT, LARGEST, SMALLEST_EXPONENT, USUAL_NUMBER

MOST_REMEMBERED = 10_000
_NOTHING: frozenset[type] = frozenset({NoneType, UnsetType})


class Unusual(Exception):
    """The walk has to look at this record."""


def _told_in_lines(each: re.Pattern[str]) -> Callable[[str], object]:
    return re.compile(rf"(?:{each.pattern})(?:\n(?:{each.pattern}))*", re.ASCII).fullmatch


_all_numbers, _all_instants = _told_in_lines(USUAL_NUMBER), _told_in_lines(INSTANT)


def numbers(told: list[Any], known: set[Any]) -> None:
    """Unusual unless all are numbers, in JSON or as text, or nothing. `known` holds texts that were good before."""
    _look_at_numbers(told, known, _NOTHING)


def needed_numbers(told: list[Any], known: set[Any]) -> None:
    """The same where nothing will not do."""
    _look_at_numbers(told, known, frozenset())


def instants(told: list[Any], known: set[Any]) -> None:
    """Unusual unless all are instants or days, or nothing. `known` holds texts that were good before."""
    if not {*map(type, told)} <= {str, *_NOTHING}:
        raise Unusual
    fresh = {*told} - known - {None, UNSET}
    try:
        deque(map(datetime.fromisoformat, fresh), maxlen=0)
    except ValueError:
        raise Unusual from None
    _remember(fresh, known, _all_instants)


def _look_at_numbers(told: list[Any], known: set[Any], besides: Set[type]) -> None:
    """By their kinds: `true` is no number, though Python takes it for 1."""
    kinds = {*map(type, told)}
    if not kinds <= {str, int, Decimal, *besides}:
        raise Unusual
    if int in kinds:
        whole = [value for value in told if value.__class__ is int]
        if min(whole) <= -LARGEST or max(whole) >= LARGEST:
            raise Unusual
    if Decimal in kinds:
        exact = [value for value in told if value.__class__ is Decimal]
        if (
            not all(map(Decimal.is_finite, exact))
            or max(map(abs, exact)) >= LARGEST
            or min(map(Decimal.adjusted, exact)) <= SMALLEST_EXPONENT
        ):
            raise Unusual
    if str in kinds:
        if kinds & {int, Decimal}:
            told = [value for value in told if value.__class__ is str]
        _remember({*told} - known - {None, UNSET}, known, _all_numbers)


def _remember(fresh: set[str], known: set[str], are_usual: Callable[[str], object]) -> None:
    """What was good before is good again. A text that holds a line break of its own would pass for two."""
    if not fresh:
        return
    lines = "\n".join(fresh)
    if lines.count("\n") >= len(fresh) or not are_usual(lines):
        raise Unusual
    if len(known) < MOST_REMEMBERED:
        known |= fresh


LOOKS: dict[str, Callable[[list[Any], set[str]], None]] = {
    "#": numbers,
    "#!": needed_numbers,
    "@": instants,
}
"""Mark of a field list, with `!` where the field is needed → the look at many of its values. msgspec has no type for a number
that may also be text, nor for an instant that stays text; an instant that is needed is text for msgspec already."""
