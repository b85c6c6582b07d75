"""Who somebody is to us: every key, address, number and vendor's id a person is known by."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from include.errors import Stop
from include.privacy.keys import customer_key, normalise_phone
from include.privacy.subjects import Subject
from include.settings import Settings

SEVERAL = "this number is several people's: ask for one of them by e-mail or customer id"
SHORTEST, FULL_NUMBER = 7, 10
"""Characters of a value, and digits of a number, that can be searched for without finding everybody."""


@dataclass(frozen=True)
class Known:
    """What we know a person by. `records` are (source, vendor's id); `phones` leave out what others share."""

    keys: tuple[str, ...]
    emails: tuple[str, ...] = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    records: tuple[tuple[str, str], ...] = field(repr=False)

    def __or__(self, other: "Known") -> "Known":
        """What either knows."""
        return Known(
            _both(self.keys, other.keys),
            _both(self.emails, other.emails),
            _both(self.phones, other.phones),
            tuple(sorted({*self.records, *other.records})),
        )

    def meets(self, other: "Known") -> bool:
        """Whether anything either is known by is the other's too; numbers are compared without their country's code."""
        return not self._told.isdisjoint(other._told)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Known":
        """From JSON."""
        keys, emails, phones = (tuple(said.get(name, ())) for name in ("keys", "emails", "phones"))
        return cls(keys, emails, phones, tuple((source, name) for source, name in said.get("records", ())))

    @property
    def values(self) -> list[str]:
        """What must be found nowhere once the person is erased. Not names: too many people share one."""
        told = {*self.keys, *self.personal, *(vendor_id for _, vendor_id in self.records)}
        return sorted(value.lower() for value in told if len(value) >= SHORTEST)

    @property
    def personal(self) -> list[str]:
        """What belongs into the vault alone: keys and vendors' ids stand for the person everywhere else."""
        return sorted({*self.emails, *self.phones, *self._numbers})

    @property
    def _numbers(self) -> set[str]:
        return {number for phone in self.phones if len(number := re.sub(r"\D", "", phone)) >= FULL_NUMBER}

    @property
    def _told(self) -> set[object]:
        return {*self.keys, *self.emails, *self.records, *(number[-FULL_NUMBER:] for number in self._numbers)}


def known(conn: Connection, settings: Settings, subject: Subject) -> Known:
    """Everything a subject is known by, also when the vault has never heard of them. Stop when a phone alone names
    several people."""
    secret = settings.secret("customer_key")
    keys = {*subject.keys, *_keys_of(secret, subject), *_of_orders(conn, subject)}
    if subject.phone and not keys:
        keys |= _sharing(conn, subject.phone)
        if len(_merged(conn, keys)) > 1:
            raise Stop(SEVERAL)
    keys = _with_aliases(conn, keys | _at_vendor(conn, subject), subject.email)
    people = conn.execute(
        "SELECT email, phone FROM pii.customer WHERE customer_key = ANY (%s)", [sorted(keys)]
    ).fetchall()
    records = set(
        conn.execute(
            "SELECT source, vendor_id FROM pii.identity WHERE customer_key = ANY (%s)", [sorted(keys)]
        ).fetchall()
    )
    if subject.source and subject.vendor_id:
        records.add((subject.source, subject.vendor_id))
    emails = {subject.email, *(email.strip().lower() for email, _ in people if email)} - {None}
    phones = {subject.phone, *(phone for _, phone in people)} - {None} - _of_others(conn, keys)
    keys |= {key for email in emails if (key := customer_key(secret, email=email))}
    keys |= {key for source, name in records if (key := customer_key(secret, None, name, source))}
    return Known(tuple(sorted(keys)), tuple(sorted(emails)), tuple(sorted(phones)), tuple(sorted(records)))


def _both(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def everybody_at(conn: Connection, phone: str) -> list[str]:
    """The keys of all who share a number."""
    return sorted(_with_aliases(conn, _sharing(conn, phone), None))


def _keys_of(secret: bytes, subject: Subject) -> Iterable[str]:
    found = {customer_key(secret, email=subject.email)}
    if subject.vendor_id:
        found.add(customer_key(secret, None, subject.vendor_id, subject.source))
    return {key for key in found if key}


def _of_orders(conn: Connection, subject: Subject) -> set[str]:
    """Under which keys the orders stand that a shop says are theirs."""
    rows = conn.execute(
        "SELECT payload ->> 'customer_key' FROM raw.shopify_orders WHERE scope = ANY (%s)"
        " AND payload ->> 'customer_key' IS NOT NULL",
        [list(subject.orders)],
    ).fetchall()
    return {key for (key,) in rows}


def _sharing(conn: Connection, phone: str) -> set[str]:
    """The numbers lie there as the vendors told them: those that end alike are compared in full."""
    rows = conn.execute(
        r"SELECT customer_key, phone, country FROM pii.customer WHERE right(regexp_replace(phone, '\D', '', 'g'), 7) = %s",
        [re.sub(r"\D", "", phone)[-7:]],
    ).fetchall()
    return {key for key, told, country in rows if normalise_phone(told, country) == phone}


def _of_others(conn: Connection, keys: set[str]) -> set[str]:
    """Numbers of these people that somebody else has too."""
    rows = conn.execute(
        "SELECT phone FROM pii.customer AS own WHERE customer_key = ANY (%(keys)s) AND EXISTS (SELECT FROM pii.customer"
        " AS other WHERE NOT other.customer_key = ANY (%(keys)s) AND other.phone = own.phone)",
        {"keys": sorted(keys)},
    ).fetchall()
    return {phone for (phone,) in rows}


def _merged(conn: Connection, keys: set[str]) -> set[str]:
    rows = conn.execute(
        "SELECT alias_key FROM ops.customer_alias WHERE alias_key = ANY (%(keys)s) AND customer_key = ANY (%(keys)s)",
        {"keys": sorted(keys)},
    ).fetchall()
    return keys - {alias for (alias,) in rows}


def _at_vendor(conn: Connection, subject: Subject) -> set[str]:
    rows = conn.execute(
        "SELECT customer_key FROM pii.identity WHERE (source, vendor_id) = (%s, %s)",
        [subject.source, subject.vendor_id],
    ).fetchall()
    return {key for (key,) in rows}


def _with_aliases(conn: Connection, keys: set[str], email: str | None) -> set[str]:
    rows = conn.execute(
        "WITH RECURSIVE known AS ("
        "  SELECT unnest(%s::text[]) AS key"
        "  UNION SELECT customer_key FROM pii.customer WHERE lower(trim(email)) = %s"
        "  UNION SELECT CASE WHEN a.alias_key = known.key THEN a.customer_key ELSE a.alias_key END"
        "  FROM ops.customer_alias AS a JOIN known ON known.key IN (a.alias_key, a.customer_key)"
        ") SELECT key FROM known",
        [sorted(keys), email],
    ).fetchall()
    return {key for (key,) in rows}
