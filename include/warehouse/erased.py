"""People who were erased stay erased, whatever a vendor or an old page says again."""

import re
from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from include.privacy.suppression import key_hmacs, record_hmacs, suppression_keys
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.rows import Row, content_hash

LOCK = 7_103_526_914
"""Held by an erasure, and shared by loads from their last look at who was erased until they are committed: else each would
miss what the other is about to commit."""

CUSTOMER_KEY = re.compile(rb'"customer_key":\s*"([0-9a-f]{32})"')


class Erased:
    """Takes erased people out of a stream's rows: their key becomes null; where nothing of the record is left without
    them, it goes. `dropped` are the scopes that went.

    A record is known by the key in it, and by its own id at the vendor: who comes back there under an address nobody
    knew is still the person who was erased, and the new key is told to housekeeping, for other records may hold it.
    `of` names source, account, stream and epoch.
    """

    def __init__(self, conn: Connection, settings: Settings, of: Mapping[str, Any]):
        self._conn, self._of = conn, of
        self._keys = suppression_keys(settings)
        self._speaks_of_people, self._drops = _person_of(of)
        self._anybody = self._speaks_of_people and self._is_anybody()
        self._known: dict[tuple[str, str], bool] = {}
        self.dropped: set[str] = set()

    def removed_from(self, rows: list[Row]) -> list[Row]:
        """The rows without any trace of erased people."""
        if not self._anybody:
            return rows
        keys = [{key.decode() for key in CUSTOMER_KEY.findall(row.payload)} for row in rows]
        self._learn(
            {("key", key) for found in keys for key in found} | {("record", row.scope) for row in rows}
        )
        self._tell_of_returns(rows, keys)
        cleaned = [self._clean(row, found) for row, found in zip(rows, keys, strict=True)]
        return [row for row in cleaned if row]

    def still_holds(self) -> bool:
        """Whether neither their store nor anybody in these rows was erased since they were looked through; nobody is until the
        transaction ends."""
        if not self._speaks_of_people:
            return True
        self._conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
        if store_was_erased(self._conn, self._of):
            return False
        if not self._anybody:
            return not self._is_anybody()
        return not self._erased_of({name for name, erased in self._known.items() if not erased})

    def _is_anybody(self) -> bool:
        return self._conn.execute("SELECT pii.anybody_erased()").fetchone() == (True,)

    def _clean(self, row: Row, keys: set[str]) -> Row | None:
        whole = self._known["record", row.scope]
        erased = {key.encode() for key in keys if whole or self._known["key", key]}
        if not (erased or whole):
            return row
        if self._drops:
            self.dropped.add(row.scope)
            return None
        row.payload = CUSTOMER_KEY.sub(
            lambda match: b'"customer_key":null' if match[1] in erased else match[0], row.payload
        )
        row.content_hash = content_hash(row.payload)
        return row

    def _tell_of_returns(self, rows: list[Row], keys: list[set[str]]) -> None:
        came_back = {
            key
            for row, found in zip(rows, keys, strict=True)
            for key in found
            if self._known["record", row.scope] and not self._known["key", key]
        }
        if came_back:
            self._conn.execute("SELECT pii.note_return(%s)", [sorted(came_back)])

    def _learn(self, names: set[tuple[str, str]]) -> None:
        new = names - self._known.keys()
        self._known |= dict.fromkeys(new, False) | dict.fromkeys(self._erased_of(new), True)

    def _erased_of(self, names: set[tuple[str, str]]) -> set[tuple[str, str]]:
        asked = {digest: name for name in names for digest in self._hmacs(*name)}
        found = self._conn.execute("SELECT * FROM pii.erased(%s)", [list(asked)]).fetchall() if asked else []
        return {asked[bytes(digest)] for (digest,) in found}

    def _hmacs(self, kind: str, name: str) -> list[bytes]:
        return (
            key_hmacs(self._keys, name)
            if kind == "key"
            else record_hmacs(self._keys, self._of["source"], name)
        )


def store_was_erased(conn: Connection, of: Mapping[str, Any]) -> bool:
    """Whether a store's people were erased after these, who may be among them, had been asked for."""
    after = "SELECT FROM ops.erased_store WHERE (source, account) = (%(source)s, %(account)s) AND epoch > %(epoch)s"
    return _person_of(of)[0] and conn.execute(after, of).fetchone() is not None


def _person_of(of: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether a stream speaks of people, and whether its records go with them."""
    known = REGISTRY.get(of["source"])
    person = (
        next((each.person for each in known.streams if each.name == of["stream"]), None) if known else None
    )
    return person is not None, bool(person and person.is_the_record)
