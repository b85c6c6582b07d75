"""What readers were promised: the published marts as they are committed in dbt_project/contracts/mart.json.

The file is made from the models' contracts and changes with them. Readers live with a new column; they do not live with
one that is gone, of another type, or null at once: such a change needs a new mart beside the old, or an entry in the
file's `breaking` list that says when and why.

    {"date": "2026-11-22", "change": "mart.fct_orders: column cm1_amount is gone", "reason": "nobody reads it"}
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from include.warehouse.contracts import Column, Table

Promise = Mapping[str, Any]  # description, key, history, columns: name → "numeric not null"
NOT_NULL = " not null"


@dataclass(frozen=True)
class Change:
    """One difference between what was promised and what is, in words."""

    text: str
    is_breaking: bool

    def __str__(self) -> str:
        return f"{'BREAKING' if self.is_breaking else 'added   '}  {self.text}"


def promises(tables: Iterable[Table]) -> dict[str, Promise]:
    """What the contracts promise BI readers, by table; other schemas are ours alone."""
    return {
        table.name: {
            "description": " ".join(table.description.split()),
            "key": list(table.key),
            "history": _history(table),
            "columns": {column.name: _kind(column) for column in table.columns},
        }
        for table in tables
        if table.schema == "mart"
    }


def changes(before: Mapping[str, Promise], now: Mapping[str, Promise]) -> list[Change]:
    """Every difference, tables in order of their names."""
    found: list[Change] = []
    for name in sorted({*before, *now}):
        if name not in now:
            found.append(Change(f"{name} is gone", True))
        elif name not in before:
            found.append(Change(f"{name} is new", False))
        else:
            found += [
                Change(f"{name}: {text}", is_breaking)
                for text, is_breaking in _changes(before[name], now[name])
            ]
    return found


def refused(found: Iterable[Change], accepted: Iterable[Mapping[str, str]]) -> list[Change]:
    """The breaking changes that nobody accepted with a date and a reason."""
    known = {entry["change"] for entry in accepted if _is_whole(entry)}
    return [change for change in found if change.is_breaking and change.text not in known]


def _changes(before: Promise, now: Promise) -> Iterator[tuple[str, bool]]:
    if before["key"] != now["key"]:
        yield f"its key was {_list(before['key'])} and is {_list(now['key'])}", True
    if before["history"] != now["history"]:
        yield f"its history was {before['history']!r} and is {now['history']!r}", True
    if before["description"] != now["description"]:
        yield "it is described anew", False
    old, new = before["columns"], now["columns"]
    for column in dict.fromkeys((*old, *new)):
        if column not in new:
            yield f"column {column} is gone", True
        elif column not in old:
            yield f"column {column} ({new[column]}) is new", False
        elif old[column].removesuffix(NOT_NULL) != new[column].removesuffix(NOT_NULL):
            yield f"column {column} was {old[column]} and is {new[column]}", True
        elif old[column] != new[column]:
            may_be_null = not new[column].endswith(NOT_NULL)
            yield f"column {column} {'may be null now' if may_be_null else 'is never null now'}", may_be_null


def _history(table: Table) -> str:
    if not table.appends:
        return table.history
    kept = f"{table.keep_days} days" if table.keep_days else "for ever"
    return f"{table.history} by {table.by}, kept {kept}"


def _kind(column: Column) -> str:
    return column.data_type + (NOT_NULL if column.not_null else "")


def _is_whole(entry: Mapping[str, str]) -> bool:
    try:
        date.fromisoformat(entry.get("date", ""))
    except ValueError:
        return False
    return bool(entry.get("change", "").strip() and entry.get("reason", "").strip())


def _list(names: Iterable[str]) -> str:
    return f"({', '.join(names)})"
