"""What the sections of the morning summary share: reading tables that may not be there yet, headings, amounts."""

from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from rich.console import Console
from rich.markup import escape

from include.settings import Settings
from include.warehouse.connect import connect

Rows = list[dict[str, Any]]


def read(settings: Settings, role: str, query: str, **values: Any) -> Rows:
    """Rows as dictionaries; an empty list while the relation does not exist yet."""
    with connect(settings, role) as conn, conn.cursor(row_factory=dict_row) as cursor:
        try:
            return _all(cursor, query, values)
        except psycopg.errors.UndefinedTable:
            conn.rollback()
            return []


def _all(cursor: psycopg.Cursor[DictRow], query: str, values: dict[str, Any]) -> Rows:
    return cursor.execute(query, values).fetchall()


def title(console: Console, text: str) -> None:
    """The heading of a section."""
    console.print(f"\n[bold]{text}[/]")


def plain(text: object) -> str:
    """Somebody else's words, fit for a console: `[/]` is no markup of ours, and no sign steers the terminal."""
    return escape("".join(sign if sign.isprintable() else "\ufffd" for sign in str(text or "")))


def money(amount: Decimal | None, currency: str) -> str:
    return f"{amount or 0:,.2f} {currency}"
