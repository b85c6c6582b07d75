"""The bank's files as the sandbox serves them, compared with the real format and the world's rates."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import requests
from defusedxml.ElementTree import fromstring

from include.sandbox.server import Running
from tests.sandbox import tiny

SAMPLES = Path(__file__).parents[1] / "sources" / "files"
RATES = {
    date(2025, 11, 3): {"USD": Decimal("1.15")},
    date(2026, 3, 6): {"USD": Decimal("1.0866"), "JPY": Decimal("160.59")},
    date(2026, 3, 9): {"USD": Decimal("1.0823"), "JPY": Decimal("161.02")},
}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with tiny.served(tmp_path, "ecb", of=replace(tiny.world(), exchange_rates=RATES)) as running:
        yield running


def at(running: Running, day: int, hour: int, minute: int = 0) -> Running:
    running.sandbox.clock.set(datetime(2026, 3, day, hour, minute, tzinfo=UTC))
    return running


def days(running: Running, file: str) -> list[str]:
    return [str(cube.get("time")) for cube in _root(running, file).iter() if cube.get("time")]


def _root(running: Running, file: str) -> Element:
    answer = requests.get(f"{running.url}/ecb/stats/eurofxref/{file}", timeout=5)
    assert answer.headers["Content-Type"].startswith("text/xml")
    return fromstring(answer.content)


def _shape(root: Element) -> set[tuple[str, tuple[str, ...]]]:
    return {(node.tag, tuple(node.keys())) for node in root.iter()}


@pytest.mark.parametrize("file", ["eurofxref-daily.xml", "eurofxref-hist-90d.xml"])
def test_a_file_has_the_elements_and_attributes_of_the_banks_own(running: Running, file: str):
    assert _shape(_root(at(running, 10, 12), file)) == _shape(fromstring((SAMPLES / file).read_bytes()))


def test_a_day_appears_at_four_in_the_afternoon_in_frankfurt(running: Running):
    assert days(at(running, 9, 14, 59), "eurofxref-daily.xml") == ["2026-03-06"]
    assert days(at(running, 9, 15), "eurofxref-daily.xml") == ["2026-03-09"]


def test_the_files_reach_back_one_day_a_quarter_and_for_ever(running: Running):
    at(running, 10, 12)
    assert days(running, "eurofxref-daily.xml") == ["2026-03-09"]
    assert days(running, "eurofxref-hist-90d.xml") == ["2026-03-09", "2026-03-06"]
    assert days(running, "eurofxref-hist.xml") == ["2026-03-09", "2026-03-06", "2025-11-03"]


def test_rates_are_the_worlds_to_the_last_digit(running: Running):
    cubes = _root(at(running, 10, 12), "eurofxref-daily.xml").iter()
    told = {cube.get("currency"): Decimal(str(cube.get("rate"))) for cube in cubes if cube.get("rate")}
    assert told == RATES[date(2026, 3, 9)]
