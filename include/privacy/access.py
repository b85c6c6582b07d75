"""The answer to "what do you know of me?": one JSON file a person can read, for whoever runs the shop to hand over."""

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from include.privacy import traces
from include.privacy.files import exports
from include.privacy.people import known
from include.privacy.subjects import Subject
from include.privacy.suppression import key_hmacs, suppression_keys
from include.settings import Settings
from include.warehouse.connect import connect


def export(settings: Settings, request_id: int, subject: Subject) -> dict[str, Any]:
    """Write HOME/privacy/exports/request-<id>-….json, readable by its owner only; returns the proof: the file's name and
    hash, and how many things of each kind it tells. Retention removes it."""
    with connect(settings, "privacy") as conn:
        who = known(conn, settings, subject)
        told = _everything(conn, settings, list(who.keys), dict(traces_of(who.records)))
    text = json.dumps(told, indent=2, ensure_ascii=False, default=str)
    folder = exports(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"request-{request_id}-{secrets.token_hex(4)}.json"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    counts = {name: len(part) for name, part in told.items() if isinstance(part, list)}
    return {"file": file.name, "sha256": hashlib.sha256(text.encode()).hexdigest(), "told": counts}


def traces_of(records: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], list[str]]]:
    """(source, stream) → the records that are the person."""
    return [
        ((source, stream), [name for at, name in records if at == source])
        for source, stream, goes in traces.streams()
        if goes
    ]


def _everything(
    conn: Connection, settings: Settings, keys: list[str], scopes: traces.Scopes
) -> dict[str, Any]:
    suppressed = conn.execute(
        "SELECT EXISTS (SELECT FROM pii.suppression WHERE hmac = ANY (%s))",
        [[digest for key in keys for digest in key_hmacs(suppression_keys(settings), key)]],
    ).fetchone()
    return {
        "about": f"What {settings.company} keeps of you in its nightly reports, and how it came to know it.",
        "who_you_are": _rows(
            conn,
            "SELECT email, phone, first_name, last_name, country, source AS told_by, account, vendor_id AS known_there_as,"
            " updated_at FROM pii.customer WHERE customer_key = ANY (%s)",
            keys,
        ),
        "known_at": _rows(
            conn,
            "SELECT source, account, vendor_id, updated_at FROM pii.identity WHERE customer_key = ANY (%s)",
            keys,
        ),
        "what_you_agreed_to": _rows(
            conn,
            "SELECT purpose, granted, source AS said_at, effective_at, evidence FROM pii.consent"
            " WHERE customer_key = ANY (%s) ORDER BY effective_at",
            keys,
        ),
        "never_written_to": bool(suppressed and suppressed[0]),
        "lists_you_are_on": _rows(
            conn,
            "SELECT audience, destination, confirmed_at AS since FROM ops.audience_member"
            " WHERE customer_key = ANY (%s) AND confirmed",
            keys,
        ),
        "what_we_keep": _kept(conn, keys),
        "what_we_were_told": _told(conn, keys, scopes),
    }


def _kept(conn: Connection, keys: list[str]) -> list[dict[str, Any]]:
    """Rows of every published table that knows the person."""
    tables = conn.execute(
        "SELECT table_schema, table_name FROM information_schema.columns"
        " WHERE column_name = 'customer_key' AND table_schema IN ('mart', 'act') ORDER BY 1, 2"
    ).fetchall()
    found = []
    for schema, table in tables:
        text = sql.SQL(
            "SELECT to_jsonb(t) - 'customer_key' AS row FROM {} AS t WHERE customer_key = ANY (%s)"
        )
        rows = conn.execute(text.format(sql.Identifier(schema, table)), [keys]).fetchall()
        found += [{"table": table, **row} for (row,) in rows]
    return found


def _told(conn: Connection, keys: list[str], scopes: traces.Scopes) -> list[dict[str, Any]]:
    """What the vendors said of the person, in every version that is kept."""
    found = []
    for source, stream, _ in traces.streams():
        text = sql.SQL(
            "SELECT payload - 'customer_key' FROM {} WHERE payload ->> 'customer_key' = ANY (%s) OR scope = ANY (%s)"
        ).format(sql.Identifier("raw", f"{source}_{stream}"))
        rows = conn.execute(text, [keys, scopes.get((source, stream), [])]).fetchall()
        found += [{"by": source, "what": stream, "said": payload} for (payload,) in rows]
    return found


def _rows(conn: Connection, text: str, keys: list[str]) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, [keys]).fetchall()
