"""JSON as vendors send it, kept exact.

Numbers keep the text they came with (`12.30` stays `12.30`, a 40-digit integer keeps its digits). `NaN`, `Infinity` and
numbers too large for a Decimal become decimals that are not finite: whoever reads the record refuses it alone. Nesting
beyond the parser's recursion limit (about a thousand) is refused, and so are more values than an honest answer holds.
A name given twice in one object keeps its last value, as PostgreSQL's jsonb does.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from include.errors import Stop


def decimal(text: str) -> Decimal:
    """A number's text, exact; not finite when it is too large for a Decimal."""
    try:
        return Decimal(text)
    except InvalidOperation:  # 1e9999999999999999999
        return Decimal("Infinity")


_EXACT = msgspec.json.Decoder(float_hook=decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SLICES = msgspec.json.Decoder(list[msgspec.Raw])
MOST_VALUES = 5_000_000
"""A value costs some hundred bytes of memory and two of text: 60 MB of empty lists would take up three gigabytes."""

_BOM = b"\xef\xbb\xbf"

dumps = _ENCODER.encode
"""Anything `loads` gave back → compact UTF-8 JSON bytes; decimals come out as the numbers they were."""


class NotJson(ValueError):
    """The text is not JSON, or only the beginning of it."""


def loads(text: bytes) -> Any:
    """JSON bytes → objects, floats as Decimal. NotJson when malformed or cut; Stop when nested too deep or too many."""
    _count(text)
    try:
        return _EXACT.decode(text[3:] if text.startswith(_BOM) else text)
    except RecursionError:
        raise Stop("a JSON answer is nested deeper than we read") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _leniently(text)


def loads_unread(text: bytes, name: str) -> Any:
    """Like `loads` of an object, but that the items of its list `name` stay text (`msgspec.Raw`): whoever reads them knows
    better what they are. What is no such object is decoded whole."""
    _count(text)
    try:
        found = _TOP.decode(text[3:] if text.startswith(_BOM) else text)
        items = _SLICES.decode(found.pop(name))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return loads(text)
    return {key: loads(bytes(value)) for key, value in found.items()} | {name: items}


def _count(text: bytes) -> None:
    if len(text) > MOST_VALUES and text.count(b",") > MOST_VALUES:
        raise Stop(f"a JSON answer holds more than {MOST_VALUES:,} values")


def _leniently(text: bytes) -> Any:
    """Half an emoji ("\\ud83d" alone) is not valid Unicode, though vendors send it: only Python's parser takes it."""
    try:
        return json.loads(text, parse_float=decimal, parse_int=_whole, parse_constant=Decimal)
    except RecursionError:
        raise Stop("a JSON answer is nested deeper than we read") from None
    except ValueError:
        raise NotJson("not JSON, or cut short") from None


def _whole(text: str) -> int | Decimal:
    """Python makes no integers of more than 4,300 digits, for that takes the square of their number."""
    return int(text) if len(text) < 4000 else Decimal(text)
