"""A stream's field list as a msgspec type: what nearly every record is projected and checked with, mostly at C's speed.

A typed record encodes to exactly the bytes the projection's own walk would give: listed fields in the list's order,
absent ones left out, and those we know and do not want. Whatever is out of the ordinary (a field nobody listed, a
value that is not what its field promises, a fraction in a plain field) is Unusual: then the walk looks at the record,
and knows what to say.
"""

from collections.abc import Callable, Container, Iterable
from operator import attrgetter
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from include.clients.json import decimal
from include.privacy.values import KINDS, LARGEST, LARGEST_COUNT, USUAL_COUNT, Wrong, zones
from include.sources.fields import Many, Tree

MOST_REMEMBERED = 10_000
KEY = "customer_key"
Check = Callable[[Any], None]
_one_of: Any = Union  # `|` is not for types made at run time


class Unusual(Exception):
    """The walk has to look at this record."""


class _Dropped:
    """Known and not wanted: whatever it is becomes the default, and a default is not written."""


_DROPPED = _Dropped()
_PLAIN = str | int | bool | None
_COUNT = (
    Annotated[int, Meta(ge=-LARGEST_COUNT, le=LARGEST_COUNT)]
    | Annotated[str, Meta(pattern=rf"\A{USUAL_COUNT.pattern}\Z")]
)
_SOMETHING = Annotated[str, Meta(min_length=1)] | int
# msgspec has no type for a number that may also be text, nor for an instant that stays text: Python looks at those.
_LEAVES: dict[str, Any] = {
    "": _PLAIN | UnsetType,
    "*": _PLAIN | list[_PLAIN] | UnsetType,
    "#": Any,
    "+": _COUNT | UnsetType | None,
    "@": Any,
    "?": bool | UnsetType | None,
}
_NEEDED: dict[str, Any] = {
    "": _SOMETHING,
    "*": _SOMETHING | Annotated[list[_PLAIN], Meta(min_length=1)],
    "#": Any,
    "+": _COUNT,
    "@": str,
    "?": bool,
}


class Reader:
    """Reads the records of one field list. `known` are dotted paths that may be there and are left out; `aside` is the one
    of them, at the top, whose value is wanted nevertheless (a person). `needed` are those no record can do without."""

    def __init__(
        self, wanted: Tree, known: Iterable[str], aside: str | None = None, needed: Container[str] = ()
    ):
        names = tuple(known)
        self._wanted = wanted
        self._type = _type(wanted, names, "", aside, needed, [(KEY, str | UnsetType, UNSET)])
        self._decode = msgspec.json.Decoder(self._type, float_hook=decimal, dec_hook=_drop).decode
        self._check = _check(
            wanted,
            {"#": {None, UNSET, *range(100)}, "#!": {*range(100)}, "@": {None, UNSET}},
            needed,
        )
        self._aside = f"f{len(wanted) + _dropped(wanted, names, '').index(aside)}" if aside else ""

    def read(self, record: Any) -> Any:
        """A decoded record, or `msgspec.Raw`, as an object to encode whose attribute `customer_key` may be set. Raises
        Unusual."""
        try:
            if record.__class__ is msgspec.Raw:
                found = self._decode(record)
            else:
                found = msgspec.convert(record, self._type, dec_hook=_drop)
            if self._check:
                self._check(found)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Wrong):
            raise Unusual from None
        if found.customer_key is not UNSET:  # nobody but us makes these
            raise Unusual
        return found

    def set_aside(self, found: Any) -> Any:
        """Take the value at `aside` out of a record that was read; None when there is none."""
        value = getattr(found, self._aside)
        setattr(found, self._aside, _DROPPED)
        return None if value is _DROPPED else value

    def at(self, path: str) -> Callable[[Any], Any] | None:
        """A function: record that was read → what lies at a dotted path of listed fields. None when it is not listed.
        The function raises AttributeError where there is no such object."""
        names, node = [], self._wanted
        for name in path.split("."):
            if not isinstance(node, dict) or name not in node:
                return None
            names.append(f"f{list(node).index(name)}")
            node = node[name]  # type: ignore[assignment]
        return None if isinstance(node, dict) else attrgetter(".".join(names))


def _drop(*_: Any) -> _Dropped:
    return _DROPPED


def _type(
    wanted: Tree,
    known: tuple[str, ...],
    path: str,
    aside: str | None,
    needed: Container[str],
    ours: list[Any],
) -> Any:
    """A struct of an object's fields. They are called f0, f1…, for a vendor's name need not be a name in Python."""
    listed: list[tuple[str, Any, Any]] = [
        (
            name,
            _field(mark, known, f"{path}{name}", needed),
            msgspec.NODEFAULT if f"{path}{name}" in needed else UNSET,
        )
        for name, mark in wanted.items()
    ]
    dropped: list[tuple[str, Any, Any]] = [
        (name, Any if name == aside else _Dropped, _DROPPED) for name in _dropped(wanted, known, path)
    ]
    fields = [(f"f{n}", kind, default) for n, (_, kind, default) in enumerate(listed + dropped)]
    return msgspec.defstruct(
        "Object",
        [*fields, *ours],
        rename={f"f{n}": name for n, (name, _, _) in enumerate(listed + dropped)},
        forbid_unknown_fields=True,
        omit_defaults=True,
        kw_only=True,  # what is needed has no default, and may stand behind what has
        gc=False,  # they hold no cycles, and there are many
    )


def _field(mark: Tree | str, known: tuple[str, ...], path: str, needed: Container[str]) -> Any:
    if isinstance(mark, dict):
        inner: Any = _type(mark, known, f"{path}.", None, needed, [])
        is_needed, most = path in needed, None if isinstance(mark, Many) else 1
        several = Annotated[list[inner], Meta(min_length=int(is_needed), max_length=most)]
        return _one_of[inner, several] if is_needed else _one_of[inner, several, None, UnsetType]
    if mark == "~":
        zone: Any = Literal[tuple(zones())]
        return zone if path in needed else _one_of[zone, None, UnsetType]
    return (_NEEDED if path in needed else _LEAVES)[mark]


def _dropped(wanted: Tree, known: tuple[str, ...], path: str) -> list[str]:
    """Names that are known at a path and not wanted there."""
    below = {each[len(path) :] for each in known if each.startswith(path)}
    return sorted(name for name in below if "." not in name and name not in wanted and name != KEY)


def _check(wanted: Tree, good: dict[str, set[Any]], needed: Container[str], path: str = "") -> Check | None:
    """Looks at the numbers and instants of an object and of all in it; None when there are none. Raises Wrong.

    What was good before is good again, and mostly all of an object's values are: that is asked of all at once.
    """
    marks = [
        f"{mark}!" if mark == "#" and f"{path}{name}" in needed else mark for name, mark in wanted.items()
    ]
    marked = [
        (
            mark[0] == "#",
            good[mark],
            KINDS[mark[0]],
            _values([f"f{n}" for n, each in enumerate(marks) if each == mark]),
        )
        for mark in good
        if mark in marks
    ]
    below = [
        (attrgetter(f"f{n}"), _check(mark, good, needed, f"{path}{name}."))
        for n, (name, mark) in enumerate(wanted.items())
        if isinstance(mark, dict)
    ]
    inner = [(get, check) for get, check in below if check]

    def check(found: Any) -> None:
        for is_number, known, look, values in marked:
            seen = values(found)
            if not _all_known(known, seen):
                _look_at(seen, known, look, is_number)
        for get, check_one in inner:
            value = get(found)
            if value.__class__ is list:
                for item in value:
                    check_one(item)
            elif value is not None and value is not UNSET:
                check_one(value)

    return check if marked or inner else None


def _all_known(known: set[Any], values: tuple[Any, ...]) -> bool:
    """Whether all are among the good; `true` is not the good number 1."""
    try:
        return known.issuperset(values) and bool not in map(type, values)
    except TypeError:  # an object or a list
        return False


def _look_at(
    values: tuple[Any, ...], known: set[Any], look: Callable[[Any, str], Any], numbers: bool
) -> None:
    for value in values:
        kind = value.__class__
        if (kind is str or value is None or value is UNSET) and value in known:
            continue
        if numbers and kind is int and -LARGEST < value < LARGEST:
            continue
        look(value, "")
        if kind is str and len(known) < MOST_REMEMBERED:
            known.add(value)


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function: object → the values of these fields."""
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda found: (get(found),)
