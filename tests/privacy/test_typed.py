"""The quick way through the edge gives what the walk gives, byte for byte, whatever a vendor sends."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from include.clients.json import dumps, loads
from include.errors import SkipRecord
from include.privacy.projection import Projection
from include.sources import REGISTRY
from include.sources.base import Account, Person, Stream
from tests.bench.load_pages import page
from tests.bench.load_source import BENCH

ACCOUNT = Account("shop", "main", "http://x", {})
SECRET = b"0123456789abcdef0123456789abcdef"
STREAM = Stream(
    "orders",
    "log",
    """id! at@! 7d_click# paid? tags note customer_note zone~ total{amount# currency}
    lines*{id! price# sent_at@ units+! cost#! taxes!{rate# kind! home~!}}""",
    lambda *_: iter(()),
    updated_at="at",
    person=Person("customer", email="email"),
    unwanted="secret total{hidden} lines{hidden}",
)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**25), 10**25), st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "1.50", "2026-03-01", "2026-02-31", "2026-03-01T10:00:00Z", "nul \0", "half \ud83d", "x"]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
)


USUAL = [1, 0, "12.30", "-7", Decimal("0.0625"), None]
TAX = {"kind": "VAT", "home": "UTC"}


def mostly(good: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(good, good, good, good, good, anything)


numbers = st.sampled_from([1, 0, "12.30", Decimal("0.0625"), None])
instants = st.sampled_from(["2026-03-01T10:00:00+01:00", "2026-03-01", None])
zones = st.sampled_from(["Europe/Berlin", "UTC", "Mars/Base", "localtime", ""])
taxes = st.fixed_dictionaries(
    {"kind": mostly(st.just("VAT")), "home": mostly(zones)}, optional={"rate": mostly(numbers)}
)
lines = st.fixed_dictionaries(
    {
        "id": mostly(st.integers(1, 9)), "units": mostly(st.integers(1, 9)), "cost": mostly(numbers),
        "taxes": mostly(st.lists(taxes, max_size=2)),
    },
    optional={
        "price": mostly(numbers), "sent_at": mostly(instants), "hidden": anything, "unknown": anything,
    },
)  # fmt: skip
totals = st.fixed_dictionaries({"amount": mostly(numbers)}, optional={"hidden": anything, "new": anything})
records = st.fixed_dictionaries(
    {"id": mostly(st.integers(1, 9)), "at": mostly(st.just("2026-03-01T10:00:00Z"))},
    optional={
        "7d_click": mostly(numbers), "paid": mostly(st.booleans()), "tags": mostly(st.just(["a", "b"])),
        "note": mostly(st.text(max_size=5)), "zone": mostly(zones), "secret": anything, "customer_key": anything, "unknown": anything,
        "total": mostly(totals | st.lists(totals, max_size=2)),
        "lines": mostly(st.lists(lines, max_size=3)),
        "customer": mostly(st.just({"id": 7, "email": "Ada@Example.com"})),
    },
)  # fmt: skip


def result(projection: Projection, record: Any) -> Any:
    try:
        return projection.record(record)
    except SkipRecord as skipped:
        return str(skipped)


def walking(stream: Stream) -> Projection:
    projection = Projection(stream, ACCOUNT, SECRET)
    projection._typed = None
    return projection


@given(st.lists(records, max_size=4))
@settings(max_examples=300, deadline=None)
def test_the_quick_way_gives_what_the_walk_gives(found: list[Any]):
    quick, slow = Projection(STREAM, ACCOUNT, SECRET), walking(STREAM)
    assert [result(quick, record) for record in found] == [result(slow, record) for record in found]
    assert (quick.drift, quick.stripped) == (slow.drift, slow.stripped)


@given(st.lists(records, max_size=12))
@settings(max_examples=200, deadline=None)
def test_records_looked_at_together_are_what_each_is_by_itself(found: list[Any]):
    together = Projection(STREAM, ACCOUNT, SECRET)
    usual = [record for record in found if Projection(STREAM, ACCOUNT, SECRET).lines([record])]
    odd = [record for record in found if record not in usual]
    assert together.lines(usual) == [result(walking(STREAM), record) for record in usual]
    assert not any(together.lines([*usual, record]) for record in odd)
    assert (together.drift, together.stripped) == (Counter(), 0)


@given(st.lists(st.sampled_from(USUAL), max_size=20), st.integers(0, 20), mostly(anything))
@settings(max_examples=300, deadline=None)
def test_one_odd_value_among_many_is_seen(usual: list[Any], place: int, odd: Any):
    told = [*usual[:place], odd, *usual[place:]]
    records = [{"id": 1, "at": "2026-03-01", "7d_click": value} for value in told]
    alone = [result(walking(STREAM), record) for record in records]
    lines = Projection(STREAM, ACCOUNT, SECRET).lines(records)
    assert lines is None or lines == alone


@pytest.mark.parametrize(
    "odd", ["1\n2", "2\n", "", "1e5", "٣", True, 10**15, Decimal("1E-2000"), Decimal("NaN"), [1]]
)
def test_a_number_written_oddly_is_looked_at_by_itself(odd: Any):
    records = [{"id": 1, "at": "2026-03-01", "7d_click": value} for value in ("12.30", 3, odd, None)]
    assert Projection(STREAM, ACCOUNT, SECRET).lines(records) is None


def test_an_empty_text_is_no_number_wherever_it_stands_among_others():
    for cents in range(40):  # texts are looked at in no order that anybody knows
        records = [{"id": 1, "at": "2026-03-01", "7d_click": value} for value in (f"12.{cents}", "")]
        assert Projection(STREAM, ACCOUNT, SECRET).lines(records) is None


@pytest.mark.parametrize("odd", ["2026-02-30", "2026-03-01\n2026-03-02", "2026-W10-1", "yesterday", 7, True])
def test_an_instant_written_oddly_is_looked_at_by_itself(odd: Any):
    lines = [
        {"id": 1, "sent_at": value, "units": 1, "cost": 1, "taxes": [TAX]} for value in ("2026-03-01", odd)
    ]
    record = {"id": 1, "at": "2026-03-01T10:00:00Z", "lines": lines}
    assert Projection(STREAM, ACCOUNT, SECRET).lines([record | {"lines": lines[:1]}])
    assert Projection(STREAM, ACCOUNT, SECRET).lines([record]) is None


@given(st.lists(records, max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_record_nobody_has_decoded_gives_what_a_decoded_one_gives(found: list[Any]):
    texts = [text.encode() for text in map(_as_text, found)]
    unread, slow = Projection(STREAM, ACCOUNT, SECRET), walking(STREAM)
    assert [result(unread, Raw(text)) for text in texts] == [result(slow, loads(text)) for text in texts]
    assert (unread.drift, unread.stripped) == (slow.drift, slow.stripped)


def _as_text(value: Any) -> str:
    """JSON as vendors write it, half surrogates, long numbers and all."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_as_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_text, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def test_half_a_record_is_put_aside():
    with pytest.raises(SkipRecord, match="not JSON"):
        Projection(STREAM, ACCOUNT, SECRET).record(Raw(b'{"id":1,"at":'))


@pytest.mark.parametrize("name", ["id", "at", "7d_click", "note", "secret", "unknown"])
def test_a_number_too_large_for_a_decimal_ends_no_night(name: str):
    text = {"id": "1", "at": '"2026-03-01T10:00:00Z"', name: "1e99999999999999999999"}
    record = ("{" + ",".join(f'"{key}":{value}' for key, value in text.items()) + "}").encode()
    unread, walked = Projection(STREAM, ACCOUNT, SECRET), walking(STREAM)
    assert result(unread, Raw(record)) == result(walked, loads(record))


@pytest.mark.parametrize("name", ["orders", "plain_orders", "keyed_rows"])
def test_ordinary_records_need_no_walk(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Projection, "_payload", lambda *_: pytest.fail("walked"))
    projection = Projection(BENCH.stream(name), ACCOUNT, SECRET)
    kind = name.removeprefix("keyed_")
    for record in loads(page(kind, 0, 200))["data"]:
        kept = loads(projection.record(record).payload)
        assert (kept["id"], "ada." in str(kept)) == (record["id"], False)


def test_every_stream_we_have_has_a_quick_way_unless_it_says_false_for_nothing():
    for source in REGISTRY.values():
        for stream in source.streams:
            typed = Projection(stream, ACCOUNT, SECRET)._typed
            assert (typed is None) == stream.false_is_null


def test_fractions_keep_their_text():
    record = loads(b'{"id":1,"at":"2026-03-01","7d_click":12.300}')
    assert b'"7d_click":12.300' in Projection(STREAM, ACCOUNT, SECRET).record(record).payload
    assert dumps(record["7d_click"]) == b"12.300"
