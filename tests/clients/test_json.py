"""JSON stays what it was."""

from decimal import Decimal

import pytest

from include.clients.json import NotJson, dumps, loads
from include.errors import Stop


@pytest.mark.parametrize(
    "text",
    [
        b"12.30",
        b"0.1",
        b"-0.0",
        b"1234567890123456789012345678901234567890",
        b"0.1000000000000000055511151231257827021181583404541015625",
        b'{"a":[true,false,null,""]}',
        '"Füße \U0001f600"'.encode(),
        b'"\\u0000"',
    ],
)
def test_what_is_read_is_written_again(text: bytes):
    assert dumps(loads(text)) == text


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":1', b"nan", b"<html>", b"\xff\xfe", b"[1] x"])
def test_what_is_no_json_is_refused(text: bytes):
    with pytest.raises(NotJson):
        loads(text)


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b"1e9999999999999999999999"])
def test_what_is_no_number_is_left_for_whoever_reads_the_record(text: bytes):
    assert not loads(b'{"a":%b}' % text)["a"].is_finite()


def test_a_number_of_any_length_is_read():
    assert loads(b'{"a":%b}' % (b"9" * 5000))["a"] == Decimal("9" * 5000)


def test_too_many_values_stop(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("include.clients.json.MOST_VALUES", 10)
    assert len(loads(b"[" + b"1," * 10 + b"1]")) == 11
    with pytest.raises(Stop, match="more than 10 values"):
        loads(b"[" + b"1," * 11 + b"1]")


def test_a_byte_order_mark_is_passed_over():
    assert loads(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_half_an_emoji_is_read():
    assert loads(b'{"a":"\\ud83d","b":1.50}')["a"] == "\ud83d"


def test_bottomless_nesting_stops():
    for text in (b"[" * 100_000, b'{"a":' * 100_000):
        with pytest.raises(Stop):
            loads(text)
