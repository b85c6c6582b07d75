"""People who were erased stay erased, whatever a vendor or an old page says again."""

import re

from psycopg import Connection

from include.privacy.suppression import key_hmacs, suppression_keys
from include.settings import Settings
from include.warehouse.rows import Row, content_hash

CUSTOMER_KEY = re.compile(rb'"customer_key":\s*"([0-9a-f]{32})"')


class Erased:
    """Takes erased people out of rows: their key becomes null; where the record *is* the person
    (`drops_records`), the record goes."""

    def __init__(self, conn: Connection, settings: Settings, drops_records: bool):
        self._conn, self._drops = conn, drops_records
        self._keys = suppression_keys(settings)
        row = conn.execute("SELECT pii.anybody_erased()").fetchone()
        self._anybody = bool(row and row[0])
        self._known: dict[bytes, bool] = {}

    def removed_from(self, rows: list[Row]) -> list[Row]:
        """The rows without any trace of erased people."""
        if not self._anybody:
            return rows
        keys = [set(CUSTOMER_KEY.findall(row.payload)) for row in rows]
        self._learn(set().union(*keys) - self._known.keys())
        cleaned = [
            self._clean(row, {key for key in found if self._known[key]})
            for row, found in zip(rows, keys, strict=True)
        ]
        return [row for row in cleaned if row]

    def _clean(self, row: Row, erased: set[bytes]) -> Row | None:
        if not erased:
            return row
        if self._drops:
            return None
        row.payload = CUSTOMER_KEY.sub(
            lambda match: b'"customer_key":null' if match[1] in erased else match[0], row.payload
        )
        row.content_hash = content_hash(row.payload)
        return row

    def _learn(self, keys: set[bytes]) -> None:
        asked = {digest: key for key in keys for digest in key_hmacs(self._keys, key.decode())}
        found = self._conn.execute("SELECT * FROM pii.erased(%s)", [list(asked)]).fetchall() if asked else []
        self._known |= dict.fromkeys(keys, False) | {asked[bytes(digest)]: True for (digest,) in found}
