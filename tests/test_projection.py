"""What comes in from a record, and what stays outside."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import Raw

from include.clients.json import dumps, loads
from include.errors import SkipRecord
from include.privacy import customer_key
from include.privacy.projection import Projection
from include.sources import REGISTRY
from include.sources.base import Account, Person, Stream
from include.sources.fields import Many, needed, tree

SECRET = b"0123456789abcdef0123456789abcdef"
SHOP = Account("shopify", "tiny.myshopify.com", "https://tiny", {})


def stream(fields: str = "id at@ amount# on? tags* lines* { id }", **more) -> Stream:
    return Stream("things", "log", fields, lambda client, window: iter(()), **{"updated_at": "at", **more})


def projection(*args: str, **more) -> Projection:
    return Projection(stream(*args, **more), SHOP, SECRET)


def payload(projected: Projection, raw: bytes | dict) -> dict:
    record = raw if isinstance(raw, dict) else loads(raw)
    return json.loads(projected.record(record).payload, parse_float=Decimal)


GOOD = {"id": "7", "at": "2026-03-01T00:00:00Z"}


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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": 1.5}, "id"),
        ({"id": True}, "id"),
        ({"id": {"a": 1}}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": "x" * 501}, "id"),
        ({"at": None}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-02-30T00:00:00Z"}, "at"),
        ({"at": "20260101"}, "at"),
        ({"at": 1772323200}, "at"),
        ({"amount": "12,50"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": {"value": 1}}, "amount"),
        ({"amount": Decimal("1E+400000")}, "amount"),
        ({"on": "true"}, "on"),
        ({"on": 1}, "on"),
        ({"tags": {"a": 1}}, "tags"),
        ({"tags": [{"a": 1}]}, "tags"),
        ({"lines": "none"}, "lines"),
        ({"lines": ["none"]}, "lines"),
    ],
)
def test_a_record_that_breaks_its_promise_is_put_aside_with_the_field(change: dict, field: str):
    record = {**GOOD, "amount": "1", **change}
    with pytest.raises(SkipRecord) as skipped:
        projection().record(record)
    assert (skipped.value.source, skipped.value.field) == ("shopify", field)
    assert skipped.value.reason


def test_a_reason_never_quotes_the_value():
    with pytest.raises(SkipRecord) as skipped:
        projection().record({**GOOD, "amount": "canary@example.com"})
    assert "canary" not in str(skipped.value)


@pytest.mark.parametrize(
    "read", [lambda record: record, lambda record: Raw(dumps(record))], ids=["read", "unread"]
)
@pytest.mark.parametrize("record", [None, [], [{"id": "7"}], "x", 7])
@pytest.mark.parametrize(
    "person", [None, Person(email="email", vault=True), Person(at="buyer", email="email")]
)
def test_what_is_no_object_is_put_aside(
    record: object, read: Callable[[object], object], person: Person | None
):
    with pytest.raises(SkipRecord, match=r"field \$: expected an object"):
        projection(person=person).record(read(record))


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
    "number", ["1234567890123456789012345", "1e400", "1e-1001", '"1e15"', "NaN", "9" * 5000, '"\u0661\u0662"']
)
def test_a_number_that_no_sum_could_hold_puts_its_record_aside(number: str):
    raw = f'{{"id":"7","at":"2026-03-01","amount":{number}}}'.encode()
    with pytest.raises(SkipRecord) as aside:
        projection().record(loads(raw))
    assert (aside.value.record, aside.value.field) == ("7", "amount")


@pytest.mark.parametrize(
    "instant",
    [
        "2026-03-01T12:00:00+23:59",
        "2026-03-01T12:00:00,5Z",
        "2026-03-01x12:00:00",
        "2026-W10-1",
        "\u0662026-03-01",
    ],
)
def test_an_instant_that_postgres_would_not_read_puts_its_record_aside(instant: str):
    with pytest.raises(SkipRecord, match="at"):
        projection().record({"id": "7", "at": instant, "amount": 1})


@pytest.mark.parametrize("value", [[], ["a"], [None], {}])
def test_one_value_is_not_a_list_of_them(value: object):
    with pytest.raises(SkipRecord, match="field name: expected a value"):
        projection("id at@ name").record({**GOOD, "name": value})


@pytest.mark.parametrize(
    "value", ["1.5", "3000000000", "1e300", "seven", "", "[7]", True, 1.5, 2**31, -(2**31)]
)
def test_what_cannot_be_counted_to_is_no_count(value: object):
    with pytest.raises(SkipRecord, match="field units: "):
        projection("id at@ units+").record({**GOOD, "units": value})


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


# ---------------------------------------------------------------------------- people

ANN = {
    "id": "gid://shopify/Customer/1",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-03-01T00:00:00Z",
    "state": "ENABLED",
    "tags": ["consent-ads"],
    "numberOfOrders": "4",
    "firstName": "Canary",
    "lastName": "Canary",
    "amountSpent": {"amount": "72.8", "currencyCode": "USD"},
    "defaultAddress": {"countryCodeV2": "US", "provinceCode": "NV"},
    "defaultEmailAddress": {
        "emailAddress": " Canary@Example.com ",
        "marketingState": "SUBSCRIBED",
        "marketingUpdatedAt": "2026-02-01T00:00:00Z",
    },
    "defaultPhoneNumber": {
        "phoneNumber": "+14155550100",
        "marketingState": "UNSUBSCRIBED",
        "marketingUpdatedAt": None,
    },
}


def customers() -> Projection:
    return Projection(REGISTRY["shopify"].stream("customers"), SHOP, SECRET)


def test_a_customer_is_a_key_in_raw_and_a_person_in_the_vault():
    projected = customers()
    line, person = projected.record(ANN).json(), projected.person(ANN)
    key = customer_key(SECRET, "canary@example.com")
    assert b"anary" not in line
    assert b"+1415" not in line
    assert json.loads(line)["p"]["customer_key"] == key
    assert json.loads(line)["p"]["defaultEmailAddress"] == {
        "marketingState": "SUBSCRIBED",
        "marketingUpdatedAt": "2026-02-01T00:00:00Z",
    }
    assert person is not None
    assert person["customer_key"] == key
    assert person["alias_key"] == customer_key(SECRET, None, ANN["id"], "shopify")
    assert (person["email"], person["phone"]) == (" Canary@Example.com ", "+14155550100")
    assert (person["first_name"], person["country"], person["vendor_id"]) == ("Canary", "US", ANN["id"])
    assert [(c["purpose"], c["granted"], c["effective_at"]) for c in person["consents"]] == [
        ("email", True, "2026-02-01T00:00:00Z"),
        ("sms", False, "2026-03-01T00:00:00Z"),
        ("ads", True, "2026-03-01T00:00:00Z"),
    ]
    assert not projected.drift


def test_who_has_no_email_is_known_by_the_vendors_id():
    nameless = {**ANN, "defaultEmailAddress": None, "tags": []}
    person = customers().person(nameless)
    assert person is not None
    assert person["customer_key"] == customer_key(SECRET, None, ANN["id"], "shopify")
    assert person["alias_key"] is None
    assert [(c["purpose"], c["granted"]) for c in person["consents"]] == [("sms", False), ("ads", False)]


def test_a_reference_to_a_person_becomes_a_key():
    projected = projection("id at@", person=Person(at="customer"))
    named = {**GOOD, "customer": {"id": "c1", "defaultEmailAddress": {"emailAddress": "canary@example.com"}}}
    assert payload(projected, named) == {**GOOD, "customer_key": customer_key(SECRET, "canary@example.com")}
    by_id = {**GOOD, "customer": {"id": "c1", "defaultEmailAddress": None}}
    assert payload(projected, by_id)["customer_key"] == customer_key(SECRET, None, "c1", "shopify")
    assert payload(projected, {**GOOD, "customer": None})["customer_key"] is None
    assert projected.person(named) is None
    assert not projected.drift


# ---------------------------------------------------------------------------- statements


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


def test_one_bad_row_spoils_the_whole_day():
    ads = Projection(REGISTRY["google_ads"].stream("campaigns_daily"), SHOP, SECRET)
    with pytest.raises(SkipRecord):
        ads.statement("2026-03-09", [{"campaign": {"id": "91"}}, {"campaign": {"name": "no id"}}])


# ---------------------------------------------------------------------------- field lists


def test_field_lists_read_as_graphql_does():
    assert [isinstance(tree("a*{ b }, c{ b }")[name], Many) for name in "ac"] == [True, False]
    marks = {"id": "", "total": {"amount": "#", "units": "+"}, "at": "@", "ok": "?", "tags": "*"}
    assert tree("id!, total { amount#! units+ } at@ ok? tags*") == marks
    assert needed("id!, total { amount#! units+ } at@ lines!{ id! }") == {
        "id",
        "total.amount",
        "lines",
        "lines.id",
    }


@pytest.mark.parametrize("walks", [False, True])
@pytest.mark.parametrize("nothing", [None, "", "absent", True, []])
@pytest.mark.parametrize("field", ["state", "lines.kind", "lines"])
def test_a_record_without_what_it_cannot_do_without_is_put_aside_by_name(field, nothing, walks):
    stream = Stream(
        "orders", "log", "id! state! note lines!{kind! note}", lambda *_: iter(()), false_is_null=walks
    )
    edge, record = Projection(stream, SHOP, SECRET), {"id": 7, "state": "open", "lines": [{"kind": "goods"}]}
    assert edge.record(record).scope == "7"
    *above, name = field.split(".")
    holder = record["lines"][0] if above else record
    if nothing == "absent":
        del holder[name]
    else:
        holder[name] = nothing
    with pytest.raises(SkipRecord) as put_aside:
        edge.record(record)
    told = put_aside.value
    assert (told.record, told.field, told.reason) == ("7", field, "missing")


@pytest.mark.parametrize("zone", ["Mars/Base", "", "localtime", "+14:00", 7, ["UTC"]])
def test_a_time_zone_nobody_knows_puts_its_record_aside(zone):
    edge = Projection(Stream("shop", "snapshot", "id zone~", lambda *_: iter(())), SHOP, SECRET)
    assert edge.record({"id": 1, "zone": "Europe/Kyiv"}).scope == edge.record({"id": 1, "zone": None}).scope
    with pytest.raises(SkipRecord, match="zone"):
        edge.record({"id": 1, "zone": zone})


@pytest.mark.parametrize("walks", [False, True])
@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"total": [{"sum": {"n": 1}}, {"sum": {"n": 2}}]}, "total"),
        ({"total": {"sum": [{"n": 1}, {"n": 1}]}}, "total.sum"),
        ({"total": [[{"sum": {"n": 1}}]]}, "total"),
        ({"lines": [[{"id": 1}, {"id": 2}]]}, "lines"),
        ({"lines": [{"id": 1, "of": [{"n": 1}, {"n": 2}]}]}, "lines.of"),
    ],
)
def test_one_object_is_not_a_list_of_two(told: dict, where: str, walks: bool):
    stream = Stream(
        "orders", "log", "id total{sum{n}} lines*{id of{n}}", lambda *_: iter(()), false_is_null=walks
    )
    edge = Projection(stream, SHOP, SECRET)
    with pytest.raises(SkipRecord) as put_aside:
        edge.record({"id": 7, **told})
    told = put_aside.value
    assert (told.source, told.record, told.field, told.reason) == (
        "shopify",
        "7",
        where,
        "expected an object, found array",
    )


@pytest.mark.parametrize("walks", [False, True])
@pytest.mark.parametrize(
    "told",
    [
        {"lines": [{"id": 1}, {"id": 2}]},
        {"total": [{"n": 1}]},
        {"total": []},
        {"lines": []},
        {"lines": {"id": 1}},
    ],
)
def test_objects_in_a_list_and_one_in_a_list_of_its_own_come_in(told: dict, walks: bool):
    stream = Stream("orders", "log", "id total{n} lines*{id}", lambda *_: iter(()), false_is_null=walks)
    assert payload(Projection(stream, SHOP, SECRET), {"id": 7, **told}) == {"id": 7, **told}


@pytest.mark.parametrize("text", ["a {", "a }", "{ a }", "a { b }}", "a $ b"])
def test_a_field_list_that_does_not_parse_says_so(text: str):
    with pytest.raises(ValueError, match="field list"):
        tree(text)


# Their vendors tell no time of the last change: what was read last is newest.
TIMELESS = {
    ("amazon", "transactions"),
    ("amazon", "feedback"),
    ("amazon", "returns"),
    ("ups", "tracking"),
}


@pytest.mark.parametrize(
    ("source", "name"),
    [(source.name, stream.name) for source in REGISTRY.values() for stream in source.streams],
)
def test_every_stream_keeps_its_key_and_time(source: str, name: str):
    wanted = REGISTRY[source].stream(name)
    for path in filter(None, (wanted.key, wanted.updated_at)):
        kept = wanted.keep
        for step in path.split("."):
            kept = kept[step]
        assert kept in ("", "@")
    assert wanted.updated_at or wanted.kind != "log" or (source, name) in TIMELESS
