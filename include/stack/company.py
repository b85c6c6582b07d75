"""Whose night a home runs: chosen at the first start, remembered in HOME/company.json."""

import csv
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from include.errors import Stop

HISTORY_DAYS = 190
# zone.tab lists some countries from an outpost; these are where most of their shops are.
MAIN_ZONES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}


@dataclass(frozen=True)
class Company:
    """What the sandbox and the settings are told.

    `order_book` is another shop's CSV, or None. `name` is the company's own; the sandbox has its own, too.
    """

    timezone: str
    currency: str
    country: str
    history_days: int
    history_start: str
    order_book: str | None = None
    sandbox: bool = True
    name: str = "Nightshift"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line; None means: as remembered, else the default."""

    base: Path
    order_book: Path | None = None
    timezone: str | None = None
    history_days: int | None = None
    sandbox: bool | None = None

    @property
    def home(self) -> Path:
        """A shop replayed from its order book lives in a home of its own: <base>/books/<name of the file>."""
        base = self.base.expanduser().absolute()
        return base / "books" / self.order_book.stem if self.order_book else base


def choose(wish: Wish, env: Mapping[str, str]) -> Company:
    """This home's company: what was remembered, else what was asked for, else defaults; remembers it.

    Raises Stop when something else is asked for than the home was made with, or the order book is unusable.
    """
    file = wish.home / "company.json"
    if file.exists():
        known = Company(**json.loads(file.read_text()))
        _refuse_change("ORDER_BOOK", _absolute(wish.order_book), known.order_book, wish.home)
        _refuse_change("TIMEZONE", wish.timezone, known.timezone, wish.home)
        _refuse_change("HISTORY_DAYS", wish.history_days, known.history_days, wish.home)
        _refuse_change("SANDBOX", wish.sandbox, known.sandbox, wish.home)
        return known
    company = _invent(wish, env)
    wish.home.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(company), indent=1))
    os.replace(fresh, file)
    return company


def first_rows(order_book: Path, rows: int = 500) -> tuple[str, str]:
    """The most frequent (country, currency) among the first rows; the country is '' when none is told."""
    try:
        with order_book.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = {"country", "currency"} - set(reader.fieldnames or [])
            if missing:
                raise Stop(f"{order_book}, line 1: no column {', '.join(sorted(missing))}")
            found = [row for _, row in zip(range(rows), reader, strict=False)]
    except OSError as error:
        raise Stop(f"ORDER_BOOK: {order_book}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Stop(f"ORDER_BOOK: {order_book} is not UTF-8 ({error.reason} at byte {error.start})") from error
    if not found:
        raise Stop(f"{order_book}, line 2: the order book has no rows")
    currency = _most_frequent(found, "currency")
    if not currency:
        raise Stop(f"{order_book}, line 2, column currency: is empty")
    return _most_frequent(found, "country"), currency


def main_zone(country: str) -> str | None:
    """The time zone of most of a country, by its ISO 3166 code; None for an unknown code."""
    if country in MAIN_ZONES:
        return MAIN_ZONES[country]
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return next((row[2] for row in rows if row[0] == country), None)


def _invent(wish: Wish, env: Mapping[str, str]) -> Company:
    country, currency = env.get("NIGHTSHIFT_COUNTRY", ""), env.get("NIGHTSHIFT_CURRENCY", "")
    if wish.order_book:
        told, currency = first_rows(wish.order_book)
        country = told or country
    country = country or "US"
    zone = wish.timezone or env.get("NIGHTSHIFT_TIMEZONE") or main_zone(country)
    if zone not in available_timezones():
        raise Stop(
            f"time zone {zone!r} of country {country!r} is unknown: say TIMEZONE=Europe/Berlin or the like"
        )
    history_days = wish.history_days or HISTORY_DAYS
    return Company(
        timezone=zone,
        currency=currency or _main_currency(country),
        country=country,
        history_days=history_days,
        history_start=(_today(zone) - timedelta(days=history_days)).isoformat(),
        order_book=_absolute(wish.order_book),
        sandbox=wish.sandbox is not False,
        name=env.get("NIGHTSHIFT_COMPANY") or "Nightshift",
    )


def _main_currency(country: str) -> str:
    from babel.numbers import get_territory_currencies

    current = get_territory_currencies(country)
    return current[0] if current else "USD"


def _absolute(path: Path | None) -> str | None:
    return str(path.resolve()) if path else None


def _today(zone: str) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(zone)).date()


def _most_frequent(rows: list[dict[str, str]], column: str) -> str:
    values = Counter(value for row in rows if (value := (row.get(column) or "").strip().upper()))
    return values.most_common(1)[0][0] if values else ""


def _refuse_change(name: str, asked: object, known: object, home: Path) -> None:
    if asked is not None and asked != known:
        raise Stop(f"{home} was set up with {name}={known}; to use {asked} delete it first (make clean)")
