"""The European Central Bank's rates, read from its own format and from the sandbox's face of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from include.errors import Stop, Wait
from include.privacy.line import Line
from include.privacy.projection import Projection
from include.sandbox.server import Running
from include.sources.base import Account
from include.sources.ecb import ECB, parse, published
from include.window import Window
from tests.clients.faulty import Say, faulty
from tests.sandbox import tiny
from tests.sources.company import NOW, SECRET

FILES = Path(__file__).parent / "files"
RATES = ECB.stream("rates")
DAY = timedelta(days=1)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Running]:
    """200 days of rates up to 9 March 2026, weekends left out; a dollar a euro more or less."""
    days = [date(2026, 3, 9) - n * DAY for n in range(200)]
    rates = {
        day: {"USD": Decimal("1.08") + n, "JPY": Decimal("161.02")}
        for n, day in enumerate(days)
        if day.isoweekday() <= 5
    }
    with tiny.served(tmp_path, "ecb", of=replace(tiny.world(), exchange_rates=rates)) as running:
        running.sandbox.clock.set(NOW)
        yield running


def read(running: Running, window: Window) -> list[Line]:
    account = Account("ecb", "ecb", f"{running.url}/ecb", {})
    projection = Projection(RATES, account, SECRET)
    with ECB.opened(account) as session:
        lines = [projection.statement(str(page.scope), page.records) for page in RATES.pull(session, window)]
    assert not projection.drift
    return lines


def scopes(lines: list[Line]) -> list[str]:
    return [line.scope for line in lines]


def test_the_banks_own_daily_file_is_read():
    days = parse((FILES / "eurofxref-daily.xml").read_bytes())
    assert list(days) == [date(2026, 3, 9)]
    rates = {row["currency"]: row["rate"] for row in days[date(2026, 3, 9)]}
    assert rates == {"USD": "1.0823", "JPY": "161.02", "BGN": "1.9558", "GBP": "0.83905", "ISK": "146.50"}


def test_a_currency_that_was_not_quoted_is_absent_from_its_day():
    assert "RUB" not in {
        row["currency"] for row in parse((FILES / "eurofxref-daily.xml").read_bytes())[date(2026, 3, 9)]
    }


def test_the_banks_own_long_file_holds_several_days():
    days = parse((FILES / "eurofxref-hist-90d.xml").read_bytes())
    assert sorted(days) == [date(2026, 3, 6), date(2026, 3, 9)]
    assert days[date(2026, 3, 6)][0] == {"currency": "USD", "rate": "1.0866"}


def test_a_document_type_is_refused():
    with pytest.raises(Stop, match="document type"):
        parse(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def test_a_day_is_one_statement_and_weekends_have_none(company: Running):
    lines = read(company, Window(NOW - 7 * DAY, NOW))
    assert scopes(lines) == ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-09"]
    assert json.loads(lines[-1].payload) == [
        {"currency": "USD", "rate": "1.08"}, {"currency": "JPY", "rate": "161.02"},
    ]  # fmt: skip


def test_a_day_belongs_to_the_window_that_holds_four_in_the_afternoon_in_frankfurt(company: Running):
    four = published(date(2026, 3, 9))
    assert four.astimezone(UTC) == datetime(2026, 3, 9, 15, tzinfo=UTC)
    assert scopes(read(company, Window(four, four + DAY))) == ["2026-03-09"]
    assert scopes(read(company, Window(four - DAY, four))) == []


def test_a_weekend_is_not_even_asked_about():
    saturday = datetime(2026, 3, 7, tzinfo=UTC)
    with faulty() as vendor:
        with ECB.opened(Account("ecb", "ecb", vendor.url, {})) as session:
            assert list(RATES.pull(session, Window(saturday, saturday + 2 * DAY))) == []
        assert vendor.asked == []


@pytest.mark.parametrize(
    ("days", "file"),
    [
        pytest.param(1, "eurofxref-daily.xml", id="one day"),
        pytest.param(7, "eurofxref-hist-90d.xml", id="a week"),
        pytest.param(100, "eurofxref-hist.xml", id="more than a quarter"),
    ],
)
def test_the_smallest_file_that_covers_the_window_is_read(days: int, file: str):
    old = (FILES / "eurofxref-hist-90d.xml").read_text().replace("2026-03-06", "2025-01-02").encode()
    with faulty() as vendor:
        vendor.will(Say(body=old, headers={"Content-Type": "text/xml"}))
        with ECB.opened(Account("ecb", "ecb", vendor.url, {})) as session:
            list(RATES.pull(session, Window(NOW - days * DAY, NOW)))
        assert [asked.path for asked in vendor.asked] == [f"/stats/eurofxref/{file}"]


def test_the_first_night_reads_five_years_and_no_more(company: Running):
    old = date(2021, 3, 8)
    company.sandbox.world.exchange_rates.update(
        {old + n * DAY: {"USD": Decimal("1.2")} for n in (0, 9)}  # the window ends on 10 March 2026
    )
    lines = read(company, Window(datetime(2000, 1, 1, tzinfo=UTC), NOW))
    assert RATES.from_the_first
    assert scopes(lines)[:2] == ["2021-03-17", "2025-08-22"]


def test_a_file_that_does_not_reach_back_is_followed_by_the_next(company: Running):
    assert scopes(read(company, Window(NOW - 152 * DAY, NOW - 151 * DAY))) == ["2025-10-09"]
    assert len(read(company, Window(NOW - 95 * DAY, NOW - 20 * DAY))) == 53


@pytest.mark.parametrize("kind", ["429", "500", "html", "truncate", "reset"])
def test_a_stumbling_bank_is_read_all_the_same(company: Running, kind: str):
    week = Window(NOW - 7 * DAY, NOW)
    wanted = read(company, week)
    fault = {"vendor": "ecb", "kind": kind, "times": 1}
    requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
    assert read(company, week) == wanted


def test_a_file_that_stays_broken_is_waited_for():
    half = (FILES / "eurofxref-daily.xml").read_bytes()[:400]
    with faulty() as vendor:
        vendor.will(*[Say(body=half) for _ in range(3)])
        with ECB.opened(Account("ecb", "ecb", vendor.url, {})) as session, pytest.raises(Wait, match="cut"):
            list(RATES.pull(session, Window(NOW - DAY, NOW)))


def test_a_file_without_a_single_day_is_asked_for_later_and_not_taken_for_silence():
    """The bank has published every working day since 1999: such a night would otherwise have landed."""
    empty = re.sub(
        rb"<Cube>.*</Cube>", b"<Cube></Cube>", (FILES / "eurofxref-daily.xml").read_bytes(), flags=re.S
    )
    with faulty() as vendor:
        vendor.will(Say(body=empty, headers={"Content-Type": "text/xml"}))
        account = Account("ecb", "ecb", vendor.url, {})
        with ECB.opened(account) as session, pytest.raises(Wait, match="holds no day"):
            list(RATES.pull(session, Window(NOW - DAY, NOW)))
