"""Who agreed to be written to, and who is on which list."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from include.clients.session import Session
from include.sources.base import Consent, Page, Record, usable
from include.sources.klaviyo.client import again_when_expired, pages, second
from include.window import Window

_CHANNEL = "consent consent_timestamp@ last_updated@ method"
PROFILE_FIELDS = f"""id
attributes {{
  created@ updated@
  subscriptions {{
    email {{ marketing {{
      can_receive_email_marketing? {_CHANNEL} suppression* {{ reason timestamp@ }}
    }} }}
    sms {{ marketing {{ can_receive_sms_marketing? {_CHANNEL} }} }}
  }}
}}"""
UNWANTED = """type relationships links
attributes { subscriptions {
  email { marketing { method_detail custom_method_detail double_optin list_suppressions } open_tracking }
  sms { marketing { method_detail } transactional }
  mobile_push whatsapp
} }"""
MEMBER_FIELDS = "id list { id name } joined_group_at@"
PROFILES_PAGE, LISTS_PAGE = 100, 10


def profiles(session: Session, window: Window) -> Iterator[Page]:
    one = timedelta(seconds=1)
    after, before = second(window.start - one), second(window.end + one)
    params = {
        "filter": f"greater-than(updated,{after}),less-than(updated,{before})",
        "additional-fields[profile]": "subscriptions",
        "fields[profile]": "email,phone_number,created,updated,subscriptions",
        "sort": "updated",  # a profile that changes meanwhile moves to the end and is seen again, not skipped
        "page[size]": PROFILES_PAGE,
    }

    def read() -> Iterator[Page]:
        for answer in pages(session, "/api/profiles", params):
            made, bad = usable("klaviyo", answer["data"], _known)
            yield Page([profile for profile in made if _is_in(profile, window)], bad=bad)

    yield from again_when_expired(read)


def list_members(session: Session, window: Window) -> Iterator[Page]:
    for answer in pages(session, "/api/lists", {"page[size]": LISTS_PAGE}):
        for one in answer["data"]:
            yield from again_when_expired(partial(_members, session, one))


def _known(profile: Record) -> Record:
    """As it is, when it can be told from others."""
    return profile | {"id": profile["id"]}


def _members(session: Session, one: Record) -> Iterator[Page]:
    params = {"fields[profile]": "email,joined_group_at", "page[size]": PROFILES_PAGE}
    about = {"id": one["id"], "name": one["attributes"].get("name")}
    for answer in pages(session, f"/api/lists/{one['id']}/profiles", params):
        made, bad = usable("klaviyo", answer["data"], partial(_member, about))
        yield Page(made, bad=bad)


def _member(about: Record, member: Record) -> Record:
    return {
        "id": f"{about['id']}/{member['id']}",
        "list": about,
        "joined_group_at": member["attributes"].get("joined_group_at"),
        "profile": {"id": member["id"], "email": member["attributes"].get("email")},
    }


def _is_in(profile: Record, window: Window) -> bool:
    try:
        return datetime.fromisoformat(profile["attributes"]["updated"]) in window
    except (KeyError, TypeError, ValueError):
        return True  # the projection will say what is wrong with it


def consents(profile: Record) -> list[Consent]:
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
