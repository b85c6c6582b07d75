"""Taking people out of each place that knows them: the lake, raw, what was built and published, the ledger, the vault."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence

from psycopg import Connection, sql

from include import lake
from include.errors import Stop
from include.settings import Settings
from include.sources import REGISTRY

log = logging.getLogger(__name__)

Scopes = dict[tuple[str, str], list[str]]
"""(source, stream) → records that are, or were said to be, the person's."""


def streams() -> Iterator[tuple[str, str, bool]]:
    """(source, stream, whether a record goes with its person) of every stream that speaks of people."""
    for source in REGISTRY.values():
        for stream in source.streams:
            if stream.person:
                yield source.name, stream.name, stream.person.is_the_record


def out_of_lake(
    settings: Settings, is_wanted: Callable[[bytes], bool], source: str = "*", account: str = "*"
) -> int:
    """Remove every extraction of which any line is wanted, whole: its manifest promises its pages. One that cannot be read
    goes too: nobody can load it, or say whom it speaks of."""
    gone = 0
    for known, stream, _ in streams():
        if source not in ("*", known):
            continue
        for uri in lake.manifests(settings.lake, known, account, stream):
            if _holds(uri, is_wanted):
                lake.delete(uri)
                gone += 1
    return gone


def out_of_raw(conn: Connection, keys: Sequence[str], scopes: Scopes) -> int:
    """Take the keys out of the payloads; records that go with the person go, with their observations."""
    found = 0
    for source, stream, goes in streams():
        own = scopes.get((source, stream), [])
        those = sql.SQL("(payload ->> 'customer_key' = ANY (%s) OR scope = ANY (%s))")
        found += _clean(conn, source, stream, goes, those, [list(keys), own])
        if goes:
            _forget_touched(conn, source, stream, own)
        conn.execute(
            "DELETE FROM raw.quarantine WHERE (source, stream) = (%s, %s)"
            " AND (scope = ANY (%s) OR payload ->> 'customer_key' = ANY (%s))",
            [source, stream, own, list(keys)],
        )
    return found


def store_out_of_raw(conn: Connection, of_source: str, account: str) -> int:
    """The same for everybody whom a store told of."""
    those = sql.SQL("account = %s AND payload ->> 'customer_key' IS NOT NULL")
    found = 0
    for source, stream, goes in streams():
        if source == of_source:
            found += _clean(conn, source, stream, goes, those, [account])
            conn.execute(
                "DELETE FROM raw.quarantine WHERE (source, account, stream) = (%s, %s, %s)",
                [source, account, stream],
            )
    return found


def out_of_tables(conn: Connection, keys: Sequence[str]) -> int:
    """Everything built or published with a customer_key: it becomes null, or the row goes where it may not."""
    tables = conn.execute(
        "SELECT n.nspname, c.relname, a.attnotnull FROM pg_attribute AS a"
        " JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('build', 'mart', 'act')"
        " WHERE a.attname = 'customer_key' AND NOT a.attisdropped ORDER BY 1, 2"
    ).fetchall()
    changed = _out_of_copies(conn, keys)
    for schema, table, is_needed in tables:
        change = "DELETE FROM {}" if is_needed else "UPDATE {} SET customer_key = NULL"
        text = sql.SQL(change + " WHERE customer_key = ANY (%s)").format(sql.Identifier(schema, table))
        changed += conn.execute(text, [list(keys)]).rowcount
    return changed


def _out_of_copies(conn: Connection, keys: Sequence[str]) -> int:
    """What the last build copied of people's own records and of who is who: these rows go, with the vendor's id in them."""
    copies = [
        (f"stg_{source}__{stream}", "customer_key = ANY (%(keys)s)")
        for source, stream, goes in streams()
        if goes
    ]
    who_is_who = "kind = 'alias' AND (key = ANY (%(keys)s) OR hash = ANY (%(keys)s))"
    copies += [(table, who_is_who) for table in ("int_inputs__hashed", "int_inputs__used")]
    gone = 0
    for table, those in copies:
        kind = conn.execute(
            "SELECT relkind FROM pg_class WHERE relnamespace = 'build'::regnamespace AND relname = %s",
            [table],
        ).fetchone()
        if kind in (("r",), (b"r",)):
            text = sql.SQL("DELETE FROM {} WHERE " + those).format(sql.Identifier("build", table))
            gone += conn.execute(text, {"keys": list(keys)}).rowcount
    return gone


def out_of_ledger(conn: Connection, keys: Sequence[str]) -> None:
    """Members become unwanted, so that the platforms forget them too; whoever was never sent is forgotten at once, and
    so are they by the journal of the holdout, the evidence of consent and finished actions. A removal that failed keeps its
    people until it has worked: tried again without them it would remove nobody."""
    known = {"keys": list(keys)}
    conn.execute("DELETE FROM ops.audience_exposure WHERE customer_key = ANY (%(keys)s)", known)
    conn.execute(
        "DELETE FROM ops.audience_member AS member WHERE customer_key = ANY (%(keys)s) AND NOT confirmed"
        " AND payload_hash IS NULL AND NOT EXISTS (SELECT FROM ops.action WHERE status = 'sending'"
        "  AND destination = member.destination AND payload -> 'customer_keys' ? member.customer_key)",
        known,
    )
    conn.execute(
        "UPDATE ops.audience_member SET desired = false, desired_at = now()"
        " WHERE customer_key = ANY (%(keys)s) AND desired",
        known,
    )
    for key in keys:
        conn.execute(
            "UPDATE ops.action SET payload = replace(payload::text, %(key)s, 'erased')::jsonb,"
            " consent = replace(consent::text, %(key)s, 'erased')::jsonb"
            " WHERE (status IN ('confirmed', 'cancelled') OR (status = 'proposed' AND mode = 'observe')"
            "  OR (status = 'failed' AND payload ->> 'operation' IS DISTINCT FROM 'remove'))"
            " AND concat(payload::text, consent::text) LIKE '%%' || %(key)s || '%%'",
            {"key": key},
        )
        conn.execute(
            "UPDATE ops.action SET consent = replace(consent::text, %(key)s, 'erased')::jsonb"
            " WHERE status = 'sending' AND consent::text LIKE '%%' || %(key)s || '%%'",
            {"key": key},
        )


def out_of_vault(conn: Connection, keys: Sequence[str]) -> int:
    """The people themselves, what they said and who they are at whom; what a platform must be told stays till then."""
    known = {"keys": list(keys)}
    conn.execute("SELECT pii.forget_consent(%(keys)s)", known)
    conn.execute(
        "DELETE FROM ops.customer_alias WHERE customer_key = ANY (%(keys)s) OR alias_key = ANY (%(keys)s)",
        known,
    )
    return conn.execute("DELETE FROM pii.customer WHERE customer_key = ANY (%(keys)s)", known).rowcount


def _clean(
    conn: Connection, source: str, stream: str, goes: bool, those: sql.Composable, values: list[object]
) -> int:
    change = "DELETE FROM {}" if goes else "UPDATE {} SET payload = payload || '{{\"customer_key\": null}}'"
    unless_done = sql.SQL("" if goes else " AND payload ->> 'customer_key' IS NOT NULL")
    found = conn.execute(
        sql.SQL(
            "WITH hit AS ("
            + change
            + " WHERE {}{} RETURNING account, scope) SELECT DISTINCT account, scope FROM hit"
        ).format(sql.Identifier("raw", f"{source}_{stream}"), those, unless_done),
        values,
    ).fetchall()
    conn.cursor().executemany(
        "INSERT INTO ops.touched (source, stream, account, scope, why) VALUES (%s, %s, %s, %s, 'erased')",
        # a person's own record has their vendor's id for a scope: that the stream has news is enough
        sorted({(source, stream, account, "erased" if goes else scope) for account, scope in found}),
    )
    if goes:
        conn.cursor().executemany(
            "DELETE FROM raw.observation WHERE (stream, account, scope) = (%s, %s, %s)",
            [(f"{source}_{stream}", *scope) for scope in found],
        )
        _forget_touched(conn, source, stream, [scope for _, scope in found])
    return len(found)


def _forget_touched(conn: Connection, source: str, stream: str, scopes: list[str]) -> None:
    """What builds and replays wrote down of records that go with their person: such a scope is the vendor's id."""
    for table in ("touched", "touched_scope"):
        text = sql.SQL("DELETE FROM {} WHERE (source, stream) = (%s, %s) AND scope = ANY (%s)")
        conn.execute(text.format(sql.Identifier("ops", table)), [source, stream, scopes])


def _holds(uri: str, is_wanted: Callable[[bytes], bool]) -> bool:
    try:
        return any(is_wanted(line) for line in _lines(uri))
    except Stop as damage:
        log.warning("removed, for it may speak of somebody to be forgotten: %s", damage)
        return True


def _lines(uri: str) -> Iterator[bytes]:
    manifest = lake.read_manifest(uri)
    yield from lake.read_lines(uri, manifest)
    for rows in (lake.read_quarantine(uri, manifest), lake.read_vault(uri, manifest)):
        yield from (json.dumps(row, ensure_ascii=False).encode() for row in rows)
