"""What a field may hold: plain values or lists of them, numbers, counts, instants, booleans, time zones; anything else is
Wrong."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

# Both are what PostgreSQL reads too: other digits than 0 to 9, any sign between day and hour and zones beyond a
# day's half are Python's alone, and would fail a build that meets them.
USUAL_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
USUAL_COUNT = re.compile(r"-?[0-9]{1,9}")
_NUMBER = re.compile(r"[+-]?\d{1,100}(\.\d{1,100})?([eE][+-]?\d{1,3})?", re.ASCII)
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-](0\d|1[0-5])(:?\d{2})?)?)?", re.ASCII
)
LARGEST = 10**15
"""No amount, count or measure is as large; what is would overflow a sum somewhere behind."""
LARGEST_COUNT = 2**31 - 1
"""What an integer column can hold: no order has more of anything."""
SMALLEST_EXPONENT = -1000
_JSON_TYPES = {
    str: "string",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    dict: "object",
    list: "array",
}


class Wrong(Exception):
    """A field is not what it promises."""

    def __init__(self, field: str, reason: str):
        super().__init__(field, reason)
        self.field, self.reason = field, reason


def _plain(value: Any, path: str) -> Any:
    if value.__class__ is Decimal:
        return _number(value, path)
    if value.__class__ is dict or value.__class__ is list:
        raise Wrong(path, f"expected a value, found {json_type(value)}")
    return value


def _plain_or_list(value: Any, path: str) -> Any:
    return [_plain(item, path) for item in value] if value.__class__ is list else _plain(value, path)


def _number(value: Any, path: str) -> Any:
    """In JSON or as text. 1E+400000 is valid JSON, and too large for any column."""
    if value.__class__ is int and -LARGEST < value < LARGEST:
        return value
    if value.__class__ is Decimal and _is_measure(value):
        return value
    if value.__class__ is str and (USUAL_NUMBER.fullmatch(value) or _is_unusual_measure(value)):
        return value
    if value.__class__ in (int, Decimal) or (value.__class__ is str and _NUMBER.fullmatch(value)):
        raise Wrong(path, "a number beyond all measure")
    raise Wrong(path, f"expected a number, found {json_type(value)}")


def _count(value: Any, path: str) -> Any:
    """A whole number, in JSON or as text; what is written otherwise, as 7.0, becomes 7."""
    if value.__class__ is str and USUAL_COUNT.fullmatch(value):
        return value
    whole = Decimal(_number(value, path))
    if whole % 1 or abs(whole) > LARGEST_COUNT:
        raise Wrong(path, "not a whole number that can be counted to")
    return int(whole)


def _is_unusual_measure(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and _is_measure(Decimal(text))


def _is_measure(value: Decimal) -> bool:
    return value.is_finite() and abs(value) < LARGEST and value.adjusted() > SMALLEST_EXPONENT


def is_plain_utc(text: str) -> bool:
    """Whether a text that Python reads as a time is written as most are: 2026-01-31T12:00:00, and Z or +00:00."""
    return (
        text[19:] in ("Z", "+00:00")
        and text[4] == text[7] == "-"
        and text[10] == "T"
        and text[13] == text[16] == ":"
    )


def _instant(value: Any, path: str) -> Any:
    if value.__class__ is str and (is_plain_utc(value) or INSTANT.fullmatch(value)):
        try:
            datetime.fromisoformat(value)
            return value
        except ValueError:
            pass
    raise Wrong(path, f"expected an instant, found {json_type(value)}")


def _boolean(value: Any, path: str) -> Any:
    if value.__class__ is bool:
        return value
    raise Wrong(path, f"expected true or false, found {json_type(value)}")


@cache
def zones() -> frozenset[str]:
    """The names of time zones, as IANA gives them: `localtime` is this machine's own."""
    return frozenset(available_timezones() - {"localtime"})


def _zone(value: Any, path: str) -> Any:
    if value.__class__ is str and value in zones():
        return value
    raise Wrong(path, "no time zone that is known")


def told(value: Any, mark: Any, path: str) -> None:
    """Wrong when a value that is needed is nothing: null, an empty text or list, a true or false that answers no question."""
    if value in (None, "", []) or (value.__class__ is bool and mark != "?"):
        raise Wrong(path, "missing")


KINDS: dict[str, Callable[[Any, str], Any]] = {
    "": _plain,
    "*": _plain_or_list,
    "#": _number,
    "+": _count,
    "@": _instant,
    "?": _boolean,
    "~": _zone,
}
"""Mark of a field list (see `include.sources.fields`) → the check of one value at a path; raises Wrong."""


def json_type(value: Any) -> str:
    """How JSON calls what this is."""
    return "null" if value is None else _JSON_TYPES.get(value.__class__, "number")
