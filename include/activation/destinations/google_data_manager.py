"""Google Customer Match through the Data Manager API: people added and removed by hash, 10,000 at a time.

A request is answered at once with its id and carried out later; `settled` asks what became of it. Adding somebody who
is there and removing somebody who is not change nothing, so a repetition is harmless. Google keeps no id of ours: who
shall be removed is named by the hashes that were sent, which are the person's handle.

What the connection must say, because only a person can: that Google's Customer Match terms were accepted
(`customer_match_terms`). Consent is stated as granted for everybody, for nobody is handed over without it; Google drops
people of the European Economic Area otherwise.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from include.activation.destinations.base import DONE, Answer, Destination, Identity, Settled
from include.clients.auth import OAuth
from include.clients.pace import Clock
from include.clients.pages import by_cursor
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Refused, Stop
from include.privacy import hashing
from include.privacy.consent import Contact

VERSION = "v1"
GRANT_URL = "https://oauth2.googleapis.com/token"
LARGEST_BATCH = 10_000
PREFIX = "Nightshift: "
LONGEST_MEMBERSHIP = 540
"""Days after which Google lets go of somebody who was never removed; option `membership_days` makes it shorter."""
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
ACCEPTED = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
IDENTIFIERS = {"email": "emailAddress", "phone": "phoneNumber"}


class GoogleDataManager:
    """One Google Ads account (option `account`, `123-456-7890`), signed in with a refresh token.

    Options: `login_customer_id` when a manager account signs in, `customer_match_terms` ("accepted"), `user_lists`
    (audience → list id) for lists made by hand, `keep_suffix` for Google's older rule about +suffixes of gmail.
    """

    purpose: ClassVar[Literal["ads", "email"]] = "ads"
    batch: ClassVar[int] = LARGEST_BATCH
    smallest: ClassVar[int] = 100

    def __init__(self, destination: Destination, clock: Clock | None = None):
        options = destination.options
        self._account = _digits(destination, "account")
        manager = options.get("login_customer_id")
        self._login = _digits(destination, "login_customer_id") if manager else None
        self._lists = {name: str(number) for name, number in dict(options.get("user_lists") or {}).items()}
        self._has_terms = str(options.get("customer_match_terms", "")).lower() == "accepted"
        self._keeps_suffix = bool(options.get("keep_suffix"))
        self._days = int(options.get("membership_days", LONGEST_MEMBERSHIP))
        self._name = destination.name
        plain_http = bool(options.get("allow_http"))
        grant = {
            "grant_type": "refresh_token",
            "client_id": destination.credential("client_id", "login"),
            "client_secret": destination.credential("client_secret", "password"),
            "refresh_token": destination.credential("refresh_token"),
        }
        token_url = options.get("token_url", GRANT_URL)
        self._session = Session(
            f"google data manager {self._account}",
            destination.base_url,
            OAuth(token_url, grant, tokens=destination.tokens, plain_http=plain_http, clock=clock),
            clock=clock,
            plain_http=plain_http,
            explain=_explain,
        )

    def audience(self, name: str) -> str:
        """The id of our user list of this name: the one the connection names, else found, else made."""
        return self._lists.get(name) or self._found(PREFIX + name) or self._made(PREFIX + name)

    def prepare(self, contact: Contact, external_id: str) -> Identity | None:
        """Hashed e-mail and phone, which are the handle as well; None when neither is usable."""
        email = hashing.google_email(contact.email, keep_suffix=self._keeps_suffix)
        phone = hashing.google_phone(contact.phone, contact.country)
        handle = _handle(email, phone)
        return Identity(external_id, email, phone, handle) if handle else None

    def add(self, audience_id: str, people: Sequence[Identity], batch_key: str) -> Answer:
        """Ask for people to be added. Stop when nobody has accepted the terms yet."""
        if not self._has_terms:
            raise Stop(
                f"{self._name}: accept Google's Customer Match terms in Google Ads (Audience manager, Your data "
                'sources), then write "customer_match_terms": "accepted" into the connection\'s extra'
            )
        more = {"consent": GRANTED, "termsOfService": ACCEPTED}
        return self._change("ingest", audience_id, [_handle(one.email, one.phone) for one in people], more)

    def remove(self, audience_id: str, handles: Sequence[str], batch_key: str) -> Answer:
        """Ask for people to be removed; who is not there is no error."""
        return self._change("remove", audience_id, handles, {})

    def settled(self, answer: Answer) -> Settled:
        """What became of a request: pending as long as Google works on it."""
        nameless = answer.get("num_invalid_entries")
        done = (
            Settled("partial", f"{nameless} people have no hash google knows them by") if nameless else DONE
        )
        if not answer["request_id"]:
            return done
        try:
            query = {"requestId": answer["request_id"]}
            status = self._session.get(f"/{VERSION}/requestStatus:retrieve", query)
        except Refused as refused:
            if refused.status != 404:
                raise
            return Settled("failed", "google does not know the request any more")
        found = status.get("requestStatusPerDestination") or [{}]
        states = {one.get("requestStatus", "REQUEST_STATUS_UNKNOWN") for one in found}
        if states & {"PROCESSING", "REQUEST_STATUS_UNKNOWN"}:
            return Settled("pending")
        if states == {"SUCCESS"}:
            return done
        why = ", ".join(sorted(_reasons(found))) or "without a reason"
        return Settled("failed" if states == {"FAILED"} else "partial", f"google refused people: {why}")

    # ------------------------------------------------------------------ members

    def _change(self, verb: str, audience_id: str, handles: Sequence[str], more: dict[str, Any]) -> Answer:
        if len(handles) > LARGEST_BATCH:
            raise Stop(f"google takes {LARGEST_BATCH} people at once, not {len(handles)}")
        members = [found for found in map(_identifiers, handles) if found]
        answer: Answer = {
            "audience_id": audience_id,
            "request_id": None,
            "num_received": len(members),
            "num_invalid_entries": len(handles) - len(members),
        }
        if not members:
            return answer
        body = {
            "destinations": [self._destination(audience_id)],
            "audienceMembers": [{"userData": {"userIdentifiers": found}} for found in members],
            "encoding": "HEX",
            **more,
        }
        told = self._session.post(f"/{VERSION}/audienceMembers:{verb}", body, repeatable=True)
        return {**answer, "request_id": told["requestId"]}

    def _destination(self, audience_id: str) -> dict[str, Any]:
        accounts = {
            "operatingAccount": self._account,
            **({"loginAccount": self._login} if self._login else {}),
        }
        named = {
            role: {"accountType": "GOOGLE_ADS", "accountId": number} for role, number in accounts.items()
        }
        return {**named, "productDestinationId": audience_id}

    # ------------------------------------------------------------------ lists

    def _found(self, title: str) -> str | None:
        """The open list of this title; a closed one takes nobody any more."""

        def fetch(token: str | None) -> tuple[list[dict[str, Any]], str | None]:
            query = {"filter": f'display_name = "{title}"', **({"pageToken": token} if token else {})}
            page = self._lists_call("GET", params=query)
            return page.get("userLists", []), page.get("nextPageToken") or None

        for page in by_cursor(fetch):
            for one in page:
                if one["displayName"] == title and one.get("membershipStatus") != "CLOSED":
                    return one["id"]
        return None

    def _made(self, title: str) -> str:
        wanted = {
            "displayName": title,
            "description": "Kept by Nightshift; changes made by hand are undone",
            "membershipStatus": "OPEN",
            "membershipDuration": f"{self._days * 86_400}s",
            "ingestedUserListInfo": {
                "uploadKeyTypes": ["CONTACT_ID"],
                "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"},
            },
        }
        return self._lists_call("POST", body=wanted)["id"]

    def _lists_call(self, method: str, **request: Any) -> Any:
        headers = {"login-account": f"accountTypes/GOOGLE_ADS/accounts/{self._login}"} if self._login else {}
        url = f"/{VERSION}/accountTypes/GOOGLE_ADS/accounts/{self._account}/userLists"
        # a second list of the same name is refused, so creation is looked up again rather than repeated
        is_repeatable = method == "GET"
        return self._session.request(method, url, headers=headers, repeatable=is_repeatable, **request).json()


def _handle(email: str | None, phone: str | None) -> str:
    """`email:62a1… phone:e323…`"""
    hashes = {"email": email, "phone": phone}
    return " ".join(f"{kind}:{value}" for kind, value in hashes.items() if value)


def _identifiers(handle: str) -> list[dict[str, str]]:
    """A handle as Google's user identifiers."""
    parts = (part.partition(":") for part in handle.split())
    return [{IDENTIFIERS[kind]: value} for kind, _, value in parts if kind in IDENTIFIERS]


def _digits(destination: Destination, option: str) -> str:
    number = str(destination.options.get(option) or "").replace("-", "").strip()
    if not number.isdigit():
        raise Stop(f"the connection of {destination.name} needs extra `{option}`, such as 123-456-7890")
    return number


def _reasons(found: list[dict[str, Any]]) -> Iterator[str]:
    """`DENIED_CONSENT 3`: counts only, so it names nobody."""
    for one in found:
        for error in one.get("errorInfo", {}).get("errorCounts", ()):
            reason = str(error.get("reason")).removeprefix("PROCESSING_ERROR_REASON_")
            yield f"{reason} {error.get('recordCount', '?')}"


def _explain(reply: Reply) -> str:
    """`INVALID_ARGUMENT: INVALID_SHA256_FORMAT`: status and reasons, never the texts beside them."""
    error = reply.json()["error"]
    reasons = [
        str(found["reason"])
        for detail in error.get("details", ())
        for found in (detail, *detail.get("fieldViolations", ()))
        if found.get("reason")
    ]
    told = ": ".join(dict.fromkeys([str(error["status"]), *reasons]))
    if "TERMS_AND_CONDITIONS_NOT_SIGNED" in reasons:
        raise FixCredentials(f"google data manager ({told}): accept the Customer Match terms in Google Ads")
    return told
