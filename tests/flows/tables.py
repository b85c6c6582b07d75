"""Marts held row by row and column by column against what the world knows.

A table is a mart, the columns that name a row, and the truth's rows under the same names. Whatever the truth tells
is compared: amounts, counts and rates exactly as they are published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.flows.company import Company

Key = tuple[Any, ...]
Rows = Mapping[Key, Mapping[str, Any]]


@dataclass(frozen=True)
class Table:
    """`select` reads a mart's rows (`key` columns first; %(day)s is the night's day), `truth` tells the world's."""

    name: str
    key: tuple[str, ...]
    truth: Callable[[Company], Rows]
    select: str = ""
    is_open: Callable[[Company, Key], bool] = lambda shop, key: False
    """Rows of which the world alone cannot say what we know."""

    def told(self, shop: Company, columns: tuple[str, ...]) -> Rows:
        source = self.select or f"select * from mart.{self.name}"
        query = f"select {', '.join((*self.key, *columns))} from ({source}) as told"
        rows = shop.read_named(query, day=shop.day)
        width = len(self.key)
        found = {row[:width]: dict(zip(columns, row[width:], strict=True)) for row in rows}
        assert len(found) == len(rows), f"{self.name}: {self.key} do not name a row"
        return {key: row for key, row in found.items() if not self.is_open(shop, key)}


def differences(shop: Company, table: Table) -> list[str]:
    """One line for every row that only one side has and every column that the two tell differently."""
    truth = {key: row for key, row in table.truth(shop).items() if not table.is_open(shop, key)}
    columns = tuple(next(iter(truth.values()), ()))
    told = table.told(shop, columns)
    lines = [f"{table.name} {_words(key)}: not in the marts" for key in truth if key not in told]
    lines += [f"{table.name} {_words(key)}: not in the world" for key in told if key not in truth]
    for key, row in truth.items():
        for column in columns if key in told else ():
            ours, true = plain(told[key][column]), plain(row[column])
            if ours != true:
                lines.append(f"{table.name} {_words(key)} {column}: marts {ours}, world {true}")
    return lines


def plain(value: Any) -> Any:
    """Numbers as Decimals whatever made them, so that 1, 1.0 and 1.0000 are one."""
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


def _words(key: Key) -> str:
    return " / ".join(str(part) for part in key)


def only(rows: Mapping[Any, Mapping[str, Any]], *columns: str) -> dict[Any, dict[str, Any]]:
    """The rows with these columns alone."""
    return {key: {column: row[column] for column in columns} for key, row in rows.items()}


def without(rows: Mapping[Any, Mapping[str, Any]], *columns: str) -> dict[Any, dict[str, Any]]:
    """The rows without what no mart has."""
    return {
        key: {name: value for name, value in row.items() if name not in columns} for key, row in rows.items()
    }


def gid(kind: str, number: int) -> str:
    """Shopify's name of a thing."""
    return f"gid://shopify/{kind}/{number}"


def instant(moment: datetime) -> datetime:
    """To the second, as vendors tell it."""
    return moment.replace(microsecond=0)
