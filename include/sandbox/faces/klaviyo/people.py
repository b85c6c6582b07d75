"""Profiles: the shop's customers that have an e-mail, as Klaviyo knows them, and whoever was imported.

What an import or a subscription changed lies in the sandbox's state and is laid over the world's facts; of two
statements about a consent the later one holds.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.klaviyo.errors import invalid, not_found
from include.sandbox.faces.klaviyo.filters import RANGES, Allowed, conditions
from include.sandbox.faces.klaviyo.pages import Asked, shown
from include.sandbox.world.model import Customer

PAGE, LARGEST_PAGE = 20, 100
IMPORTED, SUBSCRIPTIONS = "klaviyo_profile", "klaviyo_subscription"
EXTRA_FIELDS = ("subscriptions", "predictive_analytics")
CHANNELS = ("email", "sms")
SORTS = ("created", "email", "id", "updated")
COUNTRIES = {"US": "United States", "DE": "Germany", "CA": "Canada", "GB": "United Kingdom"}
FILTERS: Allowed = {
    **dict.fromkeys(("id", "email", "phone_number", "external_id"), ("any", "equals")),
    **dict.fromkeys(("created", "updated"), ("greater-than", "less-than")),
    "subscriptions.email.marketing.suppression.reason": ("equals",),
    "subscriptions.email.marketing.suppression.timestamp": RANGES,
}
Row = dict[str, Any]
SCALARS = (
    "email",
    "phone_number",
    "external_id",
    "first_name",
    "last_name",
    "organization",
    "locale",
    "title",
    "image",
)


class Profiles:
    """Everybody Klaviyo knows, at the sandbox's instant."""

    def __init__(self, sandbox: Sandbox):
        self._clock, self._state = sandbox.clock, sandbox.state
        self._customers: dict[str, Customer] = {}
        self._by_email: dict[str, str] = {}
        self._of_customer: dict[int, str] = {}
        for customer in sandbox.world.customers:
            if customer.email:
                key = self._by_email.setdefault(customer.email.lower(), f"01KLAVIYO{customer.id:017d}")
                self._customers.setdefault(key, customer)
                self._of_customer[customer.id] = key

    # ------------------------------------------------------------------ reading

    def page(self, asked: Asked) -> Row:
        """GET /profiles."""
        field, is_descending = asked.order(SORTS, "-updated")
        wanted = conditions(asked.get("filter"), FILTERS)
        extra = asked.many("additional-fields[profile]", EXTRA_FIELDS)
        found = [
            (_sortable(row["attributes"].get(field, row["id"])), row["id"], row)
            for row in self.rows()
            if all(condition.holds(_value(row, condition.field)) for condition in wanted)
        ]
        found.sort(key=lambda one: one[:2], reverse=is_descending)
        after = asked.after()
        if after:
            found = [one for one in found if (one[:2] < after if is_descending else one[:2] > after)]
        chosen, links = asked.page(found, asked.size(PAGE, LARGEST_PAGE), lambda one: one[:2])
        return {"data": [self.resource(row, asked, extra) for _, _, row in chosen], "links": links}

    def rows(self, keys: Iterable[str] | None = None) -> Iterator[Row]:
        """Profiles with all they have, instants as such: of everybody, or of these ids that exist."""
        now, imported = self._clock.now(), self._state.items(IMPORTED)
        said = self._state.items(SUBSCRIPTIONS)
        for key in {**self._customers, **imported} if keys is None else keys:
            customer = self._customers.get(key)
            known = customer if customer and customer.created_at <= now else None
            if known or key in imported:
                yield _row(key, known, imported.get(key, {}), said.get(key, {}), now)

    def resource(self, row: Row, asked: Asked, extra: list[str], fields: str = "fields[profile]") -> Row:
        """A profile as JSON:API shows it."""
        attributes = {name: _text(value) for name, value in row["attributes"].items()}
        if "subscriptions" not in extra:
            attributes.pop("subscriptions")
        if "predictive_analytics" in extra:
            attributes["predictive_analytics"] = {"historic_clv": None, "predicted_clv": None}
        link = f"{asked.base}/profiles/{row['id']}"
        related = {
            name: {"links": {"self": f"{link}/relationships/{name}", "related": f"{link}/{name}"}}
            for name in ("lists", "segments", "push-tokens")
        }
        return {
            "type": "profile",
            "id": row["id"],
            "attributes": shown(attributes, asked.many(fields)),
            "relationships": related,
            "links": {"self": link},
        }

    def id_of_customer(self, customer_id: int) -> str | None:
        """The profile a customer's deeds are told of; None when they have no e-mail."""
        return self._of_customer.get(customer_id)

    def one(self, key: str) -> Row:
        """A profile. Refused when there is none."""
        for row in self.rows([key]):
            return row
        raise not_found("profile", key)

    # ------------------------------------------------------------------ changing

    def upsert(self, attributes: Row) -> str:
        """Create or update whoever the identifiers name; null clears a field, an absent one stays. The id."""
        email = attributes.get("email")
        if not email and not attributes.get("external_id") and not attributes.get("phone_number"):
            raise invalid(
                "One of the following attributes must be provided: email, phone_number, external_id."
            )
        if email and ("@" not in email or "." not in email.rpartition("@")[2]):
            raise invalid("Invalid email address", pointer="/data/attributes/email")
        key = self._find(attributes)
        before = self._state.get(IMPORTED, key) or {"created": self._clock.now().isoformat()}
        given = {name: attributes[name] for name in SCALARS if name in attributes}
        properties = {**before.get("properties", {}), **(attributes.get("properties") or {})}
        after = {**before, **given, "properties": properties, "updated": self._clock.now().isoformat()}
        self._state.put(IMPORTED, key, after)
        return key

    def subscribe(self, key: str, channels: Iterable[str]) -> None:
        """Consent is granted, and whatever unsubscribe there was is lifted: why this is no way to fill a list."""
        said = self._state.get(SUBSCRIPTIONS, key) or {}
        now = self._clock.now().isoformat()
        self._state.put(SUBSCRIPTIONS, key, {**said, **{name: ["SUBSCRIBED", now] for name in channels}})

    def _find(self, attributes: Row) -> str:
        email = (attributes.get("email") or "").lower()
        imported = self._state.items(IMPORTED)
        for key, known in imported.items():
            if email and (known.get("email") or "").lower() == email:
                return key
            if not email and any(
                attributes.get(name) and known.get(name) == attributes[name]
                for name in ("external_id", "phone_number")
            ):
                return key
        return self._by_email.get(email) or f"01IMPORT{len(imported) + 1:018d}"


def _row(key: str, customer: Customer | None, imported: Row, said: Row, now: datetime) -> Row:
    moments = [datetime.fromisoformat(imported[name]) for name in ("updated",) if name in imported]
    moments += [datetime.fromisoformat(at) for _, at in said.values()]
    attributes: Row = dict.fromkeys(SCALARS)
    location: Row = dict.fromkeys(
        ("address1", "address2", "city", "country", "latitude", "longitude", "region", "zip")
    )
    created = datetime.fromisoformat(imported["created"]) if imported else now
    if customer:
        created = customer.created_at
        said_here = [change for change in customer.consents if change.purpose in CHANNELS]
        moments += [created, *(change.at for change in said_here if change.at <= now)]
        attributes |= {"email": customer.email, "phone_number": customer.phone}
        attributes |= {"first_name": customer.first_name, "last_name": customer.last_name}
        place = customer.address
        location |= {"city": place.city, "region": place.province, "zip": place.zip}
        location["country"] = COUNTRIES.get(place.country, place.country)
    attributes |= {name: imported[name] for name in SCALARS if name in imported}
    email = _consent(customer, "email", said, now)
    sms = _consent(customer, "sms", said, now)
    return {
        "id": key,
        "attributes": {
            **attributes,
            "created": created,
            "updated": max(moments, default=created),
            "last_event_date": None,
            "location": {**location, "timezone": None, "ip": None},
            "properties": imported.get("properties", {}),
            "subscriptions": {"email": {"marketing": _email(*email)}, "sms": {"marketing": _sms(*sms)}},
        },
    }


def _consent(
    customer: Customer | None, purpose: str, said: Row, now: datetime
) -> tuple[str, datetime | None]:
    """The newest statement and its instant. A person who never said yes never subscribed."""
    state, since = "NEVER_SUBSCRIBED", None
    for change in sorted(customer.consents if customer else (), key=lambda change: change.at):
        if change.purpose == purpose and change.at <= now and (change.granted or state != "NEVER_SUBSCRIBED"):
            state, since = "SUBSCRIBED" if change.granted else "UNSUBSCRIBED", change.at
    if purpose in said:
        at = datetime.fromisoformat(said[purpose][1])
        if since is None or at >= since:
            return said[purpose][0], at
    return state, since


def _email(state: str, since: datetime | None) -> Row:
    gone = [{"reason": "UNSUBSCRIBE", "timestamp": _text(since)}] if state == "UNSUBSCRIBED" else []
    return {
        "can_receive_email_marketing": not gone,
        "consent": state,
        "consent_timestamp": _text(since) if state == "SUBSCRIBED" else None,
        "last_updated": _text(since),
        "method": "INTEGRATION" if since else None,
        "method_detail": "Shopify" if since else "",
        "custom_method_detail": None,
        "double_optin": False,
        "suppression": gone,
        "list_suppressions": [],
    }


def _sms(state: str, since: datetime | None) -> Row:
    return {
        "can_receive_sms_marketing": state == "SUBSCRIBED",
        "consent": state,
        "consent_timestamp": _text(since) if state == "SUBSCRIBED" else None,
        "method": "INTEGRATION" if since else None,
        "method_detail": "Shopify" if since else "",
        "last_updated": _text(since),
    }


def _value(row: Row, field: str) -> Any:
    node: Any = {**row["attributes"], "id": row["id"]}
    for name in field.split("."):
        node = node[0] if isinstance(node, list) and node else node
        node = node.get(name) if isinstance(node, dict) else None
    if field.endswith("timestamp") and isinstance(node, str):
        return datetime.fromisoformat(node)
    return node


def _sortable(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def _text(value: Any) -> Any:
    """'2026-03-01T12:00:00+00:00'; everything but an instant as it is."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
