"""CSV that no spreadsheet mistakes for a formula.

A text that begins with = + - @, a tab or a line end could be executed when the file is opened, so it gets an
apostrophe in front, which spreadsheets do not show. Numbers stay numbers: -5 is not a formula.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def written(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with a BOM (so that spreadsheets read UTF-8); `columns` maps keys of the rows to headings."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(heading) for heading in columns.values()])
    writer.writerows([[safe(row.get(key)) for key in columns] for row in rows])
    return "\ufeff" + out.getvalue()


def safe(value: Any) -> Any:
    """The cell as it may be written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal | date | datetime):
        return value
    text = str(value).replace("\x00", "")
    starts = text.lstrip(" \u00a0\u200b\ufeff")
    return f"'{text}" if starts.startswith(DANGEROUS) or text.startswith(DANGEROUS) else text
