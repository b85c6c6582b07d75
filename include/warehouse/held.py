"""What raw holds of rows that are on their way into it."""

from psycopg import Connection, sql

from include.warehouse.rows import Row


class Held:
    """What `table` holds of an account's payloads, and raw of their observations. Rows are named by their place in the list
    that is asked about."""

    def __init__(self, conn: Connection, table: sql.Identifier, account: str):
        self._conn, self._table, self._account = conn, table, account

    def payloads_of(self, rows: list[Row]) -> set[int]:
        """Of which rows raw has the payload."""
        return self._among(rows, self._payload())

    def observations_of(self, rows: list[Row], load_id: int) -> set[int]:
        """Which rows a load has observed word for word."""
        return self._among(
            rows,
            sql.SQL(
                "(SELECT true FROM raw.observation AS heard WHERE heard.load_id = {} AND heard.scope = told.scope"
                " AND heard.content_hash = told.content_hash AND heard.source_updated_at IS NOT DISTINCT FROM told.updated_at::timestamptz)"
            ).format(load_id),
        )

    def lacks_any(self, seen: sql.Composable) -> bool:
        """Whether a payload of what was seen (a table and its condition) is not there, or no more."""
        row = self._conn.execute(
            sql.SQL(
                "SELECT EXISTS (SELECT FROM (SELECT scope, content_hash FROM {}) AS told WHERE {} IS NULL)"
            ).format(seen, self._payload())
        ).fetchone()
        return row == (True,)

    def _payload(self) -> sql.Composed:
        # a scalar subquery is looked up row by row, by the key, whatever the planner thinks of a table just loaded
        return sql.SQL(
            "(SELECT true FROM {table} AS held WHERE held.account = {account} AND held.scope = told.scope"
            " AND held.content_hash = told.content_hash)"
        ).format(table=self._table, account=self._account)

    def _among(self, rows: list[Row], condition: sql.Composed) -> set[int]:
        found = self._conn.execute(
            sql.SQL(
                "SELECT at - 1 FROM unnest(%s::text[], %s::bytea[], %s::text[]) WITH ORDINALITY"
                " AS told (scope, content_hash, updated_at, at) WHERE {}"
            ).format(condition),
            [
                [row.scope for row in rows],
                [row.content_hash for row in rows],
                [row.updated_at for row in rows],
            ],
        ).fetchall()
        return {at for (at,) in found}
