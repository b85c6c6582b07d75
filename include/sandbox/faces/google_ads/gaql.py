"""The Google Ads Query Language, as much of it as reports need.

`SELECT a, b FROM campaign WHERE a = 1 AND b BETWEEN 'x' AND 'y' ORDER BY a DESC LIMIT 5`
with the operators =, !=, >, >=, <, <=, IN (...), BETWEEN, DURING and LIKE.
"""

import re
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:(?P<string>'[^']*'|"[^"]*")|(?P<symbol>!=|>=|<=|[=<>(),])|(?P<word>[^\s,()=<>!'"]+))"""
)
COMPARISONS = {"=", "!=", ">", ">=", "<", "<="}


class QueryRefused(Exception):
    """A query Google would refuse: `code` is its QueryError value."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Condition:
    """`operator` is upper case; `value` is a string, or a list for IN and BETWEEN."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Query:
    """`order` holds (field, descending) pairs."""

    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int | None


def parse(text: str) -> Query:
    """The query, or `QueryRefused` naming what is wrong with it."""
    reader = _Reader(_tokens(text))
    reader.expect("SELECT", "EXPECTED_SELECT")
    fields = reader.names()
    reader.expect("FROM", "EXPECTED_FROM")
    resource = reader.name()
    conditions = reader.conditions() if reader.skip("WHERE") else ()
    order = reader.order() if reader.skip("ORDER") else ()
    limit = reader.limit() if reader.skip("LIMIT") else None
    if reader.skip("PARAMETERS"):
        reader.parameters()
    if not reader.is_done():
        raise QueryRefused("UNEXPECTED_INPUT", f"Error in query: unexpected input {reader.peek()}.")
    return Query(fields, resource, conditions, order, limit)


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.strip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if not found:
            raise QueryRefused("BAD_SYMBOL", f"Error in query: unexpected input {text[place : place + 10]}.")
        tokens.append(found.group().strip())
        place = found.end()
    return tokens


class _Reader:
    """Reads the tokens from left to right."""

    def __init__(self, tokens: list[str]):
        self._tokens, self._place = tokens, 0

    def is_done(self) -> bool:
        return self._place >= len(self._tokens)

    def peek(self) -> str:
        return "" if self.is_done() else self._tokens[self._place]

    def take(self) -> str:
        if self.is_done():
            raise QueryRefused("UNEXPECTED_END_OF_QUERY", "Error in query: unexpected end of query.")
        self._place += 1
        return self._tokens[self._place - 1]

    def skip(self, word: str) -> bool:
        if self.peek().upper() != word:
            return False
        self._place += 1
        return True

    def expect(self, word: str, code: str = "UNEXPECTED_INPUT") -> None:
        if not self.skip(word):
            raise QueryRefused(
                code, f"Error in query: expected {word}, found {self.peek() or 'end of query'}."
            )

    def name(self) -> str:
        token = self.take()
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", token):
            raise QueryRefused("BAD_FIELD_NAME", f"Error in query: {token} is not a name.")
        return token

    def names(self) -> tuple[str, ...]:
        names = [self.name()]
        while self.skip(","):
            names.append(self.name())
        return tuple(names)

    def value(self) -> str:
        token = self.take()
        return token[1:-1] if token[0] in "'\"" else token

    def conditions(self) -> tuple[Condition, ...]:
        conditions = [self.condition()]
        while self.skip("AND"):
            conditions.append(self.condition())
        return tuple(conditions)

    def condition(self) -> Condition:
        field, operator = self.name(), self.take().upper()
        if operator in COMPARISONS or operator in ("LIKE", "DURING"):
            return Condition(field, operator, self.value())
        if operator == "BETWEEN":
            low = self.value()
            self.expect("AND", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR")
            return Condition(field, operator, [low, self.value()])
        if operator == "IN":
            self.expect("(", "EXPECTED_LIST")
            values = [self.value()]
            while self.skip(","):
                values.append(self.value())
            self.expect(")", "EXPECTED_LIST")
            return Condition(field, operator, values)
        raise QueryRefused("BAD_OPERATOR", f"Error in query: operator {operator} is not known.")

    def order(self) -> tuple[tuple[str, bool], ...]:
        self.expect("BY", "EXPECTED_BY")
        order = [(self.name(), self.direction())]
        while self.skip(","):
            order.append((self.name(), self.direction()))
        return tuple(order)

    def direction(self) -> bool:
        return self.skip("DESC") or (self.skip("ASC") and False)

    def limit(self) -> int:
        token = self.take()
        if not token.isdigit() or int(token) < 1:
            raise QueryRefused("BAD_LIMIT_VALUE", f"Error in query: limit {token} is not a positive number.")
        return int(token)

    def parameters(self) -> None:
        while not self.is_done():
            self.take()
