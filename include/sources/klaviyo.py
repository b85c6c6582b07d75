"""Klaviyo: what known people looked at, who agreed to be written to, and which lists they are on.

Quirks:

* Events can be asked for by when they happened, not by when they arrived. Most arrive at once; a phone that was offline
  or an outage between shop and Klaviyo delivers up to two days later. Hence each night reads three days back.
* A metric is known by an id of the account. Shopify's integration says *Checkout Started* where others say *Started
  Checkout*; a begun checkout is one event with its lines inside. Where two integrations send a metric of the same name,
  Shopify's is read: the other tells of the same deeds again.
* Event properties are whatever the shop's theme sends: addresses of pages, names, free text. Only ids, quantities and
  values are taken out of them, at once; nothing else reaches the lake.
* `updated` can be compared with greater-than and less-than only: we ask for a second more on both sides and look.
* A profile that is suppressed gets no mail, whatever its consent says. Who merely "never subscribed" said nothing.
* A cursor may expire: then its week is asked for again, and what was seen already is left out.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from include.clients.auth import bearer
from include.clients.pace import Rate
from include.clients.pages import by_cursor
from include.clients.session import Reply, Session
from include.errors import FixCredentials, Stop, Wait
from include.sources.base import Account, Consent, Page, Person, Record, Source, Stream
from include.window import Window

REVISION = "2026-07-15"
METRICS = ("Viewed Product", "Added to Cart", "Checkout Started", "Started Checkout")
EVENTS_PAGE, PROFILES_PAGE, LISTS_PAGE = 1000, 100, 10
REACH = timedelta(days=7)
ARRIVES_LATE = timedelta(days=3)
MOST_RESTARTS = 3
REQUESTS_PER_SECOND = 12.5
"""750 a minute, the narrower of the limits of lists and profiles; the option `requests_per_second` says otherwise."""

NAMES = {
    "product_id": ("ProductID", "Product ID", "AddedItemProductID", "product_id"),
    "variant_id": ("VariantID", "Variant ID", "AddedItemVariantID", "variant_id"),
    "sku": ("SKU", "AddedItemSKU", "sku"),
    "quantity": ("Quantity", "AddedItemQuantity", "quantity"),
    "value": ("line_price",),
}
"""What we call a thing → what it is called in event properties."""

Fetch = Callable[[str | None], tuple[list[Record], str | None]]


class CursorExpired(Stop):
    """The next page cannot be asked for any more; the first one can."""


# ---------------------------------------------------------------------------- signing in


def connect(account: Account) -> Session:
    """A private API key as the password, or `api_key`."""
    key = account.credentials.get("api_key") or account.credentials.get("password")
    if not key:
        raise FixCredentials(f"klaviyo {account.name}: enter a private API key as the connection's password")
    return Session(
        f"klaviyo {account.name}",
        account.base_url,
        signed(key),
        rate=Rate(float(account.options.get("requests_per_second", REQUESTS_PER_SECOND))),
        plain_http=bool(account.options.get("allow_http")),
        explain=explain,
    )


def signed(key: str) -> Any:
    """The headers of every request: the key, the revision we speak, and JSON:API."""
    return bearer(key, "Klaviyo-API-Key", revision=REVISION, Accept="application/vnd.api+json")


def explain(reply: Reply) -> str:
    """The vendor's error code. CursorExpired when it refuses nothing but the cursor."""
    error = reply.json()["errors"][0]
    if reply.status == 400 and (error.get("source") or {}).get("parameter") == "page[cursor]":
        raise CursorExpired("klaviyo no longer knows the cursor it handed out")
    return str(error["code"])


# ---------------------------------------------------------------------------- paging


def pages(session: Session, path: str, params: dict[str, Any]) -> Iterator[Record]:
    """Every page of a list, as the vendor sent it: the next one is a link with everything in it."""

    def fetch(link: str | None) -> tuple[list[Record], str | None]:
        answer = session.get(link) if link else session.get(path, params)
        return [answer], (answer.get("links") or {}).get("next")

    for (answer,) in by_cursor(fetch):
        yield answer


def _again_when_expired(read: Callable[[], Iterator[list[Record]]]) -> Iterator[Page]:
    """Pages of records without those seen before; begins anew when the cursor expires."""
    seen: set[str] = set()
    for _ in range(MOST_RESTARTS):
        try:
            for records in read():
                yield Page([record for record in records if record.get("id") not in seen])
                seen.update(str(record.get("id")) for record in records)
            return
        except CursorExpired:
            continue
    raise Wait(f"klaviyo's cursors expired {MOST_RESTARTS} times before their pages were read")


# ---------------------------------------------------------------------------- events


def _events(session: Session, window: Window) -> Iterator[Page]:
    for metric_id, name in _metrics(session).items():
        for piece in window.tiles(REACH):
            yield from _again_when_expired(partial(_told, session, metric_id, name, piece))


def _metrics(session: Session) -> dict[str, str]:
    """Id → name of the metrics we read, one per name."""
    found: dict[str, Record] = {}
    for answer in pages(session, "/api/metrics", {}):
        for metric in answer["data"]:
            name = metric["attributes"]["name"]
            if name in METRICS and (name not in found or _is_shopifys(metric)):
                found[name] = metric
    return {metric["id"]: name for name, metric in found.items()}


def _is_shopifys(metric: Record) -> bool:
    return (metric["attributes"].get("integration") or {}).get("name") == "Shopify"


def _told(session: Session, metric_id: str, name: str, window: Window) -> Iterator[list[Record]]:
    between = f"greater-or-equal(datetime,{_second(window.start)}),less-than(datetime,{_second(window.end)})"
    params = {
        "filter": f'equals(metric_id,"{metric_id}"),{between}',
        "include": "profile",
        "fields[profile]": "email",
        "fields[event]": "datetime,event_properties",
        "sort": "datetime",
        "page[size]": EVENTS_PAGE,
    }
    for answer in pages(session, "/api/events", params):
        emails = {
            one["id"]: one["attributes"].get("email")
            for one in answer.get("included", [])
            if one["type"] == "profile"
        }
        yield [_deed(event, {"id": metric_id, "name": name}, emails) for event in answer["data"]]


def _deed(event: Record, metric: Record, emails: dict[str, str | None]) -> Record:
    """An event with what it is about taken out of its properties."""
    properties = event["attributes"].get("event_properties") or {}
    extra = properties.get("$extra") or {}
    lines = extra.get("line_items") or properties.get("Items") or []
    items = [_item(line) for line in lines if isinstance(line, dict)] or [_item(properties)]
    who = (event.get("relationships", {}).get("profile", {}).get("data") or {}).get("id")
    return {
        "id": event["id"],
        "attributes": {
            "datetime": event["attributes"].get("datetime"),
            "value": _number(_plain(properties, ("$value", "value"))),
            "currency": _plain(properties, ("$currency_code", "currency", "Currency")),
            "checkout_id": _plain(extra, ("checkout_id", "id", "token")),
            "items": items,
        },
        "metric": metric,
        "profile": {"id": who, "email": emails.get(who)} if who else None,
    }


def _item(properties: Record) -> Record:
    item = {ours: _plain(properties, theirs) for ours, theirs in NAMES.items()}
    return {**item, "quantity": _number(item["quantity"]), "value": _number(item["value"])}


def _plain(properties: Record, names: tuple[str, ...]) -> Any:
    """The first of these properties that is a plain value."""
    for name in names:
        value = properties.get(name)
        if value is not None and not isinstance(value, dict | list):
            return value
    return None


def _number(value: Any) -> Any:
    """A theme may write "$9.99" where a number is due: that is not worth losing the event for."""
    try:
        return value if Decimal(str(value)).is_finite() and not isinstance(value, bool) else None
    except InvalidOperation:
        return None


# ---------------------------------------------------------------------------- profiles and lists


def _profiles(session: Session, window: Window) -> Iterator[Page]:
    second = timedelta(seconds=1)
    after, before = _second(window.start - second), _second(window.end + second)
    params = {
        "filter": f"greater-than(updated,{after}),less-than(updated,{before})",
        "additional-fields[profile]": "subscriptions",
        "fields[profile]": "email,phone_number,created,updated,subscriptions",
        "sort": "updated",  # a profile that changes meanwhile moves to the end and is seen again, not skipped
        "page[size]": PROFILES_PAGE,
    }

    def read() -> Iterator[list[Record]]:
        for answer in pages(session, "/api/profiles", params):
            yield [profile for profile in answer["data"] if _is_in(profile, window)]

    yield from _again_when_expired(read)


def _list_members(session: Session, window: Window) -> Iterator[Page]:
    for answer in pages(session, "/api/lists", {"page[size]": LISTS_PAGE}):
        for one in answer["data"]:
            yield from _again_when_expired(partial(_members, session, one))


def _members(session: Session, one: Record) -> Iterator[list[Record]]:
    params = {"fields[profile]": "email,joined_group_at", "page[size]": PROFILES_PAGE}
    about = {"id": one["id"], "name": one["attributes"].get("name")}
    for answer in pages(session, f"/api/lists/{one['id']}/profiles", params):
        yield [
            {
                "id": f"{one['id']}/{member['id']}",
                "list": about,
                "joined_group_at": member["attributes"].get("joined_group_at"),
                "profile": {"id": member["id"], "email": member["attributes"].get("email")},
            }
            for member in answer["data"]
        ]


def _is_in(profile: Record, window: Window) -> bool:
    try:
        return datetime.fromisoformat(profile["attributes"]["updated"]) in window
    except (KeyError, TypeError, ValueError):
        return True  # the projection will say what is wrong with it


def _consents(profile: Record) -> list[Consent]:
    """Marketing consent by channel. Suppressed is not granted, and "never subscribed" is no statement.

    An undated yes counts from when the profile was made, an undated no from its last change: neither may overrule
    what the person is known to have said since, or before.
    """
    attributes = profile.get("attributes") or {}
    channels = attributes.get("subscriptions") or {}
    found = []
    for purpose in ("email", "sms"):
        marketing = (channels.get(purpose) or {}).get("marketing") or {}
        state, gone = marketing.get("consent"), marketing.get("suppression") or []
        if not gone and state in (None, "NEVER_SUBSCRIBED"):
            continue
        granted = state == "SUBSCRIBED" and not gone
        since = marketing.get("consent_timestamp") or attributes.get("created")
        if not granted:
            moments = [marketing.get("last_updated"), marketing.get("consent_timestamp")]
            moments += [entry.get("timestamp") for entry in gone]
            since = max(filter(None, moments), key=datetime.fromisoformat, default=attributes.get("updated"))
        evidence = {
            "field": f"subscriptions.{purpose}.marketing",
            "state": state,
            "method": marketing.get("method"),
            "suppressed": sorted({str(entry.get("reason")) for entry in gone}),
        }
        found.append(Consent(purpose, granted, since, evidence))
    return found


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# ---------------------------------------------------------------------------- streams

NAMED = Person(at="profile", email="email")
PROFILE = Person(email="attributes.email", phone="attributes.phone_number", consents=_consents, vault=True)
_CHANNEL = "consent consent_timestamp@ last_updated@ method"

STREAMS = (
    Stream(
        "events",
        "log",
        """id
        attributes {
          datetime@ value# currency checkout_id items { product_id variant_id sku quantity# value# }
        }
        metric { id name }""",
        _events,
        updated_at="attributes.datetime",
        person=NAMED,
        overlap=ARRIVES_LATE,
    ),
    Stream(
        "list_members",
        "snapshot",
        "id list { id name } joined_group_at@",
        _list_members,
        person=NAMED,
    ),
    Stream(
        "profiles",
        "log",
        f"""id
        attributes {{
          created@ updated@
          subscriptions {{
            email {{ marketing {{
              can_receive_email_marketing? {_CHANNEL} suppression {{ reason timestamp@ }}
            }} }}
            sms {{ marketing {{ can_receive_sms_marketing? {_CHANNEL} }} }}
          }}
        }}""",
        _profiles,
        updated_at="attributes.updated",
        person=PROFILE,
        unwanted="""type relationships links
        attributes { subscriptions {
          email { marketing { method_detail custom_method_detail double_optin list_suppressions } open_tracking }
          sms { marketing { method_detail } transactional }
          mobile_push whatsapp
        } }""",
        from_the_first=True,
    ),
)

KLAVIYO = Source(
    "klaviyo",
    "Klaviyo",
    STREAMS,
    connect,
    "Host: a.klaviyo.com. Password: a private API key that may read events, metrics, profiles and lists (and write "
    'profiles and lists, for audiences). Extra: {"account": "klaviyo"}.',
)
