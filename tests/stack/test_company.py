"""A home's company: chosen once, from the order book where there is one."""

from pathlib import Path
from typing import Any

import pytest

from include.errors import Stop
from include.stack.company import Company, Wish, choose, first_rows, main_zone

HEADER = "order_id,ordered_at,customer_id,sku,description,quantity,unit_price,currency,country,channel\n"
GERMAN = "1,2026-01-05T10:00:00+01:00,c1,A-1,Tee,2,9.90,EUR,DE,web\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "teehaus.csv"
    file.write_text(HEADER + GERMAN * 3 + GERMAN.replace("DE", "AT"))
    return file


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / ".nightshift"


def place(company: Company) -> tuple[str, str, str]:
    return company.timezone, company.currency, company.country


def test_without_anything_said_it_is_the_american_default(base: Path) -> None:
    assert place(choose(Wish(base), {})) == ("America/New_York", "USD", "US")


def test_country_currency_and_time_zone_come_from_the_order_book(base: Path, book: Path) -> None:
    company = choose(Wish(base, book), {})
    assert place(company) == ("Europe/Berlin", "EUR", "DE")
    assert company.order_book == str(book)


def test_a_given_time_zone_wins(base: Path, book: Path) -> None:
    assert choose(Wish(base, book, "Europe/Vienna"), {}).timezone == "Europe/Vienna"


def test_a_country_brings_its_zone_and_currency(base: Path) -> None:
    assert place(choose(Wish(base), {"NIGHTSHIFT_COUNTRY": "JP"})) == ("Asia/Tokyo", "JPY", "JP")


def test_what_was_chosen_is_remembered(base: Path, book: Path) -> None:
    first = choose(Wish(base, book, "Europe/Vienna", 120), {})
    assert choose(Wish(base, book), {}) == first


def test_a_home_without_a_sandbox_stays_without_one(base: Path) -> None:
    choose(Wish(base, sandbox=False), {"NIGHTSHIFT_COMPANY": "Acme"})
    company = choose(Wish(base), {})
    assert not company.sandbox
    assert company.name == "Acme"


@pytest.mark.parametrize(
    "change",
    [{"timezone": "Europe/Berlin"}, {"history_days": 30}, {"sandbox": False}],
    ids=["time zone", "history", "sandbox"],
)
def test_a_home_is_not_turned_into_another_company(base: Path, change: dict[str, Any]) -> None:
    choose(Wish(base), {})
    with pytest.raises(Stop, match="make clean"):
        choose(Wish(base, **change), {})


def test_two_books_of_one_name_do_not_share_a_home(base: Path, book: Path, tmp_path: Path) -> None:
    choose(Wish(base, book), {})
    other = tmp_path / "other" / book.name
    other.parent.mkdir()
    other.write_text(book.read_text())
    with pytest.raises(Stop, match="ORDER_BOOK"):
        choose(Wish(base, other), {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER.replace(",country", ""), "line 1: no column country"),
        (HEADER, "line 2: the order book has no rows"),
        (HEADER + GERMAN.replace("EUR", ""), "line 2, column currency"),
        (HEADER + GERMAN.replace("DE", "QQ"), "TIMEZONE="),
    ],
    ids=["no column", "no rows", "no currency", "unknown country"],
)
def test_an_unusable_order_book_is_refused_with_line_and_column(
    base: Path, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(text)
    with pytest.raises(Stop, match=says):
        choose(Wish(base, file), {})


def test_a_missing_order_book_is_named(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="No such file"):
        first_rows(tmp_path / "nowhere.csv")


def test_every_country_of_the_table_has_a_main_zone() -> None:
    assert main_zone("JP") == "Asia/Tokyo"
    assert main_zone("AU") == "Australia/Sydney"
    assert main_zone("ZZ") is None


def test_an_order_book_has_a_home_of_its_own(base: Path) -> None:
    assert Wish(base, Path("/data/teehaus.csv")).home == base / "books" / "teehaus"
    assert Wish(base).home == base
