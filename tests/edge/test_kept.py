"""What comes in from a record, and what stays outside."""

import json
from decimal import Decimal

import pytest
from msgspec import Raw

from include.clients.json import loads
from include.privacy.projection import Projection
from include.sources import REGISTRY
from tests.edge.records import GOOD, SECRET, SHOP, payload, projection


def test_only_listed_fields_are_kept_in_the_order_of_the_list():
    line = projection().record({"lines": [{"x": 1, "id": 3}], "secret": "canary", **GOOD, "amount": "1.50"})
    assert line.payload == b'{"id":"7","at":"2026-03-01T00:00:00Z","amount":"1.50","lines":[{"id":3}]}'
    assert (line.scope, line.updated_at, line.rows) == ("7", "2026-03-01T00:00:00+00:00", 1)


def test_a_line_is_what_the_lake_keeps():
    line = projection().record(GOOD).json()
    assert json.loads(line) == {"s": "7", "u": "2026-03-01T00:00:00+00:00", "p": GOOD, "n": 1}


def test_drift_names_path_and_type_and_never_a_value():
    projected = projection(unwanted="known")
    for _ in range(2):
        projected.record({**GOOD, "new": {"a": "canary"}, "known": "canary", "lines": [{"id": 1, "n": None}]})
    projected.record({**GOOD, "canary@example.com": 1, 'x"; drop table': True})
    assert dict(projected.drift) == {
        ("new", "object"): 2,
        ("lines.n", "null"): 2,
        ("?", "number"): 1,
        ("?", "boolean"): 1,
    }
    assert "canary" not in str(projected.drift)


def test_drift_stays_small_however_many_fields_come():
    projected = projection()
    for batch in range(30):
        projected.record({**GOOD, **{f"f{batch}_{number}": 1 for number in range(100)}})
    assert len(projected.drift) == 1000


def test_nothing_is_always_allowed_but_for_key_and_time():
    everything = {"id": 7, "at": "2026-03-01", "amount": None, "on": None, "tags": None, "lines": None}
    assert payload(projection(), everything) == everything


@pytest.mark.parametrize(
    "number",
    [
        "12.30",
        "0.1",
        "-5",
        "999999999999999",
        "0.30000000000000000000004",
        "1e3",
        '"55.0"',
        '"-0.05"',
    ],
)
def test_numbers_keep_the_text_they_came_with(number: str):
    raw = f'{{"id":"7","at":"2026-03-01","amount":{number}}}'.encode()
    kept = projection().record(loads(raw)).payload.decode()
    assert kept.endswith(f'"amount":{number}}}') or Decimal(kept.split(":")[-1][:-1]) == Decimal(number)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("7", "7"),
        ("-7", "-7"),
        ('"7"', '"7"'),
        ("0", "0"),
        ("null", "null"),
        ("7.0", "7"),
        ("7e2", "700"),
        ('"+7"', "7"),
        ('"7e2"', "700"),
    ],
)
def test_a_count_is_kept_as_it_was_told_unless_no_column_could_read_it_so(told: str, kept: str):
    raw = Raw(b'{"id":"7","at":"2026-03-01T00:00:00Z","units":%s}' % told.encode())
    projected = projection("id at@ units+")
    for one in (raw, raw, loads(bytes(raw)), loads(bytes(raw))):
        assert projected.record(one).payload.endswith(b'"units":%s}' % kept.encode())


def test_half_surrogates_and_nul_are_taken_out_and_counted():
    projected = projection()
    raw = b'{"id":"7","at":"2026-03-01","tags":["a\\u0000b","\\ud83d!","ok \\ud83d\\ude00","\\\\u0000"]}'
    assert payload(projected, raw)["tags"] == ["ab", "!", "ok \U0001f600", "\\u0000"]
    assert projected.stripped == 2


def test_false_is_nothing_where_the_vendor_says_so_but_for_booleans():
    projected = projection("id at@ amount# on? tags*", false_is_null=True)
    record = {**GOOD, "amount": False, "on": False, "tags": False}
    assert payload(projected, record) == {**GOOD, "amount": None, "on": False, "tags": None}


def test_naive_instants_are_utc():
    assert (
        projection().record({"id": 1, "at": "2026-03-01 23:59:59"}).updated_at == "2026-03-01T23:59:59+00:00"
    )


def test_a_statement_is_a_whole_day_also_an_empty_one():
    ads = Projection(REGISTRY["google_ads"].stream("campaigns_daily"), SHOP, SECRET)
    row = {
        "campaign": {"id": "91", "resourceName": "x"},
        "metrics": {"costMicros": "1230000", "conversions": Decimal("1.5")},
    }
    line = ads.statement("2026-03-09", [row, row])
    assert (line.scope, line.updated_at, line.rows) == ("2026-03-09", None, 2)
    assert json.loads(line.payload)[0]["metrics"] == {"costMicros": "1230000", "conversions": 1.5}
    assert ads.statement("2026-03-10", []).json() == b'{"s":"2026-03-10","u":null,"p":[],"n":0}'
