"""A stream's field list as a msgspec type: what nearly every record is projected and checked with, mostly at C's speed.

A typed record encodes to exactly the bytes the projection's own walk would give: listed fields in the list's order,
absent ones left out, and those we know and do not want. Whatever is out of the ordinary (a field nobody listed, a
value that is not what its field promises, a fraction in a plain field) is Unusual: then the walk looks at the record,
and knows what to say.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from include.clients.json import decimal
from include.privacy.usual import LOOKS, Unusual
from include.privacy.values import LARGEST_COUNT, USUAL_COUNT, zones
from include.sources.fields import Many, Tree

KEY = "customer_key"
Check = Callable[[list[Any]], None]
_one_of: Any = Union  # `|` is not for types made at run time


class _Dropped:
    """Known and not wanted: whatever it is becomes the default, and a default is not written."""


_DROPPED = _Dropped()
_PLAIN = str | int | bool | None
_COUNT = (
    Annotated[int, Meta(ge=-LARGEST_COUNT, le=LARGEST_COUNT)]
    | Annotated[str, Meta(pattern=rf"\A{USUAL_COUNT.pattern}\Z")]
)
_SOMETHING = Annotated[str, Meta(min_length=1)] | int
# What is anything here, numbers and instants, is looked at afterwards (include/privacy/usual.py).
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


LOOKED_AT = 500
"""Records whose values are copied and looked at together: a statement of an account and day has thousands."""


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
        self._check = _check(wanted, {mark: set() for mark in LOOKS}, needed)
        self._aside = f"f{len(wanted) + _dropped(wanted, names, '').index(aside)}" if aside else ""

    def read(self, records: Sequence[Any]) -> list[Any]:
        """Records, each decoded or `msgspec.Raw`, as objects to encode whose attribute `customer_key` may be set. Unusual
        when one of them is."""
        try:
            found = [
                self._decode(record)
                if record.__class__ is msgspec.Raw
                else msgspec.convert(record, self._type, dec_hook=_drop)
                for record in records
            ]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Unusual from None
        if self._check:
            for start in range(0, len(found), LOOKED_AT):
                self._check(found[start : start + LOOKED_AT])
        if any(each.customer_key is not UNSET for each in found):  # nobody but us makes these
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


def _check(wanted: Tree, good: dict[str, set[str]], needed: Container[str], path: str = "") -> Check | None:
    """Looks at the numbers and instants of objects and of all in them; None when there are none. Raises Unusual.

    One question is put to all values of a kind at a time: one by one they would cost more than all else at the edge.
    """
    marks = [
        f"{mark}!" if mark == "#" and f"{path}{name}" in needed else mark for name, mark in wanted.items()
    ]
    marked = [
        (LOOKS[mark], known, _values([f"f{n}" for n, each in enumerate(marks) if each == mark]))
        for mark, known in good.items()
        if mark in marks
    ]
    below = [
        (attrgetter(f"f{n}"), _check(mark, good, needed, f"{path}{name}."))
        for n, (name, mark) in enumerate(wanted.items())
        if isinstance(mark, dict)
    ]
    inner = [(get, check) for get, check in below if check]

    def check(found: list[Any]) -> None:
        for look, known, values in marked:
            look(values(found), known)
        for get, check_all in inner:
            check_all(_flat(map(get, found)))

    return check if marked or inner else None


def _flat(told: Iterable[Any]) -> list[Any]:
    """The objects of fields that hold one, several or none."""
    found: list[Any] = []
    for value in told:
        if value.__class__ is list:
            found += value
        elif value is not None and value is not UNSET:
            found.append(value)
    return found


def _values(names: list[str]) -> Callable[[list[Any]], list[Any]]:
    """A function: objects → the values of these fields of them all."""
    get = attrgetter(*names)
    if len(names) == 1:
        return lambda found: list(map(get, found))
    return lambda found: list(chain.from_iterable(map(get, found)))
