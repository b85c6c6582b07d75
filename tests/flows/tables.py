"""Marts held row by row and column by column against what the world knows.

A table is a mart, the columns that name a row, and the truth's rows under the same names. Whatever the truth tells
is compared: amounts, counts and rates exactly as they are published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from include.sandbox.truth import Company as Books
from include.warehouse.connect import connect
from include.window import day_window
from tests.flows.company import Company
from tests.sandbox.worlds import TODAY

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
    columns: tuple[str, ...] = ()
    """What the truth tells, named where it takes a warehouse to tell it (a journal of our own decisions)."""

    def told(self, shop: Company, columns: tuple[str, ...]) -> Rows:
        source = self.select or f"select * from mart.{self.name}"
        query = f"select {', '.join((*self.key, *columns))} from ({source}) as told"
        rows = self.read(shop, query)
        width = len(self.key)
        found = {row[:width]: dict(zip(columns, row[width:], strict=True)) for row in rows}
        assert len(found) == len(rows), f"{self.name}: {self.key} do not name a row"
        return {key: row for key, row in found.items() if not self.is_open(shop, key)}

    def read(self, shop: Company, query: str) -> list[tuple[Any, ...]]:
        return shop.read_named(query, day=shop.day)


class Action(Table):
    """A table of schema `act`, which only our own actions may read."""

    def read(self, shop: Company, query: str) -> list[tuple[Any, ...]]:
        with connect(shop.settings, "activation") as conn:
            return conn.execute(query).fetchall()


def differences(shop: Company, table: Table) -> list[str]:
    """One line for every row that only one side has and every column that the two tell differently."""
    truth = {key: row for key, row in table.truth(shop).items() if not table.is_open(shop, key)}
    columns = tuple(next(iter(truth.values()), ()))
    assert not truth or table.columns in ((), columns), f"{table.name}: the truth tells {columns}"
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


def books(shop: Company) -> Books:
    """Everything sold, as it can be known at the shop's midnight by whom looked since its first night."""
    first_look = shop.midnight_of(shop.looked[0]) if shop.looked else None
    return Books(shop.world, shop.midnight, first_look=first_look)


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


def was_deleted_meanwhile(shop: Company, key: Key) -> bool:
    """Whether a product went between the first night and this one: its orders name it or not, depending on when each
    was last read, for Shopify forgets it."""
    first = day_window(TODAY, shop.settings.timezone).start
    return any(
        key[0] == gid("Product", product.id) and first <= product.deleted_at < shop.midnight
        for store in (shop.world, *shop.world.branches)
        for product in store.products
        if product.deleted_at
    )
