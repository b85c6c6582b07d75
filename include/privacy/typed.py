"""A stream's field list as a msgspec type: what nearly every record is projected and checked with, mostly at C's speed.

A typed record encodes to exactly the bytes the projection's own walk would give: listed fields in the list's order,
absent ones left out, and those we know and do not want. Whatever is out of the ordinary (a field nobody listed, a
value that is not what its field promises, a fraction in a plain field) is Unusual: then the walk looks at the record,
and knows what to say.
"""

from collections.abc import Callable, Iterable
from typing import Any, Union

import msgspec
from msgspec import UNSET, UnsetType

from include.privacy.values import KINDS, LARGEST, Wrong
from include.sources.fields import Tree

MOST_REMEMBERED = 2_000
KEY = "customer_key"
Check = Callable[[Any], None]


class Unusual(Exception):
    """The walk has to look at this record."""


class _Dropped:
    """Known and not wanted: whatever it is becomes the default, and a default is not written."""


_DROPPED = _Dropped()
_PLAIN = str | int | bool | None
# msgspec has no type for a number that may also be text, nor for an instant that stays text: Python looks at those.
_LEAVES: dict[str, Any] = {
    "": _PLAIN | list[_PLAIN] | UnsetType,
    "#": Any,
    "@": Any,
    "?": bool | UnsetType | None,
}


def typed_reader(wanted: Tree, known: Iterable[str]) -> Callable[[Any], Any]:
    """A function: record → object to encode, whose attribute `customer_key` may be set. Raises Unusual.

    `known` are dotted paths that may be there and are left out.
    """
    root = _type(wanted, tuple(known), "", [(KEY, str | UnsetType, UNSET)])
    check = _check(wanted, {"#": set(), "@": set()})

    def read(record: Any) -> Any:
        try:
            found = msgspec.convert(record, root, dec_hook=lambda *_: _DROPPED)
            if check:
                check(found)
        except (msgspec.ValidationError, Wrong):
            raise Unusual from None
        if found.customer_key is not UNSET:  # nobody but us makes these
            raise Unusual
        return found

    return read


def _type(wanted: Tree, known: tuple[str, ...], path: str, ours: list[Any]) -> Any:
    """A struct of an object's fields. They are called f0, f1…, for a vendor's name need not be a name in Python."""
    listed: list[tuple[str, Any, Any]] = [
        (name, _field(mark, known, f"{path}{name}."), UNSET) for name, mark in wanted.items()
    ]
    dropped: list[tuple[str, Any, Any]] = [
        (name, _Dropped, _DROPPED) for name in _children(known, path) if name not in {*wanted, KEY}
    ]
    fields = [(f"f{n}", kind, default) for n, (_, kind, default) in enumerate(listed + dropped)]
    return msgspec.defstruct(
        "Object",
        [*fields, *ours],
        rename={f"f{n}": name for n, (name, _, _) in enumerate(listed + dropped)},
        forbid_unknown_fields=True,
        omit_defaults=True,
    )


def _field(mark: Tree | str, known: tuple[str, ...], path: str) -> Any:
    if not isinstance(mark, dict):
        return _LEAVES[mark]
    inner: Any = _type(mark, known, path, [])
    return Union[inner, list[inner], None, UnsetType]  # noqa: UP007 - `|` is not for types made at run time


def _children(known: tuple[str, ...], path: str) -> list[str]:
    """Names that are known at a path."""
    below = (each[len(path) :] for each in known if each.startswith(path))
    return sorted({name for name in below if "." not in name})


def _check(wanted: Tree, good: dict[str, set[str]]) -> Check | None:
    """Looks at the numbers and instants of an object and of all in it; None when there are none. Raises Wrong.

    What was good before is good again.
    """
    marked = [
        (f"f{n}", good[mark], int if mark == "#" else None, KINDS[mark])
        for n, mark in enumerate(wanted.values())
        if isinstance(mark, str) and mark in good
    ]
    below = [
        (f"f{n}", _check(mark, good)) for n, mark in enumerate(wanted.values()) if isinstance(mark, dict)
    ]
    inner = [(name, check) for name, check in below if check]

    def check(found: Any) -> None:
        for name, known, simple, look in marked:
            value = getattr(found, name)
            kind = value.__class__
            if value is None or value is UNSET or (kind is str and value in known):
                continue
            if kind is simple and -LARGEST < value < LARGEST:
                continue
            look(value, "")
            if kind is str and len(known) < MOST_REMEMBERED:
                known.add(value)
        for name, check_one in inner:
            value = getattr(found, name)
            if value.__class__ is list:
                for item in value:
                    check_one(item)
            elif value is not None and value is not UNSET:
                check_one(value)

    return check if marked or inner else None
