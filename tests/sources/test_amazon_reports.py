"""Amazon's reports: feedback and returned goods, asked for as files and read line by line."""

import gzip
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from include.errors import Stop, Wait
from include.sandbox.server import Running
from include.sources.amazon import reports
from include.sources.amazon.client import connect
from include.window import Window
from tests.sandbox import seller
from tests.sandbox.tiny import at
from tests.sources.company import HISTORY, account, read, served
from tests.sources.test_amazon import payloads


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Running]:
    """A company of one's own, to disturb."""
    with served(tmp_path) as company:
        yield company


def test_a_bad_rating_is_an_order_a_day_and_stars(company: Running):
    assert payloads(company, "feedback") == {
        seller.number(2): {
            "order_id": seller.number(2),
            "marketplace_id": seller.US,
            "date": "2026-03-08",
            "rating": "2",
        }
    }


def test_a_returned_unit_is_known_by_its_licence_plate(company: Running):
    ((plate, unit),) = payloads(company, "returns").items()
    assert unit["license_plate_number"] == plate
    assert (unit["order_id"], unit["sku"], unit["quantity"]) == (seller.number(1), seller.COFFEE, "1")
    assert (unit["detailed_disposition"], unit["reason"]) == ("SELLABLE", "NOT_AS_DESCRIBED")


def test_a_cancelled_report_is_an_empty_answer_and_a_fatal_one_is_not(alone: Running):
    assert payloads(alone, "returns", Window(at(-20), at(-19))) == {}
    alone.sandbox.state.put("amazon_fatal_report", "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", True)
    with pytest.raises(Wait, match=r"report GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA \(\d+\) ended FATAL"):
        read(alone, "amazon", "returns")
    assert payloads(alone, "feedback")


class Lives:
    """Seconds that addresses live, one after the other."""

    def __init__(self, *seconds: float):
        self._seconds = iter(seconds)

    def __radd__(self, now: float) -> float:
        return now + next(self._seconds)


def test_an_address_that_has_expired_is_asked_for_anew(company: Running, monkeypatch: pytest.MonkeyPatch):
    place = "include.sandbox.faces.amazon.reports.URL_SECONDS"
    monkeypatch.setattr(place, Lives(-1, -1, 300))
    assert payloads(company, "feedback")
    monkeypatch.setattr(place, Lives(-1, -1, -1))
    with pytest.raises(Wait, match="addresses expire"):
        read(company, "amazon", "feedback")


@pytest.mark.parametrize(
    ("text", "month_first", "day"),
    [
        ("3/9/26", True, "2026-03-09"),
        ("3/9/26", False, "2026-09-03"),
        ("09.03.2026", False, "2026-03-09"),
        ("2026/03/09", False, "2026-03-09"),
        ("2026-03-09", True, "2026-03-09"),
        ("yesterday", True, "yesterday"),
        ("31/31/26", True, "31/31/26"),
    ],
)
def test_days_are_read_as_people_there_write_them(text: str, month_first: bool, day: str):
    assert reports._day(text, month_first) == day


@pytest.mark.parametrize(("most", "longest"), [(1000, 100_000), (100_000, 1000)])
def test_a_document_that_unfolds_to_too_much_is_refused(
    company: Running, monkeypatch: pytest.MonkeyPatch, most: int, longest: int
):
    monkeypatch.setattr(reports, "MOST_BYTES", most)
    monkeypatch.setattr(reports, "LONGEST_LINE", longest)
    with pytest.raises(Stop, match="more than 1,000 bytes"):
        rows_of(company, gzip.compress(b"x" * 2000))


def test_a_document_that_is_cut_is_asked_for_later(company: Running):
    with pytest.raises(Wait, match="cut or broken"):
        rows_of(company, gzip.compress(b"x" * 100)[:-4])


def rows_of(company: Running, document: bytes, marketplace: str = seller.US) -> list[list[str]]:
    amazon = connect(account(company, "amazon"))
    zipped = document.startswith(b"\x1f\x8b")
    return list(reports._rows(amazon, BytesIO(document), zipped, marketplace))


@pytest.mark.parametrize(
    ("data", "marketplace", "text"),
    [
        ("crème – brûlée".encode("cp1252"), seller.US, "crème – brûlée"),
        ("crème – brûlée".encode("utf-8-sig"), seller.US, "crème – brûlée"),
        ("抹茶".encode("cp932"), reports.JAPAN, "抹茶"),
    ],
)
def test_files_are_decoded_as_their_marketplace_writes_them(
    company: Running, data: bytes, marketplace: str, text: str
):
    assert rows_of(company, data, marketplace) == [[text]]


def test_what_a_buyer_wrote_never_breaks_a_line(company: Running):
    """A pasted line separator, a form feed or a next-line character is text; only a line feed ends a row."""
    comment = "too\u2028small\x85and\x0clate"
    row = ["3/9/26", "1", comment, "", "111-1", "x@marketplace.amazon.com"]
    document = "\r\n".join(["Date\tRating\tComments\tResponse\tOrder ID\tRater Email", "\t".join(row), ""])
    assert rows_of(company, document.encode())[1:] == [row]


def reported(monkeypatch: pytest.MonkeyPatch, *rows: list[str]) -> None:
    monkeypatch.setattr(reports, "_report", lambda *_: (row for row in rows))


def test_a_rating_cut_short_is_put_aside_and_not_forgotten(company: Running, monkeypatch: pytest.MonkeyPatch):
    reported(monkeypatch, ["Date", "Rating", "Comments", "Response", "Order ID"], ["3/9/26", "1", "cut"])
    (page,) = reports.pull_feedback(connect(account(company, "amazon")), HISTORY)
    assert page.records == [
        {"order_id": None, "marketplace_id": seller.US, "date": "2026-03-09", "rating": "1"}
    ]


def test_returned_units_without_a_licence_plate_are_told_apart(
    company: Running, monkeypatch: pytest.MonkeyPatch
):
    header = ["return-date", "order-id", "sku", "quantity", "license-plate-number"]
    unit = ["2026-03-02T10:00:00+00:00", "111-1", "LP-1", "1", ""]
    reported(monkeypatch, header, unit, list(unit), [*unit[:4], "LPN1"])
    amazon, day = connect(account(company, "amazon")), Window(at(2), at(3))
    plates = [
        one["license_plate_number"] for page in reports.pull_returns(amazon, day) for one in page.records
    ]
    assert plates == [
        "111-1/LP-1/2026-03-02T10:00:00+00:00/1", "111-1/LP-1/2026-03-02T10:00:00+00:00/2", "LPN1",
    ]  # fmt: skip
