"""The careful way through a record: every listed field looked at by Python, and said what is wrong with it."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from include.privacy.usual import MOST_REMEMBERED
from include.privacy.values import KINDS, Wrong, json_type, told
from include.sources.base import Record, Stream
from include.sources.fields import Many, Tree

MOST_DRIFTS = 1000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ABSENT: Any = object()


class Walk:
    """Keeps a stream's listed fields of a decoded record, in the order of the list; raises Wrong. `known` are dotted paths that
    may be there and are left out; whatever else there is counts as `drift`: (path, JSON type) → times."""

    def __init__(self, stream: Stream, known: frozenset[str]):
        self._known, self._needed, self._false_is_null = known, stream.needed, stream.false_is_null
        self._good: dict[str, set[str]] = {mark: set() for mark in KINDS}
        self.drift: Counter[tuple[str, str]] = Counter()
        self.keep: Callable[[Any], Any] = self._object(stream.keep, "")

    def _object(self, wanted: Tree, path: str) -> Callable[[Any], Any]:
        """A function that keeps the wanted fields of an object, or of each in a list: compiled once, called for all.

        It runs some fifty times per order, hence the two short cuts: plain text needs no look, and a number or an
        instant that was found good before is good again.
        """
        fields = [
            (
                name,
                mark == "",
                set() if isinstance(mark, dict) else self._good[mark],
                self._field(mark, path + name),
            )
            for name, mark in wanted.items()
        ]
        here, is_list = path.rstrip(".") or "$", isinstance(wanted, Many)
        needed = [(name, mark, path + name) for name, mark in wanted.items() if path + name in self._needed]

        def project(node: Any) -> Any:
            if node.__class__ is list:
                if list in map(type, node) or (len(node) > 1 and not is_list):
                    raise Wrong(here, "expected an object, found array")
                return [project(item) for item in node]
            if node.__class__ is not dict:
                raise Wrong(here, f"expected an object, found {json_type(node)}")
            kept, get = {}, node.get
            for name, mark, where in needed:
                told(get(name), mark, where)
            for name, plain, good, read in fields:
                value = get(name, _ABSENT)
                if value is None or (value.__class__ is str and (plain or value in good)):
                    kept[name] = value
                elif value is not _ABSENT:
                    kept[name] = read(value)
            if len(kept) != len(node):
                self._note_drift(node, wanted, path)
            return kept

        return project

    def _field(self, mark: Tree | str, path: str) -> Callable[[Any], Any]:
        """A function that checks one value, None excepted; Odoo's `false` for nothing becomes None."""
        check = self._object(mark, f"{path}.") if isinstance(mark, dict) else self._leaf(mark, path)
        if not self._false_is_null or mark == "?":
            return check
        return lambda value: None if value is False else check(value)

    def _leaf(self, mark: str, path: str) -> Callable[[Any], Any]:
        kind, good = KINDS[mark], self._good[mark]

        def check(value: Any) -> Any:
            checked = kind(value, path)
            if value.__class__ is str and checked is value and len(good) < MOST_REMEMBERED:
                good.add(value)
            return checked

        return check

    def _note_drift(self, node: Record, wanted: Tree, path: str) -> None:
        for name, value in node.items():
            if name in wanted or f"{path}{name}" in self._known:
                continue
            # a name may itself be somebody's address: only what looks like a field's name is written down
            shown = name if _NAME.fullmatch(name) else "?"
            entry = (f"{path}{shown}", json_type(value))
            if entry in self.drift or len(self.drift) < MOST_DRIFTS:
                self.drift[entry] += 1
