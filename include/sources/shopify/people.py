"""Whom Shopify's records name, and what customers agreed to."""

from typing import Any

from include.sources.base import Consent, Person, Record


def _consents(customer: Record) -> list[Consent]:
    """Marketing states as Shopify keeps them; the tag `consent-ads` stands for consent to audience matching."""
    found = []
    for purpose, field in (("email", "defaultEmailAddress"), ("sms", "defaultPhoneNumber")):
        state = customer.get(field)
        if state and state.get("marketingState"):
            since = state.get("marketingUpdatedAt") or customer["updatedAt"]
            evidence = {"field": f"{field}.marketingState", "state": state["marketingState"]}
            found.append(Consent(purpose, state["marketingState"] == "SUBSCRIBED", since, evidence))
    granted = "consent-ads" in _listed(customer.get("tags"))
    return [*found, Consent("ads", granted, customer["updatedAt"], {"field": "tags", "tag": "consent-ads"})]


def _listed(tags: Any) -> list[Any]:
    """A text that happens to hold the tag is no consent."""
    return tags if isinstance(tags, list) else []


BUYER = Person(at="customer")
CUSTOMER = Person(
    phone="defaultPhoneNumber.phoneNumber",
    first_name="firstName",
    last_name="lastName",
    country="defaultAddress.countryCodeV2",
    consents=_consents,
    vault=True,
)
