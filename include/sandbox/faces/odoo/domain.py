"""Odoo's search domains: `["|", ["a", "=", 1], ["b", "ilike", "x"]]` in prefix notation.

Empty is `False`, as everywhere in Odoo. A many2one `[7, "Acme"]` compares by its id with a number and by
its name with a text. Dotted names follow many2ones: `["location_id.usage", "=", "internal"]`.
"""

from collections.abc import Callable, Sequence
from operator import ge, gt, le, lt
from typing import Any

from include.sandbox.faces.odoo.errors import Raised

Row = dict[str, Any]
Predicate = Callable[[Row], bool]
Reader = Callable[[Row, str], Any]
ORDERED = {">": gt, ">=": ge, "<": lt, "<=": le}
OPERATORS = {"=", "!=", "in", "not in", "like", "ilike", "not like", "not ilike", "=like", "=ilike", *ORDERED}


def compiled(domain: Sequence[Any], check: Callable[[str], None], read: Reader) -> Predicate:
    """A function that says whether a row is in the domain.

    `check` refuses unknown field names, `read(row, dotted name)` gives a row's value.
    """
    stack: list[Predicate] = []
    for item in reversed(domain):
        if item == "!":
            stack.append(_negated(_popped(stack)))
        elif item in ("&", "|"):
            stack.append(_joined(item, _popped(stack), _popped(stack)))
        else:
            stack.append(_leaf(item, check, read))
    return _all(stack[::-1])


def _popped(stack: list[Predicate]) -> Predicate:
    if not stack:
        raise Raised("builtins.ValueError", "Domain() invalid: an operator lacks its operands")
    return stack.pop()


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda row: all(predicate(row) for predicate in predicates)


def _negated(predicate: Predicate) -> Predicate:
    return lambda row: not predicate(row)


def _joined(operator: str, left: Predicate, right: Predicate) -> Predicate:
    if operator == "&":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _leaf(item: Any, check: Callable[[str], None], read: Reader) -> Predicate:
    if not isinstance(item, list | tuple) or len(item) != 3 or item[1] not in OPERATORS:
        raise Raised("builtins.ValueError", f"Domain() invalid item in domain: {item!r}")
    name, operator, wanted = item
    if name in (0, 1):
        return lambda row: name == wanted
    check(name)
    if operator in ("=", "!=") and isinstance(wanted, list):
        operator = "in" if operator == "=" else "not in"
    if operator in ORDERED:
        compare = ORDERED[operator]
        # Like SQL, where nothing is greater or smaller than NULL.
        return lambda row: (value := _plain(read(row, name), wanted)) is not False and compare(value, wanted)
    holds = _test(operator.removeprefix("not "), wanted)
    is_negative = operator.startswith("not ") or operator == "!="
    return lambda row: holds(read(row, name)) != is_negative


def _test(operator: str, wanted: Any) -> Callable[[Any], bool]:
    if operator in ("=", "!="):
        return lambda value: _plain(value, wanted) == wanted
    if operator == "in":
        choices = set(wanted)
        return lambda value: _plain(value, next(iter(choices), False)) in choices
    fold = str.lower if "ilike" in operator else str
    text = fold(str(wanted))
    if operator.startswith("="):
        return lambda value: fold(str(_plain(value, ""))) == text
    return lambda value: text in fold(str(_plain(value, "") or ""))


def _plain(value: Any, wanted: Any) -> Any:
    """A many2one as its id, or as its name when compared with a text."""
    if isinstance(value, list):
        return value[1] if isinstance(wanted, str) else value[0]
    return value
