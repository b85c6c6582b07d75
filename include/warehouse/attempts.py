"""Whose turn it is: one load at a time of a stream and account, and of two attempts of one load the one that lives."""

import hashlib
from typing import Any

import psycopg
from psycopg import Connection

from include.errors import Wait

PATIENCE = "30s"
"""How long a load waits for an earlier attempt of itself before it cuts it off."""

LONGEST_IDLE = "10s"
"""How long a load waits for more of an extraction that goes on."""


def begin(conn: Connection, of: dict[str, Any]) -> None:
    """Begin a load whose extraction goes on; `of` is the attempt as its manifest will name it. Wait when another load of
    the stream and account is under way.

    Who extracts may be stopped, and hold what it holds for ever: Postgres ends the session when it idles.
    """
    _name_attempt(conn, of)
    conn.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [LONGEST_IDLE])
    free = conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_lock_name(of)]
    ).fetchone()
    if free != (True,):
        raise Wait(f"another load of {of['source']} {of['stream']} is under way")


def serialise(conn: Connection, manifest: dict[str, Any]) -> None:
    """One load at a time for a stream and account.

    Who waits for an earlier attempt of itself cuts it off after a while: its process was given up and may be
    stopped in the middle of a COPY, where no timeout of Postgres reaches it.
    """
    attempt = _name_attempt(conn, manifest)
    conn.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
    try:
        with conn.transaction():
            _lock(conn, manifest)
    except psycopg.errors.LockNotAvailable:
        conn.execute("SET LOCAL lock_timeout TO DEFAULT")
        conn.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND pid <> pg_backend_pid()",
            [attempt],
        )
        _lock(conn, manifest)
    conn.execute("SET LOCAL lock_timeout TO DEFAULT")


def _name_attempt(conn: Connection, of: dict[str, Any]) -> str:
    """Call the session by the attempt it works for, so that its retry can find it; returns the name.

    A night's retry asks for a little more than the attempt before it; the windows of a backfill stand beside each other.
    """
    windows = () if of["mode"] == "nightly" else ("window_start", "window_end")
    names = [of[name] for name in ("source", "stream", "account", "run_id", *windows)]
    attempt = f"nightshift load {hashlib.sha256(repr(names).encode()).hexdigest()[:32]}"
    conn.execute("SELECT set_config('application_name', %s, true)", [attempt])
    return attempt


def _lock(conn: Connection, of: dict[str, Any]) -> None:
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_lock_name(of)])


def _lock_name(of: dict[str, Any]) -> str:
    return f"{of['source']}.{of['stream']}|{of['account']}"
