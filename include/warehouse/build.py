"""One build at a time: who holds it, which loads it is made of, how it ends.

    with holding_build(settings, day) as build_id:
        ...check raw, run dbt, check marts, publish...

The lock lives as long as its connection, so a builder that dies frees it; one that is stopped, and therefore silent,
loses the connection after a while. What is frozen here is all a
build can see: dbt's macros read it from ops.build and ops.build_load.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from threading import Event, Thread

import psycopg
from psycopg import Connection

from include.errors import Busy, NightshiftError, Stop
from include.settings import Settings
from include.warehouse.connect import connect, trouble
from include.window import day_window

log = logging.getLogger(__name__)

LOCK = 7_103_526_912
KEPT_FREEZES = 10
LEASE = 120.0
"""Seconds of silence after which Postgres takes a builder for gone; it says a word four times in that time."""


@contextmanager
def holding_build(settings: Settings, as_of_day: date, full_refresh: bool = False) -> Iterator[int]:
    """Be the one builder and yield the id of a frozen build; Busy when somebody else is, Wait when the warehouse is away.

    Leaving without having published marks the build failed, with the error if there was one.
    """
    with (
        trouble("building"),
        connect(settings, "publisher", autocommit=True) as lock,
        _heartbeat(lock),
        _alone(lock),
    ):
        _bury_the_dead(lock)
        build_id = freeze(settings, as_of_day, full_refresh)
        try:
            yield build_id
        except BaseException as error:
            # The next builder buries this build if the warehouse cannot be told now.
            with suppress(NightshiftError, psycopg.Error):
                fail(settings, build_id, f"{type(error).__name__}: {error}")
            raise
        fail(settings, build_id, "ended without being published")


@contextmanager
def _heartbeat(lock: Connection) -> Iterator[None]:
    """Keep an idle connection alive for as long as this process runs, and no longer."""
    lock.execute("SELECT set_config('idle_session_timeout', %s, false)", [f"{LEASE * 1000:.0f}ms"])
    ended = Event()

    def beat() -> None:
        with suppress(psycopg.Error):
            while not ended.wait(LEASE / 4):
                lock.execute("SELECT 1")

    thread = Thread(target=beat, name="builder's heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _alone(lock: Connection) -> Iterator[None]:
    """Hold the builders' lock, and give it back: Postgres frees what a closed connection held only when it gets to it."""
    take_lock(lock)
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            lock.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def take_lock(conn: Connection) -> None:
    """The builders' lock, for as long as `conn` lives; Busy when another connection has it."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    if not row or not row[0]:
        running = conn.execute(
            "SELECT build_id, as_of_day, started_at FROM ops.build WHERE status = 'running'"
        ).fetchone()
        which = "is about to start"
        if running:
            which = f"{running[0]} of {running[1]} has been running since {running[2]:%H:%M:%S} UTC"
        raise Busy(f"another build {which}; try again when it has ended")


def freeze(settings: Settings, as_of_day: date, full_refresh: bool = False) -> int:
    """Write down which accepted loads a new build is made of; returns its id.

    `is_new` marks the loads that the last published build did not have. Raises Busy while another build runs.
    """
    end = day_window(as_of_day, settings.timezone).end
    with connect(settings, "publisher") as conn:
        row = conn.execute(
            "INSERT INTO ops.build (as_of_day, as_of_end, full_refresh) VALUES (%s, %s, %s)"
            " ON CONFLICT ((status)) WHERE status = 'running' DO NOTHING RETURNING build_id",
            [as_of_day, end, full_refresh],
        ).fetchone()
        if not row:
            raise Busy("another build is running; try again when it has ended")
        conn.execute(
            "WITH before AS ("
            "  SELECT load_id FROM ops.build_load WHERE build_id ="
            "  (SELECT max(build_id) FROM ops.build WHERE status = 'published'))"
            " INSERT INTO ops.build_load (build_id, load_id, is_new)"
            " SELECT %s, load_id, NOT EXISTS (SELECT FROM before WHERE before.load_id = l.load_id)"
            " FROM raw.load_log AS l WHERE status IN ('accepted', 'released')",
            row,
        )
        _forget_old_freezes(conn)
    log.info("build %s of %s frozen", row[0], as_of_day)
    return row[0]


def fail(settings: Settings, build_id: int, reason: str) -> bool:
    """End a running build as failed; False when it had ended already (published, taken over)."""
    with connect(settings, "publisher") as conn:
        ended = conn.execute(
            "UPDATE ops.build SET status = 'failed', ended_at = clock_timestamp(), reason = %s"
            " WHERE build_id = %s AND status = 'running'",
            [reason[:4000], build_id],
        ).rowcount
    return ended == 1


def mark_full_refresh(settings: Settings, build_id: int, fingerprint: str) -> bool:
    """Keep what the kept tables depend on; True when they cannot be trusted as the last publication left them.

    Then the build makes everything from nothing, whether or not it was asked for: the project is another
    one, an earlier day is built, a load that was built is accepted no more, or a build since then was not published
    and may have left anything.
    """
    with connect(settings, "publisher") as conn:
        row = conn.execute(_MARK, {"build": build_id, "fingerprint": fingerprint}).fetchone()
    if not row:
        raise Stop(f"build {build_id} is not running: it has ended or was taken over")
    return row[0]


_MARK = """
    WITH last AS (
        SELECT * FROM ops.build WHERE build_id = (SELECT max(build_id) FROM ops.build WHERE status = 'published')
    )
    UPDATE ops.build AS this SET fingerprint = %(fingerprint)s, full_refresh = this.full_refresh OR NOT EXISTS (
        SELECT FROM last
        WHERE last.fingerprint = %(fingerprint)s
          AND last.as_of_day <= this.as_of_day
          AND NOT EXISTS (
            SELECT FROM ops.build AS between_them
            WHERE between_them.build_id > last.build_id AND between_them.build_id < this.build_id
              AND between_them.fingerprint IS NOT NULL
          )
          AND NOT EXISTS (
            SELECT FROM ops.build_load AS before
            WHERE before.build_id = last.build_id AND NOT EXISTS (
                SELECT FROM ops.build_load AS now
                WHERE now.build_id = this.build_id AND now.load_id = before.load_id
            )
          )
    )
    WHERE build_id = %(build)s AND status = 'running' RETURNING full_refresh
"""


def note_touched(settings: Settings, build_id: int) -> None:
    """Write down which records a running build computes anew, once for all models that ask."""
    with connect(settings, "publisher") as conn:
        conn.execute("SELECT set_config('nightshift.build_id', %s, true)", [str(build_id)])
        conn.execute("SELECT ops.note_touched()")


def running_build(settings: Settings) -> int | None:
    """The id of the build that is running, if one is."""
    with connect(settings, "publisher") as conn:
        row = conn.execute("SELECT build_id FROM ops.build WHERE status = 'running'").fetchone()
    return row[0] if row else None


def _bury_the_dead(conn: Connection) -> None:
    """Whoever left a running row has lost the lock: it is dead, or cut off and about to find out.

    Waits for the model it may just be at (each model's transaction holds the row).
    """
    conn.execute("SET lock_timeout = '10min'")
    conn.execute(
        "UPDATE ops.build SET status = 'failed', ended_at = clock_timestamp(),"
        " reason = 'its builder died; taken over' WHERE status = 'running'"
    )
    conn.execute("RESET lock_timeout")


def _forget_old_freezes(conn: Connection) -> None:
    """Only the freezes since the last publication matter; some more are kept for the curious."""
    conn.execute(
        "DELETE FROM ops.build_load WHERE build_id < least("
        " (SELECT max(build_id) FROM ops.build WHERE status = 'published'),"
        " (SELECT max(build_id) FROM ops.build) - %s)",
        [KEPT_FREEZES],
    )
