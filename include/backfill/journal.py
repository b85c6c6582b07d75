"""Which windows of a backfill have landed. The same wish again takes up the backfill that has not ended."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import Connection

from include.backfill.cost import side_by_side
from include.backfill.plan import PastWindow, Wish
from include.settings import Settings
from include.warehouse.connect import connect
from include.window import Window


@dataclass(frozen=True)
class Begun:
    """A backfill under way. `resumed`: it had been begun before and had not ended."""

    backfill_id: int
    resumed: bool


@dataclass(frozen=True)
class Progress:
    """How far a backfill is; `seconds_left` is foretold from what its windows took so far."""

    windows: int
    landed: int
    rows: int
    seconds_left: float

    def __str__(self) -> str:
        left = (
            f", about {self.seconds_left / 60:.1f} min of pulling left" if self.landed < self.windows else ""
        )
        return f"{self.landed} of {self.windows} windows, {self.rows:,} rows{left}"


def run_id(backfill_id: int) -> str:
    """The name under which a backfill's extractions lie in the lake and in raw.load_log."""
    return f"backfill-{backfill_id}"


def begin(settings: Settings, wish: Wish, windows: Mapping[PastWindow, float]) -> Begun:
    """Write the planned windows (and the seconds each is expected to take) down; returns the backfill.

    Of a resumed one the windows stay as they were cut; streams that have come into the plan are added, and those that
    have left it are not waited for.
    """
    place = (sorted(wish.sources), wish.first_day, wish.last_day, wish.replay)
    with connect(settings, "loader") as conn:
        made = conn.execute(
            "INSERT INTO ops.backfill (sources, first_day, last_day, replay) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING backfill_id",
            place,
        ).fetchone()
        row = (
            made
            or conn.execute(
                "SELECT backfill_id FROM ops.backfill WHERE ended_at IS NULL"
                " AND (sources, first_day, last_day, replay) = (%s, %s, %s, %s)",
                place,
            ).fetchone()
        )
        assert row
        _write_down(conn, row[0], windows)
    return Begun(row[0], resumed=made is None)


def is_replay(settings: Settings, backfill_id: int) -> bool:
    """Whether the backfill reads the lake instead of asking the vendors."""
    with connect(settings, "loader") as conn:
        row = conn.execute("SELECT replay FROM ops.backfill WHERE backfill_id = %s", [backfill_id]).fetchone()
    assert row
    return row[0]


def pending(settings: Settings, backfill_id: int) -> list[PastWindow]:
    """The windows that have not landed yet, oldest first."""
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            "SELECT source, account, stream, window_start, window_end FROM ops.backfill_window"
            " WHERE backfill_id = %s AND landed_at IS NULL ORDER BY window_start, source, stream, account",
            [backfill_id],
        ).fetchall()
    return [PastWindow(row[0], row[1], row[2], Window(row[3], row[4])) for row in rows]


def landed(settings: Settings, backfill_id: int, window: PastWindow, records: int, seconds: float) -> None:
    """This window need not be asked for again."""
    with connect(settings, "loader") as conn:
        conn.execute(
            "UPDATE ops.backfill_window SET landed_at = now(), records = %s, seconds = %s"
            " WHERE (backfill_id, source, account, stream, window_start, window_end) = (%s, %s, %s, %s, %s, %s)",
            [records, seconds, backfill_id, *_key(window)],
        )


def end(settings: Settings, backfill_id: int) -> None:
    """Everything has landed and is built: the same wish begins anew from now on."""
    with connect(settings, "loader") as conn:
        conn.execute("UPDATE ops.backfill SET ended_at = now() WHERE backfill_id = %s", [backfill_id])


def progress(settings: Settings, backfill_id: int) -> Progress:
    """How far the backfill is, over all attempts."""
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            "SELECT source, landed_at IS NOT NULL, coalesce(records, 0), expected_seconds, seconds"
            " FROM ops.backfill_window WHERE backfill_id = %s",
            [backfill_id],
        ).fetchall()
    done = [(expected, seconds) for _, has_landed, _, expected, seconds in rows if has_landed]
    foretold = sum(expected for expected, _ in done)
    slower = sum(seconds for _, seconds in done) / foretold if foretold else 1.0
    left = side_by_side((source, expected) for source, has_landed, _, expected, _ in rows if not has_landed)
    return Progress(len(rows), len(done), sum(row[2] for row in rows), left * slower)


def unfinished(settings: Settings, wish: Wish) -> int | None:
    """The backfill that this wish would take up; None when it would begin a new one."""
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT backfill_id FROM ops.backfill WHERE ended_at IS NULL"
            " AND (sources, first_day, last_day, replay) = (%s, %s, %s, %s)",
            [sorted(wish.sources), wish.first_day, wish.last_day, wish.replay],
        ).fetchone()
    return row[0] if row else None


def _write_down(conn: Connection, backfill_id: int, windows: Mapping[PastWindow, float]) -> None:
    streams = {(each.source, each.account, each.stream) for each in windows}
    known = set(
        conn.execute(
            "SELECT DISTINCT source, account, stream FROM ops.backfill_window WHERE backfill_id = %s",
            [backfill_id],
        ).fetchall()
    )
    cursor = conn.cursor()
    cursor.executemany(
        "INSERT INTO ops.backfill_window"
        " (backfill_id, source, account, stream, window_start, window_end, expected_seconds)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (backfill_id, *_key(each), expected)
            for each, expected in windows.items()
            if (each.source, each.account, each.stream) not in known
        ],
    )
    cursor.executemany(
        "DELETE FROM ops.backfill_window WHERE landed_at IS NULL"
        " AND (backfill_id, source, account, stream) = (%s, %s, %s, %s)",
        [(backfill_id, *gone) for gone in sorted(known - streams)],
    )


def _key(window: PastWindow) -> tuple[object, ...]:
    return window.source, window.account, window.stream, window.window.start, window.window.end
