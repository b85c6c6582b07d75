"""Audience members: taken in and taken out by hash, and what became of each request.

Quirks kept: a request is answered at once and carried out later, its status is PROCESSING when first asked for; what is
malformed refuses the whole request, while people without the consent they need are dropped and only counted, by reason;
people of the European Economic Area need it said that they consented. Nobody says who was matched.
"""

import hashlib
import re
import secrets
from collections import Counter
from functools import cached_property
from typing import Any

from include.sandbox import credentials
from include.sandbox.faces import Sandbox, hashed_people
from include.sandbox.faces.google_data_manager.errors import Refused, forbidden, invalid, no_such
from include.sandbox.faces.google_data_manager.lists import LISTS, members_of

REQUESTS = "google_member_request"
MOST_MEMBERS, MOST_IDENTIFIERS, MOST_DESTINATIONS = 10_000, 10, 10
SHA256 = {"HEX": re.compile(r"[0-9a-fA-F]{64}"), "BASE64": re.compile(r"[A-Za-z0-9+/]{43}=")}
EEA = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT"),
    *("LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
}
GOOGLES_OWN = ("gmail.com", "googlemail.com")
ACCOUNTS = ("operatingAccount", "loginAccount", "linkedAccount")
_ACCOUNT = {"accountType": None, "accountId": None, "product": None}
_CONSENT = {"adUserData": None, "adPersonalization": None}
_DESTINATION = {**dict.fromkeys(ACCOUNTS, _ACCOUNT), "productDestinationId": None, "reference": None}
_MEMBER = {
    "userData": {"userIdentifiers": {"emailAddress": None, "phoneNumber": None, "address": None}},
    "consent": _CONSENT,
    "destinationReferences": None,
}
REMOVAL: dict[str, Any] = {
    "destinations": _DESTINATION,
    "audienceMembers": _MEMBER,
    "encoding": None,
    "validateOnly": None,
}
INGESTION: dict[str, Any] = {
    **REMOVAL,
    "consent": _CONSENT,
    "termsOfService": {"customerMatchTermsOfServiceStatus": None},
}
"""The fields a body may have: a tree, lists of objects like the object."""


class Members:
    """The people in the account's lists and the requests that changed them."""

    def __init__(self, sandbox: Sandbox):
        self._state, self._world = sandbox.state, sandbox.world

    def ingest(self, body: dict[str, Any]) -> dict[str, str]:
        """Add people to every destination."""
        people, numbers = self._checked(body, INGESTION)
        terms = (body.get("termsOfService") or {}).get("customerMatchTermsOfServiceStatus")
        if terms != "ACCEPTED":
            message = "The Customer Match terms of service must be accepted."
            raise Refused(
                400, "INVALID_ARGUMENT", message, "TERMS_AND_CONDITIONS_NOT_SIGNED", "terms_of_service"
            )
        consents = [member.get("consent") or body.get("consent") or {} for member in body["audienceMembers"]]
        verdicts = [self._objection(*one) for one in zip(people, consents, strict=True)]
        good = [keys for keys, why in zip(people, verdicts, strict=True) if why is None]
        return self._carry_out("ingest", body, numbers, people, good, Counter(why for why in verdicts if why))

    def remove(self, body: dict[str, Any]) -> dict[str, str]:
        """Remove people from every destination; consent and terms are not asked for."""
        people, numbers = self._checked(body, REMOVAL)
        return self._carry_out("remove", body, numbers, people, people, Counter())

    def status(self, request_id: str) -> dict[str, Any]:
        """Per destination: PROCESSING at the first look, then how it went."""
        request = self._state.get(REQUESTS, request_id)
        if request is None:
            raise no_such("Request")
        self._state.put(REQUESTS, request_id, {**request, "looks": request["looks"] + 1})
        told = _told(request)
        return {
            "requestStatusPerDestination": [{"destination": one, **told} for one in request["destinations"]]
        }

    def contents(self) -> list[dict[str, Any]]:
        """Every list with `members`, the sorted hashes of all its people."""
        lists = []
        for one in self._state.all(LISTS):
            rows = self._state.all(members_of(one["id"]))
            hashes = sorted({key for row in rows for key in row})
            lists.append(
                {"id": one["id"], "name": one["displayName"], "people": len(rows), "members": hashes}
            )
        return lists

    # ------------------------------------------------------------------ checking

    def _checked(self, body: dict[str, Any], known: dict[str, Any]) -> tuple[list[list[str]], list[str]]:
        """Each member's hashes, and the ids of the lists; `Refused` at the first thing that is wrong."""
        _check_names(body, known, "")
        destinations, members = body.get("destinations") or [], body.get("audienceMembers") or []
        if not destinations or not members:
            raise invalid(
                "REQUIRED_FIELD_MISSING", "destinations", "destinations and audience_members are required."
            )
        if len(destinations) > MOST_DESTINATIONS:
            raise invalid("TOO_MANY_DESTINATIONS", "destinations", "At most 10 destinations.")
        if len(members) > MOST_MEMBERS:
            raise invalid("TOO_MANY_AUDIENCE_MEMBERS", "audience_members", "At most 10,000 audience members.")
        pattern = SHA256.get(body.get("encoding", ""))
        if pattern is None:
            raise invalid("REQUIRED_FIELD_MISSING", "encoding", "The encoding of the hashes is required.")
        numbers = [self._list_of(one) for one in destinations]
        return [_hashes(one, place, pattern) for place, one in enumerate(members)], numbers

    def _list_of(self, destination: dict[str, Any]) -> str:
        accounts = {role: (destination.get(role) or {}).get("accountId") for role in ACCOUNTS}
        if accounts["operatingAccount"] != credentials.GOOGLE_ADS_CUSTOMER_ID:
            raise forbidden()
        signed_in = (None, credentials.GOOGLE_ADS_CUSTOMER_ID, credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID)
        if accounts["loginAccount"] not in signed_in:
            raise forbidden()
        number = str(destination.get("productDestinationId", ""))
        if self._state.get(LISTS, number) is None:
            field = "destinations.product_destination_id"
            raise invalid("INVALID_USER_LIST_ID", field, "The user list is not valid.")
        return number

    def _objection(self, keys: list[str], consent: dict[str, str]) -> str | None:
        """Why a member is dropped, None when all is well."""
        said = {consent.get(name, "CONSENT_STATUS_UNSPECIFIED") for name in _CONSENT}
        if said == {"CONSENT_GRANTED"}:
            return None
        if "CONSENT_DENIED" in said:
            return "PROCESSING_ERROR_REASON_DENIED_CONSENT"
        return "PROCESSING_ERROR_REASON_NO_CONSENT" if self._europeans & set(keys) else None

    @cached_property
    def _europeans(self) -> set[str]:
        """Hashed addresses of the company's customers in the European Economic Area."""
        companies = [self._world, *self._world.branches]
        addresses = {
            one.email.strip().lower()
            for company in companies
            for one in company.customers
            if one.email and one.address.country in EEA
        }
        return {hashlib.sha256(_as_google_has_it(address).encode()).hexdigest() for address in addresses}

    def _carry_out(
        self,
        verb: str,
        body: dict[str, Any],
        numbers: list[str],
        people: list[list[str]],
        good: list[list[str]],
        dropped: Counter[str],
    ) -> dict[str, str]:
        request_id = secrets.token_urlsafe(16)
        if body.get("validateOnly"):
            return {"requestId": request_id}
        for number in numbers:
            hashed_people.change(self._state, members_of(number), good, is_removal=verb == "remove")
        request = {
            "verb": verb,
            "looks": 0,
            "destinations": body["destinations"],
            "members": len(people),
            "identifiers": sum(map(len, people)),
            "dropped": dict(dropped),
        }
        self._state.put(REQUESTS, request_id, request)
        return {"requestId": request_id}


def _told(request: dict[str, Any]) -> dict[str, Any]:
    """A request's status and counts; numbers are text."""
    counts = {"recordCount": str(request["members"]), "userIdentifierCount": str(request["identifiers"])}
    told: dict[str, Any] = (
        {"audienceMembersIngestionStatus": {"userDataIngestionStatus": counts}}
        if request["verb"] == "ingest"
        else {"audienceMembersRemovalStatus": {"userDataRemovalStatus": counts}}
    )
    if request["looks"] == 0:
        return {**told, "requestStatus": "PROCESSING"}
    dropped = request["dropped"]
    if not dropped:
        return {**told, "requestStatus": "SUCCESS"}
    errors = [{"reason": reason, "recordCount": str(count)} for reason, count in sorted(dropped.items())]
    is_all = sum(dropped.values()) == request["members"]
    return {
        **told,
        "requestStatus": "FAILED" if is_all else "PARTIAL_SUCCESS",
        "errorInfo": {"errorCounts": errors},
    }


def _hashes(member: dict[str, Any], place: int, pattern: re.Pattern[str]) -> list[str]:
    """A member's hashes in lower case when they are hexadecimal."""
    field = f"audience_members[{place}].user_data.user_identifiers"
    identifiers = (member.get("userData") or {}).get("userIdentifiers") or []
    if not identifiers:
        raise invalid("INVALID_AUDIENCE_MEMBER", field, "An audience member needs a user identifier.")
    if len(identifiers) > MOST_IDENTIFIERS:
        raise invalid("TOO_MANY_USER_IDENTIFIERS", field, "At most 10 user identifiers.")
    hashes = []
    for one in identifiers:
        if len(one) != 1:
            raise invalid("INVALID_AUDIENCE_MEMBER", field, "Exactly one kind of identifier each.")
        [(kind, value)] = one.items()
        if kind != "address" and not pattern.fullmatch(str(value)):
            raise invalid("INVALID_SHA256_FORMAT", field, "The SHA256 encoded value is malformed.")
        hashes.append(str(value).lower() if pattern is SHA256["HEX"] else str(value))
    return hashes


def _check_names(value: Any, known: Any, path: str) -> None:
    """The first name the API does not know refuses the body."""
    if isinstance(value, list):
        for item in value:
            _check_names(item, known, path)
    elif isinstance(value, dict) and isinstance(known, dict):
        for name, inner in value.items():
            if name not in known:
                message = f'Invalid JSON payload received. Unknown name "{name}" at "{path or "$"}"'
                raise invalid("INVALID_ARGUMENT", path or "$", message)
            _check_names(inner, known[name], name)


def _as_google_has_it(address: str) -> str:
    name, _, host = address.rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{host}" if host in GOOGLES_OWN else address
