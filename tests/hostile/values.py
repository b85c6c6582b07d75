"""Values and shapes that no honest vendor sends, as the JSON text they would come in, and where they are put."""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from include.window import Window
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.ways import WAYS, Way
from tests.hostile.wire import Wire
from tests.sandbox.tiny import at

DEEP = 400


def text(value: str) -> bytes:
    return orjson.dumps(value)


TOKENS: dict[str, bytes] = {
    "NUL": b'"a\\u0000b"', "half a surrogate": b'"\\ud83d"', "the other half": b'"\\udc00x"', "NaN": b"NaN",
    "infinity": b"Infinity", "minus infinity": b"-Infinity", "1e400000": b"1e400000", "1e99999999999999999999": b"1e99999999999999999999",
    "5,000 digits": b"9" * 5000, "400 digits": b"-" + b"8" * 400, "2^63": b"9223372036854775808", "2^31": b"2147483648",
    "minus zero": b"-0", "minus zero point zero": b"-0.0", "tiny": b"1e-400", "a long fraction": b"0." + b"1" * 1000,
    "true": b"true", "false": b"false", "null": b"null", "no text": b'""', "a space": b'" "', "no list": b"[]", "no object": b"{}",
    "a list of lists": b"[[]]", "a list of objects": b'[{"a": 1}]', "a list of null": b"[null]", "an object": b'{"a": {"b": 1}}',
    "depth": b"[" * DEEP + b"]" * DEEP, "depth of objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "5,000 names": orjson.dumps({f"name{n}": n for n in range(5000)}), "a long text": text("x" * 1_000_000),
    "a name of 100 bytes": orjson.dumps({"n" * 100: 1}), "the same name twice": b'{"a": 1, "a": 2}',
    "a script": text("<script>alert(1)</script>"), "an image": text('"><img src=x onerror=alert(1)>'),
    "a javascript link": text("javascript:alert(1)"), "a template": text("{{7*7}}{%import os%}${7*7}"),
    "an injection": text("'; DROP TABLE raw.load_log; --"), "another": text('x"); DROP SCHEMA raw CASCADE; --'), "copy's end": text("\\."),
    "a formula": text("=cmd|' /C calc'!A0"), "an at formula": text("@SUM(1+1)*cmd|' /C calc'!A0"), "a plus formula": text("+1+1"),
    "climbing": text("../../../etc/passwd"), "two dots": text(".."), "a device": text("C:\\CON"), "a URL": text("file:///etc/passwd"),
    "right to left": text("\u202egnp.exe"), "a Cyrillic a": text("\u0430dmin"), "zero width": text("a\u200bb"),
    "line separator": text("a\u2028b"), "a byte order mark": text("\ufeffa"), "control": b'"\\u0001\\u0002"', "an escape": b'"\\u001b[31mred"',
    "line end": text("a\nb"), "delete": text("a\x7fb"), "Arabic digits": text("\u0661\u0662\u0663"), "wide digits": text("\uff11\uff12"),
    "hexadecimal": text("0x10"), "underscores": text("1_000"), "thousands": text("1,000"), "NaN in words": text("NaN"),
    "30 February": text("2026-02-30"), "a far zone": text("2026-03-09T12:00:00+23:59"), "a comma": text("2026-03-09T12:00:00,5Z"),
    "a wide space": text("2026-03-09\u200312:00:00Z"), "a week": text("2026-W10-1"), "now": text("now"), "infinite time": text("infinity"),
    "year 1": text("0001-01-01T00:00:00Z"), "the last year": text("9999-12-31T23:59:59Z"), "a zone of seconds": text("2026-03-09T12:00:00+01:00:30"),
    "printf": text("%s%n%x"), "a backslash": text("\\u0000"), "an emoji": text("\U0001f469\u200d\U0001f52c"),
}  # fmt: skip
SHAPES: dict[str, bytes] = {
    "the record null": b"null", "the record text": b'"x"', "the record a number": b"7", "the record a list": b"[]",
    "the record empty": b"{}", "the record of 5,000 names": orjson.dumps({f"n{n}": n for n in range(5000)}),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where in a vendor's answer: `records` leads to the list of records, `fields` are dotted paths in a record. `by` are
    fields by which the source itself chooses: with another instant a record is none of this window. `silent` are fields and
    values by which the vendor itself says that it knows nothing."""

    way: Way
    records: tuple[str | int, ...]
    fields: tuple[str, ...]
    by: tuple[str, ...] = ()
    silent: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.way}-{self.way.stream}"


def _way(name: str, **changes: Any) -> Way:
    (found,) = (way for way in WAYS if way.name == name)
    return replace(found, small={}, **changes)


_CUSTOMERS = _way("shopify", stream="customers", window=Window(at(7), at(10)))
_PROFILES = _way("klaviyo", stream="profiles", data="/klaviyo/api/profiles", window=Window(at(-60), at(10)))

PLACES = (
    Place(_way("shopify"), ("data", "orders", "nodes"), (
        "id", "name", "test", "updatedAt", "cancelledAt", "totalPriceSet", "totalPriceSet.shopMoney.amount", "lineItems",
        "lineItems.nodes", "refunds", "customer", "tags",
    )),
    Place(_CUSTOMERS, ("data", "customers", "nodes"), (
        "id", "updatedAt", "tags", "firstName", "numberOfOrders", "defaultEmailAddress", "defaultEmailAddress.emailAddress",
        "defaultPhoneNumber", "defaultEmailAddress.marketingUpdatedAt", "defaultAddress",
    )),
    Place(_way("amazon"), ("orders",), (
        "orderId", "createdTime", "lastUpdatedTime", "salesChannel", "proceeds.grandTotal.amount", "orderItems", "recipient",
        "recipient.deliveryAddress", "packages",
    ), by=("lastUpdatedTime",)),
    Place(_way("google ads"), (0, "results"), (
        "campaign.id", "campaign.name", "metrics", "metrics.clicks", "metrics.conversions", "customer.currencyCode",
    )),
    Place(_way("easypost"), ("trackers",), (
        "id", "status", "finalized", "updated_at", "created_at", "carrier_detail", "tracking_details", "est_delivery_date",
    ), by=("created_at",)),
    Place(_way("ups"), ("trackResponse", "shipment"), ("inquiryNumber", "package"), silent=(
        ("package", "null"), ("package", "no list"), ("", "the record empty"), ("", "the record of 5,000 names"),
    )),
    Place(_way("odoo"), (), ("id", "product_id", "quantity", "date", "write_date", "origin")),
    Place(_way("meta"), ("data",), ("campaign_id", "campaign_name", "spend", "clicks", "actions", "attribution_setting")),
    Place(_way("klaviyo"), ("data",), (
        "id", "attributes", "attributes.datetime", "attributes.event_properties", "relationships",
    )),
    Place(_PROFILES, ("data",), (
        "id", "attributes.email", "attributes.updated", "attributes.subscriptions", "attributes.phone_number",
        "attributes.subscriptions.email.marketing",
    ), by=("attributes.updated",)),
)  # fmt: skip

CASES = [
    (place, field, name)
    for place in PLACES
    for field in (*place.fields, "")
    for name in (TOKENS if field else SHAPES)
]
"""Field '' is the record itself."""


def put(place: Place, field: str, name: str) -> Spoil:
    """The first record with this in this field."""
    token = (TOKENS if field else SHAPES)[name]

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        answer = wire.json()
        records = answer
        for step in place.records:
            records = records[step]
        if field:
            _set(records[0], field.split("."))
        else:
            records[0] = _MARK
        return wire.but(body=orjson.dumps(answer).replace(b'"%b"' % _MARK.encode(), token))

    return spoil


_MARK = "@@hostile@@"


def _set(record: Any, path: list[str]) -> None:
    *above, last = path
    for name in above:
        if not isinstance(record.get(name), dict):
            record[name] = {}
        record = record[name]
    record[last] = _MARK
