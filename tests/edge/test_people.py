"""Who stands in a record: a key in raw, a person in the vault."""

import json

from include.privacy import customer_key
from include.privacy.projection import Projection
from include.sources import REGISTRY
from include.sources.base import Person
from tests.edge.records import GOOD, SECRET, SHOP, payload, projection

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
