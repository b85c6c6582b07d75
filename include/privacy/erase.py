"""Forget a person: vault, raw, what was built and published from it, and the lake.

Orders stay, without knowing whose they were. What remains is a keyed hash on the suppression list, so that
no later extraction, replay or restore brings the person back.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from include import lake
from include.errors import Stop
from include.privacy.keys import customer_key, normalise_email
from include.privacy.suppression import email_hmacs, key_hmacs, remember, suppression_keys
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.connect import connect, trouble
from include.warehouse.publish import LOCK as PUBLISH_LOCK

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Erasure:
    """What was found and forgotten; counts only."""

    keys: int
    vault_rows: int
    raw_records: int
    published_rows: int
    lake_extractions: int


def erase(settings: Settings, email: str) -> Erasure:
    """Forget whoever has this address. Doing it again is harmless. Raises Stop when it is no address.

    Audiences are not touched here: members are marked unwanted and leave the platforms at the next sending. Where only
    what was sent can remove a person, that hash stays in the vault until it has.
    """
    address = normalise_email(email)
    if not address:
        raise Stop("that is not an e-mail address")
    with trouble("erasing"), connect(settings, "privacy") as conn:
        keys = _keys(conn, settings, address)
    gone = _clean_lake(settings, keys)
    with trouble("erasing"), connect(settings, "privacy") as conn:
        # Nothing may be published from what is being erased.
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])
        secrets = suppression_keys(settings)
        subjects = [email_hmacs(secrets, address), *(key_hmacs(secrets, key) for key in keys)]
        remember(conn, subjects, "erased")
        raw = sum(
            _clean_raw(conn, source, stream, is_person, keys) for source, stream, is_person in _streams()
        )
        published = sum(_clean_table(conn, *table, keys) for table in _tables_with_keys(conn))
        _clean_ledger(conn, keys)
        vault = _clean_vault(conn, address, keys)
        done = Erasure(len(keys), vault, raw, published, gone)
        conn.execute(
            "INSERT INTO ops.audit (action, rows, details) VALUES ('erase', %s, %s)",
            [vault, Jsonb(asdict(done))],
        )
    log.info("a person was erased: %s", done)
    return done


def _keys(conn: Connection, settings: Settings, address: str) -> list[str]:
    """Every key the person has been known by."""
    by_address = customer_key(settings.secret("customer_key"), email=address)
    rows = conn.execute(
        "WITH RECURSIVE known AS ("
        "  SELECT %s AS key UNION SELECT customer_key FROM pii.customer WHERE lower(trim(email)) = %s"
        "  UNION SELECT CASE WHEN a.alias_key = known.key THEN a.customer_key ELSE a.alias_key END"
        "  FROM ops.customer_alias AS a JOIN known ON known.key IN (a.alias_key, a.customer_key)"
        ") SELECT key FROM known",
        [by_address, address],
    ).fetchall()
    return sorted(key for (key,) in rows)


def _streams() -> Iterator[tuple[str, str, bool]]:
    """(source, stream, whether a record is the person itself) of every stream that speaks of people."""
    for source in REGISTRY.values():
        for stream in source.streams:
            if stream.person:
                yield source.name, stream.name, stream.person.vault


def _clean_lake(settings: Settings, keys: Sequence[str]) -> int:
    """Remove every extraction that holds one of the keys, whole: its manifest promises its pages."""
    wanted = [key.encode() for key in keys]
    gone = 0
    for source, stream, _ in _streams():
        for uri in lake.manifests(settings.lake, source, stream=stream):
            lines = lake.read_lines(uri, lake.read_manifest(uri))
            if any(key in line for line in lines for key in wanted):
                lake.delete(uri)
                gone += 1
    return gone


def _clean_raw(conn: Connection, source: str, stream: str, is_person: bool, keys: Sequence[str]) -> int:
    """Take the keys out of a stream's payloads; records that are the person go, with their observations."""
    table = sql.Identifier("raw", f"{source}_{stream}")
    change = (
        "DELETE FROM {}" if is_person else "UPDATE {} SET payload = payload || '{{\"customer_key\": null}}'"
    )
    found = conn.execute(
        sql.SQL(
            f"WITH hit AS ({change} WHERE payload ->> 'customer_key' = ANY (%s) RETURNING account, scope)"
            " SELECT DISTINCT account, scope FROM hit"
        ).format(table),
        [list(keys)],
    ).fetchall()
    conn.cursor().executemany(
        "INSERT INTO ops.touched (source, stream, account, scope, why) VALUES (%s, %s, %s, %s, 'erased')",
        [(source, stream, *scope) for scope in found],
    )
    if is_person:
        for account, scope in found:
            conn.execute(
                "DELETE FROM raw.observation WHERE (stream, account, scope) = (%s, %s, %s)",
                [f"{source}_{stream}", account, scope],
            )
    return len(found)


def _tables_with_keys(conn: Connection) -> list[tuple[str, str, bool]]:
    """(schema, table, whether its key may be null) of everything built or published with a customer_key."""
    return conn.execute(
        "SELECT n.nspname, c.relname, NOT a.attnotnull FROM pg_attribute AS a"
        " JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('build', 'mart', 'act')"
        " WHERE a.attname = 'customer_key' AND NOT a.attisdropped ORDER BY 1, 2"
    ).fetchall()


def _clean_table(conn: Connection, schema: str, table: str, nullable: bool, keys: Sequence[str]) -> int:
    change = "UPDATE {} SET customer_key = NULL" if nullable else "DELETE FROM {}"
    return conn.execute(
        sql.SQL(change + " WHERE customer_key = ANY (%s)").format(sql.Identifier(schema, table)), [list(keys)]
    ).rowcount


def _clean_ledger(conn: Connection, keys: Sequence[str]) -> None:
    """Members become unwanted, so that the platforms forget them too; the journal of the holdout, evidence of consent
    and finished actions forget the keys."""
    conn.execute("DELETE FROM ops.audience_exposure WHERE customer_key = ANY (%s)", [list(keys)])
    conn.execute(
        "UPDATE ops.audience_member SET desired = false, desired_at = now() WHERE customer_key = ANY (%s) AND desired",
        [list(keys)],
    )
    for key in keys:
        conn.execute(
            "UPDATE ops.action SET payload = replace(payload::text, %(key)s, 'erased')::jsonb,"
            " consent = replace(consent::text, %(key)s, 'erased')::jsonb"
            " WHERE status IN ('confirmed', 'failed', 'cancelled')"
            " AND concat(payload::text, consent::text) LIKE '%%' || %(key)s || '%%'",
            {"key": key},
        )
        conn.execute(
            "UPDATE ops.action SET consent = replace(consent::text, %(key)s, 'erased')::jsonb"
            " WHERE status = 'sending' AND consent::text LIKE '%%' || %(key)s || '%%'",
            {"key": key},
        )


def _clean_vault(conn: Connection, address: str, keys: Sequence[str]) -> int:
    conn.execute("DELETE FROM pii.consent WHERE customer_key = ANY (%s)", [list(keys)])
    conn.execute(
        "DELETE FROM ops.customer_alias WHERE customer_key = ANY (%(keys)s) OR alias_key = ANY (%(keys)s)",
        {"keys": list(keys)},
    )
    return conn.execute(
        "DELETE FROM pii.customer WHERE customer_key = ANY (%s) OR lower(trim(email)) = %s",
        [list(keys), address],
    ).rowcount
