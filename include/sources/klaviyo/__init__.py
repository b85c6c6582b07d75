"""Klaviyo: what known people looked at and ordered, who agreed to be written to, and which lists they are on.

Quirks:

* Events can be asked for by when they happened, not by when they arrived. Most arrive at once; a phone that was offline
  or an outage between shop and Klaviyo delivers up to two days later. Hence each night reads three days back.
* A metric is known by an id of the account. Shopify's integration says *Checkout Started* where others say *Started
  Checkout*; a begun checkout is one event with its lines inside. An order is told when it is placed and stays told,
  whatever becomes of it. Where two integrations send a metric of the same name, Shopify's is read: the other tells of
  the same deeds again.
* Event properties are whatever the shop's theme sends: addresses of pages, names, free text. Only ids, quantities and
  values are taken out of them, at once; nothing else reaches the lake.
* `updated` can be compared with greater-than and less-than only: we ask for a second more on both sides and look.
* A profile that is suppressed gets no mail, whatever its consent says. Who merely "never subscribed" said nothing.
* A cursor may expire: then its week is asked for again, and what was seen already is left out.
"""

from datetime import timedelta

from include.sources.base import Person, Source, Stream
from include.sources.klaviyo import events, people
from include.sources.klaviyo.client import connect

ARRIVES_LATE = timedelta(days=3)
NAMED = Person(at="profile", email="email")
MEMBER = Person(at="profile", email="email", whole=True)
PROFILE = Person(
    email="attributes.email", phone="attributes.phone_number", consents=people.consents, vault=True
)

STREAMS = (
    Stream(
        "events",
        "log",
        events.FIELDS,
        events.pull,
        updated_at="attributes.datetime",
        person=NAMED,
        overlap=ARRIVES_LATE,
    ),
    Stream("list_members", "snapshot", people.MEMBER_FIELDS, people.list_members, person=MEMBER),
    Stream(
        "profiles",
        "log",
        people.PROFILE_FIELDS,
        people.profiles,
        updated_at="attributes.updated",
        person=PROFILE,
        unwanted=people.UNWANTED,
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
