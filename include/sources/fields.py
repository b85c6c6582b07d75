"""A stream's kept fields, written as GraphQL writes them: `id! createdAt@! total{amount#}`.

A name may end in what it must be: `#` a number (in JSON or as text), `+` a count (a whole number that an integer
column can hold), `@` an instant or a date, `?` a boolean, `~` the name of a time zone, `*` a plain value or a list of them. Without one it
may be any one plain value. Objects in a list are `lines*{ id }`; without the `*` there is one of them, alone or in a list of its own. After
that, `!` says that the record is nothing without it: neither absent nor null nor an empty text, nor true or false where it is plain. A name may begin with a digit, as Meta's `7d_click` does.
"""

import re
from functools import cache

Tree = dict[str, "Tree | str"]
"""Field name → its mark ('', '#', '+', '@', '?', '~', '*') or the tree of the object it holds."""


class Many(dict[str, "Tree | str"]):
    """The tree of the objects in a list."""


_TOKEN = re.compile(r"([A-Za-z0-9_]+)([#+@?~*]?)(!?)|([{}])|[\s,]+")


def tree(text: str) -> Tree:
    """`tree('id! customer{id}')` is `{'id': '', 'customer': {'id': ''}}`. ValueError when it does not parse."""
    return _parsed(text)[0]


def needed(text: str) -> frozenset[str]:
    """Dotted paths of the fields with a `!`: of `id! customer{name!}` they are `id` and `customer.name`."""
    return _parsed(text)[1]


def paths(fields: Tree, above: str = "") -> frozenset[str]:
    """Dotted paths of all leaves."""
    found: set[str] = set()
    for name, mark in fields.items():
        path = f"{above}{name}"
        found |= paths(mark, f"{path}.") if isinstance(mark, dict) else {path}
    return frozenset(found)


@cache
def _parsed(text: str) -> tuple[Tree, frozenset[str]]:
    stack: list[Tree] = [{}]
    path: list[str] = []
    found: set[str] = set()
    last, place = None, 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if not token:
            raise ValueError(f"field list does not parse at {text[place : place + 20]!r}")
        place = token.end()
        name, mark, is_needed, brace = token.groups()
        if name:
            stack[-1][name] = mark
            if is_needed:
                found.add(".".join([*path, name]))
            last = name
        elif brace == "{":
            if last is None:
                raise ValueError("a field list cannot begin with a brace")
            inner: Tree = Many() if stack[-1][last] == "*" else {}
            stack[-1][last] = inner
            stack.append(inner)
            path.append(last)
            last = None
        elif brace == "}":
            stack.pop()
            if not stack:
                raise ValueError("a field list closes one brace too many")
            path.pop()
            last = None
    if len(stack) != 1:
        raise ValueError("a field list leaves a brace open")
    return stack[0], frozenset(found)
