"""What has landed, which days are closed, and whether there is anything to build."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.errors import Stop
from include.settings import Settings
from include.warehouse.connect import connect
from include.window import day_window

STATUSES = ("landed", "stale", "failed", "not_askable")


@dataclass(frozen=True)
class StreamDay:
    """How one stream's business day ended: landed, stale, failed or not_askable."""

    source: str
    account: str
    stream: str
    day: date
    status: str
    rows: int | None
    why: str | None


@dataclass(frozen=True)
class Pending:
    """Whether to build now, for which day, and in a few words why (not)."""

    ready: bool
    why: str
    as_of_day: date


def landed_until(settings: Settings, source: str, account: str, stream: str) -> datetime | None:
    """The end of the newest nightly window that landed without a gap; None before the first."""
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT landed_until FROM ops.cursor WHERE (source, account, stream) = (%s, %s, %s)",
            [source, account, stream],
        ).fetchone()
    return row[0] if row else None


def close_day(
    settings: Settings,
    source: str,
    account: str,
    stream: str,
    day: date,
    status: str,
    rows: int | None = None,
    why: str | None = None,
) -> None:
    """Record how a stream's day ended. Saying it again replaces it, but a landed day stays landed."""
    if status not in STATUSES:
        raise Stop(f"a stream's day ends as one of {', '.join(STATUSES)}, not {status!r}")
    with connect(settings, "loader") as conn:
        conn.execute(
            "INSERT INTO ops.stream_day AS known (source, account, stream, day, status, rows, why)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (source, account, stream, day) DO UPDATE"
            " SET status = excluded.status, rows = excluded.rows, why = excluded.why,"
            " at = CASE WHEN known.status = excluded.status THEN known.at ELSE now() END"
            " WHERE known.status <> 'landed' OR excluded.status = 'landed'",
            [source, account, stream, day, status, rows, why],
        )


def closed_sources(settings: Settings, day: date, awaited: Mapping[str, int] | None = None) -> set[str]:
    """The sources that have closed `day`; of one in `awaited`, so many streams must have (over all its accounts).

    A stream that gives up says so at once, while the others of its source are still being read.
    """
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            "SELECT source, count(*) FROM ops.stream_day WHERE day = %s GROUP BY source", [day]
        ).fetchall()
    return {source for source, closed in rows if closed >= (awaited or {}).get(source, 1)}


def stream_days(settings: Settings, day: date) -> list[StreamDay]:
    """How every stream's `day` ended, by source and stream."""
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            "SELECT source, account, stream, day, status, rows, why FROM ops.stream_day"
            " WHERE day = %s ORDER BY source, account, stream",
            [day],
        ).fetchall()
    return [StreamDay(*row) for row in rows]


def stale_streams(settings: Settings, day: date) -> list[StreamDay]:
    """The streams whose data of `day` are missing; what they feed must be shown as stale."""
    return [known for known in stream_days(settings, day) if known.status in ("stale", "failed")]


def pending_build(
    settings: Settings, day: date, sources: Collection[str] | Mapping[str, int], called: bool = False
) -> Pending:
    """Should the warehouse be built for `day` now?

    Yes when every one of `sources` has closed the day, that many streams of it where a number is given (or the night's
    call time has passed: `called`)
    and the day is not published yet, or something has landed, was held or released since it was.
    A fix of an older day is built as of the newest published day, and waits for nobody: marts never go back in time.
    """
    published, published_day = _last_published(settings)
    as_of_day = max(day, published_day or day)
    awaited = sources if isinstance(sources, Mapping) else None
    is_over = published_day is not None and day < published_day
    waiting = [] if is_over else sorted(set(sources) - closed_sources(settings, day, awaited))
    if waiting and not called:
        return Pending(False, f"waiting for {', '.join(waiting)} to close {day}", as_of_day)
    if published_day is None or published_day < day:
        late = f" without {', '.join(waiting)}" if waiting else ""
        return Pending(True, f"{day} is closed{late} and not built yet", as_of_day)
    changed = _changed_loads(settings, published, as_of_day)
    if changed:
        return Pending(True, f"{changed} changes since {published_day} was published", as_of_day)
    return Pending(False, f"{day} is published and nothing has landed since", as_of_day)


def published_day(settings: Settings) -> date | None:
    """The business day that readers see; None before the first publication."""
    return _last_published(settings)[1]


def hold_load(settings: Settings, load_id: int, reason: str) -> bool:
    """Keep a load out of the warehouse's marts, also out of the build that runs; False when it was held."""
    with connect(settings, "loader") as conn:
        held = conn.execute(
            "UPDATE raw.load_log SET status = 'held', status_reason = %s WHERE load_id = %s AND status <> 'held'",
            [reason, load_id],
        ).rowcount
        conn.execute(
            "DELETE FROM ops.build_load WHERE load_id = %s AND build_id IN"
            " (SELECT build_id FROM ops.build WHERE status = 'running')",
            [load_id],
        )
    return held == 1


def release_load(settings: Settings, load_id: int, reason: str) -> bool:
    """Let a held load in after all; the next build takes it. False when it was not held."""
    with connect(settings, "loader") as conn:
        released = conn.execute(
            "UPDATE raw.load_log SET status = 'released', status_reason = %s"
            " WHERE load_id = %s AND status = 'held'",
            [reason, load_id],
        ).rowcount
    return released == 1


def held_loads(settings: Settings) -> Sequence[tuple[int, str, str, str, str]]:
    """(load_id, source, account, stream, reason) of every load that is held."""
    with connect(settings, "loader") as conn:
        return conn.execute(
            "SELECT load_id, source, account, stream, status_reason FROM raw.load_log"
            " WHERE status = 'held' ORDER BY load_id"
        ).fetchall()


def released_loads(settings: Settings) -> set[int]:
    """The loads that a person let in after all."""
    with connect(settings, "loader") as conn:
        return {row[0] for row in conn.execute("SELECT load_id FROM raw.load_log WHERE status = 'released'")}


def _last_published(settings: Settings) -> tuple[int | None, date | None]:
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT build_id, as_of_day FROM ops.build WHERE status = 'published'"
            " ORDER BY build_id DESC LIMIT 1"
        ).fetchone()
    return row if row else (None, None)


def _changed_loads(settings: Settings, published: int | None, as_of_day: date) -> int:
    """Loads in but not published that say anything new, or published but not in any more; and streams
    whose day has ended otherwise than was published (a stale one came back).

    Every night reads some of the past again; as long as it hears what was published, nothing has changed.
    A night's windows end the morning after their day, so what ends later is the next night's pull
    under way: it does not count, its own day will.
    """
    end = day_window(as_of_day + timedelta(days=1), settings.timezone).end
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT count(*) FROM ("
            "  SELECT load_id FROM raw.load_log AS load WHERE status <> 'held'"
            "   AND (mode <> 'nightly' OR window_end < %(end)s)"
            "   AND load_id NOT IN (SELECT load_id FROM ops.build_load WHERE build_id = %(published)s)"
            "   AND ops.is_news(load_id, %(published)s)"
            "  UNION ALL"
            "  SELECT load_id FROM ops.build_load JOIN raw.load_log USING (load_id)"
            "   WHERE build_id = %(published)s AND status = 'held'"
            "  UNION ALL"
            "  SELECT 0 FROM ops.stream_day WHERE day = %(day)s AND at >"
            "   (SELECT started_at FROM ops.build WHERE build_id = %(published)s)"
            ") AS changed",
            {"end": end, "published": published, "day": as_of_day},
        ).fetchone()
    assert row
    return row[0]
