"""No cell opens as a formula, and no number is changed."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from include.activation import safe_csv

PAYLOADS = [
    *(
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-1+1",
        "@SUM(1+1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        " =1+1",
        "  @A1",
    ),
    *(
        "\u00a0=1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        '=HYPERLINK("http://x","y")',
    ),
    *(
        "-2+3+cmd|' /C calc'!A0",
        "+cmd|' /C calc'!A0",
        '=IMPORTXML("http://x","//a")',
        "@=1",
        "=\u00001",
        "\x00=1+1",
    ),
    *("-SUM(A1)", "=A1\n=A2", "+\u200b1", "-", "=", "@"),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=repr)
def test_a_text_never_begins_as_a_formula(payload):
    [[cell]] = list(csv.reader(io.StringIO(written([{"a": payload}]), newline="")))[1:]
    assert cell.startswith("'")
    assert "\x00" not in cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (2.5, "2.5"),
        (date(2026, 3, 1), "2026-03-01"),
        (None, ""),
        (True, "yes"),
    ],
)
def test_numbers_dates_and_nothing_stay_themselves(value, cell):
    assert next(csv.reader([written([{"a": value}]).split("\r\n")[1]])) == [cell]


@pytest.mark.parametrize("text", ["plain", "a=b", "C++", "3-4", "o'neil", "“quoted”, with comma", "Grüße"])
def test_harmless_texts_are_left_alone(text):
    assert next(csv.reader([written([{"a": text}]).splitlines()[1]])) == [text]


def test_spreadsheets_read_it_as_utf_8():
    assert written([]).encode().startswith(b"\xef\xbb\xbf")


def written(rows):
    return safe_csv.written({"a": "A"}, rows)
