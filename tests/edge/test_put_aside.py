"""A record that breaks its promise is put aside by name, its field and a reason that never quotes it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import Raw

from include.clients.json import dumps, loads
from include.errors import SkipRecord
from include.privacy.projection import Projection
from include.sources import REGISTRY
from include.sources.base import Person, Stream
from tests.edge.records import GOOD, SECRET, SHOP, payload, projection


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


def test_one_bad_row_spoils_the_whole_day():
    ads = Projection(REGISTRY["google_ads"].stream("campaigns_daily"), SHOP, SECRET)
    with pytest.raises(SkipRecord):
        ads.statement("2026-03-09", [{"campaign": {"id": "91"}}, {"campaign": {"name": "no id"}}])


def test_a_package_that_nothing_can_be_told_of_by_name_spoils_its_order():
    orders = Projection(REGISTRY["amazon"].stream("orders"), SHOP, SECRET)
    order = {"orderId": "1", "createdTime": "2026-03-09T10:00:00Z", "lastUpdatedTime": "2026-03-09T10:00:00Z"}
    order["packages"] = [{"packageReferenceId": "1"}, {"trackingNumber": "1Z"}]
    with pytest.raises(SkipRecord, match=r"packages\.packageReferenceId"):
        orders.record(order)


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
