"""Strict reading of CSV tables: every problem named by line and column, all of them in one message."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from include.errors import Stop

SHOWN = 20
WHOLE = re.compile(r"[+-]?\d{1,9}")
AMOUNT = re.compile(r"\d{1,12}(\.\d+)?")


class OrderBookError(Stop):
    """A shop's CSV cannot be used; the message lists up to 20 problems by line and column."""

    def __init__(self, problems: Sequence[str], has_more: bool = False):
        self.problems = tuple(problems)
        head = f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        tail = "\n  ... and more; these are the first" if has_more else ""
        super().__init__(f"{head} in the order book:\n  " + "\n  ".join(self.problems) + tail)


class Problems:
    """Collects what is wrong; the twenty-first ends the reading."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, where: str, what: str) -> None:
        if len(self._found) == SHOWN:
            raise OrderBookError(self._found, has_more=True)
        self._found.append(f"{where}: {what}")

    def __bool__(self) -> bool:
        return bool(self._found)

    def stop_if_any(self) -> None:
        if self._found:
            raise OrderBookError(self._found)


class Row:
    """One line of a table; reading a bad cell notes the problem, marks the row and gives a stand-in."""

    def __init__(self, file: str, line: int, cells: dict[str, str], problems: Problems):
        self.line, self._file, self._cells, self._problems = line, file, cells, problems
        self.is_good = True

    def wrong(self, column: str, what: str) -> None:
        """Note a problem with a cell of this row."""
        self.is_good = False
        self._problems.add(f"{self._file} line {self.line}, column {column}", what)

    def text(self, column: str) -> str:
        return self._cells.get(column, "").strip()

    def needed(self, column: str) -> str:
        value = self.text(column)
        if not value:
            self.wrong(column, "is empty")
        return value

    def whole(self, column: str, least: int | None = None, default: int | None = None) -> int:
        value = self.text(column)
        if not value and default is not None:
            return default
        if not WHOLE.fullmatch(value):
            self.wrong(column, f"{value!r} is not a whole number")
            return least or 0
        number = int(value)
        if least is not None and number < least:
            self.wrong(column, f"{number} is less than {least}")
        return number

    def minor(self, column: str, digits: int, default: int | None = None) -> int:
        """An amount of money in minor units: "19.90" is 1990 with two digits."""
        value = self.text(column)
        if not value and default is not None:
            return default
        if not AMOUNT.fullmatch(value):
            self.wrong(column, f"{value!r} is not an amount such as {Decimal(1990).scaleb(-digits)}")
            return 0
        exact = Decimal(value).scaleb(digits)
        if exact != exact.to_integral_value():
            self.wrong(column, f"{value!r} has more than {digits} decimals")
        return int(exact)

    def moment(self, column: str) -> datetime:
        """ISO 8601, aware or not; a bare date is its noon."""
        value = self.needed(column)
        try:
            if len(value) == 10:
                return datetime.combine(date.fromisoformat(value), time(12))
            return datetime.fromisoformat(value)
        except ValueError:
            if value:
                self.wrong(column, f"{value!r} is not a date and time such as 2026-03-28T14:05:00")
            return datetime.combine(date.min.replace(year=2000), time())

    def code(self, column: str, length: int, default: str | None = None) -> str:
        """An ISO code in capitals, such as EUR or DE."""
        value = self.text(column)
        if not value and default is not None:
            return default
        if not re.fullmatch(f"[A-Z]{{{length}}}", value):
            self.wrong(column, f"{value!r} is not a code of {length} capital letters")
        return value


def rows(path: Path, needed: Sequence[str], optional: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The rows of a comma-separated UTF-8 file whose header has exactly these columns, in any order."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if not _header_is_good(path.name, header, needed, optional, problems):
                return
            yield from _body(path.name, reader, header, problems)
    except UnicodeDecodeError as error:
        problems.add(path.name, f"is not UTF-8 text (byte {error.start})")
    except OSError as error:
        problems.add(path.name, f"cannot be read: {error.strerror}")


def _header_is_good(
    file: str, header: list[str], needed: Sequence[str], optional: Sequence[str], problems: Problems
) -> bool:
    missing = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in (*needed, *optional)]
    twice = sorted({name for name in header if header.count(name) > 1})
    for name in missing:
        problems.add(f"{file} line 1", f"column {name} is missing")
    for name in unknown:
        problems.add(
            f"{file} line 1", f"column {name!r} is unknown; known are {', '.join((*needed, *optional))}"
        )
    for name in twice:
        problems.add(f"{file} line 1", f"column {name} stands there twice")
    return not (missing or unknown or twice)


def _body(file: str, reader: Any, header: list[str], problems: Problems) -> Iterator[Row]:
    lines = iter(reader)
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(f"{file} line {reader.line_num}", f"is not CSV: {error}")
            return
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(f"{file} line {reader.line_num}", f"has {len(cells)} cells instead of {len(header)}")
            continue
        yield Row(file, reader.line_num, dict(zip(header, cells, strict=True)), problems)
