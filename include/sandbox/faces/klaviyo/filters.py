"""Klaviyo's filter grammar: `and(greater-than(updated,2026-01-01T00:00:00Z),equals(email,"a@x.com"))`.

Conditions may also be joined by commas alone. Values are quoted text, instants, numbers, booleans, null or lists in
brackets. Which operators a field takes differs by endpoint; anything else is refused as Klaviyo refuses it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.sandbox.faces.klaviyo.errors import Refused, invalid

RANGES = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<mark>[(),\[\]])|(?P<word>[^\s(),\[\]"']+))"""
)

Allowed = dict[str, tuple[str, ...]]
"""Field → its operators."""


@dataclass(frozen=True)
class Condition:
    operator: str
    field: str
    value: Any

    def holds(self, actual: Any) -> bool:
        """Whether a field's value fulfils the condition; an absent value fulfils none."""
        if self.operator == "any":
            return actual in self.value
        if self.operator in ("equals", "has"):
            return actual in (self.value if isinstance(self.value, list) else [self.value])
        if actual is None:
            return False
        return {
            "greater-or-equal": actual >= self.value,
            "greater-than": actual > self.value,
            "less-or-equal": actual <= self.value,
            "less-than": actual < self.value,
        }[self.operator]


def conditions(text: str | None, allowed: Allowed) -> list[Condition]:
    """The conditions of a filter, all of which must hold. Refused when one is malformed or not allowed here."""
    if not text:
        return []
    found = _Reader(text).conditions()
    for condition in found:
        if condition.operator not in allowed.get(condition.field, ()):
            raise _refused(f"'{condition.operator}({condition.field})' is not supported for this endpoint.")
    return found


class _Reader:
    """A filter read token by token."""

    def __init__(self, text: str):
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            token = _TOKEN.match(text, place)
            if not token:
                raise _refused("Invalid filter syntax.")
            self._tokens.append((str(token.lastgroup), token[str(token.lastgroup)]))
            place = token.end()
        self._tokens.reverse()

    def conditions(self) -> list[Condition]:
        found = self._condition()
        while self._tokens:
            self._expect(",")
            found += self._condition()
        return found

    def _condition(self) -> list[Condition]:
        operator = self._next("word")
        self._expect("(")
        if operator == "and":
            found = self._condition()
            while self._peek() == ",":
                self._expect(",")
                found += self._condition()
            self._expect(")")
            return found
        field = self._next("word")
        self._expect(",")
        value = self._value()
        self._expect(")")
        return [Condition(operator, field, value)]

    def _value(self) -> Any:
        if self._peek() == "[":
            self._expect("[")
            values = []
            while self._peek() != "]":
                values.append(self._value())
                if self._peek() == ",":
                    self._expect(",")
            self._expect("]")
            return values
        kind, text = self._tokens.pop() if self._tokens else ("", "")
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "word":
            return _plain(text)
        raise _refused("Invalid filter syntax.")

    def _peek(self) -> str:
        return self._tokens[-1][1] if self._tokens else ""

    def _next(self, kind: str) -> str:
        found, text = self._tokens.pop() if self._tokens else ("", "")
        if found != kind:
            raise _refused("Invalid filter syntax.")
        return text

    def _expect(self, mark: str) -> None:
        if self._next("mark") != mark:
            raise _refused("Invalid filter syntax.")


def _plain(text: str) -> Any:
    """An instant, a number, a boolean or null."""
    words: dict[str, Any] = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(f"Invalid filter value {text}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refused(detail: str) -> Refused:
    return invalid(detail, parameter="filter")
