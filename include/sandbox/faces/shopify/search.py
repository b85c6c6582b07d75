"""Shopify's search syntax: `updated_at:>='2026-01-01T00:00:00Z' AND (status:open OR tag:vip) -test:true`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Predicate = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()])
    |(?P<minus>-)?(?P<field>\w+):\s*(?P<operator>>=|<=|>|<)?\s*(?P<value>'[^']*'|"[^"]*"|[^\s()]+)
    |(?P<word>'[^']*'|"[^"]*"|[^\s()]+))""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Field:
    """How to search by a field: `kind` is 'time', 'number', 'word' or 'words' (any of several)."""

    kind: str
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class _IsOneOf:
    """A long `id:1 OR id:2 OR ...` is one look into a set."""

    read: Callable[[Any], Any]
    wanted: frozenset[Any]

    def __call__(self, record: Any) -> bool:
        return self.read(record) in self.wanted


class Search:
    """A parsed query: call it with a record; `warnings` names fields that cannot be searched by.

    Like Shopify's, an unknown field does not fail: the term is ignored and a warning is given.
    """

    def __init__(self, text: str, fields: Mapping[str, Field], zone: str):
        self._fields, self._zone = fields, ZoneInfo(zone)
        self._tokens = [match.groupdict() for match in _TOKEN.finditer(text) if match.group().strip()]
        self._at = 0
        self.warnings: list[dict[str, str]] = []
        self._matches = self._any_of() if self._tokens else _everything

    def __call__(self, record: Any) -> bool:
        return self._matches(record)

    def _any_of(self) -> Predicate:
        options = [self._all_of()]
        while self._word() == "OR":
            self._at += 1
            options.append(self._all_of())
        if len(options) == 1:
            return options[0]
        ids = [option for option in options if isinstance(option, _IsOneOf)]
        if len(ids) == len(options) and len({option.read for option in ids}) == 1:
            return _IsOneOf(ids[0].read, frozenset().union(*(option.wanted for option in ids)))
        return lambda record: any(test(record) for test in options)

    def _all_of(self) -> Predicate:
        tests = []
        while self._at < len(self._tokens) and self._word() != "OR" and self._paren() != ")":
            if self._word() == "AND":
                self._at += 1
            else:
                tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _one(self) -> Predicate:
        if self._word() == "NOT":
            self._at += 1
            inner = self._one()
            return lambda record: not inner(record)
        if self._paren() == "(":
            self._at += 1
            inner = self._any_of()
            self._at += 1
            return inner
        token = self._tokens[self._at]
        self._at += 1
        return self._test(token)

    def _test(self, token: dict[str, str | None]) -> Predicate:
        name = token["field"]
        if name is None:
            return self._ignored("default", token["word"] or "")
        value = (token["value"] or "").strip("'\"")
        if name not in self._fields:
            return self._ignored(name, value)
        try:
            test = self._compare(self._fields[name], token["operator"] or "=", value)
        except ValueError:
            return self._ignored(name, value)
        return (lambda record: not test(record)) if token["minus"] else test

    def _compare(self, field: Field, operator: str, value: str) -> Predicate:
        read = field.read
        if field.kind == "time":
            return self._compare_time(read, operator, value)
        if field.kind == "number":
            return _ordered(read, operator, float(value.rsplit("/", 1)[-1]))
        options = {option.strip().casefold() for option in value.split(",")}
        if field.kind == "words":
            return lambda record: any(word.casefold() in options for word in read(record))
        return lambda record: str(read(record)).casefold() in options

    def _compare_time(self, read: Callable[[Any], Any], operator: str, value: str) -> Predicate:
        if operator == "=" and len(value) == 10:
            day = date.fromisoformat(value)
            return lambda record: _is_on(read(record), day, self._zone)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        wanted = moment.astimezone(UTC)
        return _ordered(lambda record: _second(read(record)), operator, wanted)

    def _ignored(self, field: str, value: str) -> Predicate:
        message = "Invalid search field for this query."
        self.warnings.append({"field": field, "message": message, "code": "invalid_field"})
        return _everything

    def _word(self) -> str | None:
        return self._tokens[self._at]["word"] if self._at < len(self._tokens) else None

    def _paren(self) -> str | None:
        return self._tokens[self._at]["paren"] if self._at < len(self._tokens) else None


def _everything(record: Any) -> bool:
    return True


def _ordered(read: Callable[[Any], Any], operator: str, wanted: Any) -> Predicate:
    if operator == ">=":
        return lambda record: (value := read(record)) is not None and value >= wanted
    if operator == ">":
        return lambda record: (value := read(record)) is not None and value > wanted
    if operator == "<=":
        return lambda record: (value := read(record)) is not None and value <= wanted
    if operator == "<":
        return lambda record: (value := read(record)) is not None and value < wanted
    return _IsOneOf(read, frozenset([wanted]))


def _second(moment: datetime | None) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None


def _is_on(moment: datetime | None, day: date, zone: ZoneInfo) -> bool:
    return moment is not None and moment.astimezone(zone).date() == day
