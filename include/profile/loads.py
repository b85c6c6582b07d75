"""Tonight's loads, measured and held against those before: what the gate of the entering reads from ops.load_profile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, LiteralString, cast

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from include.profile.changes import told_otherwise
from include.profile.likeness import surprises
from include.profile.measures import day_sums, measured
from include.profile.ours import not_ours
from include.profile.surprise import Past, Surprise
from include.profile.volume import LISTENS_TO, Count, moods, volume
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.connect import connect

MOST_RECORDS = 1000
"""So many tell shares to within a per cent or two; those with the smallest hashes, as good as drawn by lot."""
TOLD = 0.5
"""What surprises less is not kept."""

_TONIGHT: LiteralString = """
    SELECT l.load_id, l.source, l.account, l.stream, l.kind, l.mode, l.window_start, l.window_end, l.records, l.new_payloads
    FROM raw.load_log AS l JOIN ops.build_load AS b USING (load_id)
    WHERE b.build_id = %(build)s AND b.is_new AND l.status <> 'released'
    ORDER BY l.load_id
"""

# The 35 newest, so that what comes every month is among them, and the largest of all: the history, which knows what is rare.
_BEFORE: LiteralString = """
    WITH before AS (
        SELECT * FROM raw.load_log
        WHERE (source, account, stream) = (%(source)s, %(account)s, %(stream)s)
          AND load_id < %(load_id)s AND status <> 'held'
    ), newest AS (
        (SELECT load_id FROM before ORDER BY load_id DESC LIMIT 35)
        UNION (SELECT load_id FROM before ORDER BY new_payloads DESC LIMIT 1)
    )
    SELECT p.load_id, p.records, p.new_payloads, p.status = 'released' AS released, p.mode = 'nightly' AS nightly, known.measures,
           p.window_end - p.window_start AS length
    FROM before AS p JOIN newest USING (load_id) LEFT JOIN ops.load_profile AS known USING (load_id)
    ORDER BY p.load_id DESC
"""

# What an accepted load has brought before was judged then. A load that is held taught nobody anything. Looked up one by one,
# in order, until there are enough: however large the load or the history, next to nothing is read of them.
_NEW_RECORDS: LiteralString = """
    SELECT seen.scope, stored.payload
    FROM (
        SELECT stream, account, scope, content_hash FROM raw.observation
        WHERE load_id = %(load_id)s ORDER BY content_hash
    ) AS seen
    CROSS JOIN LATERAL (
        SELECT payload FROM {table} AS stored
        WHERE (stored.account, stored.scope, stored.content_hash) = (seen.account, seen.scope, seen.content_hash)
          AND {not_ours} AND NOT EXISTS (
            SELECT FROM raw.observation AS known JOIN raw.load_log AS before USING (load_id)
            WHERE (known.stream, known.account, known.scope) = (seen.stream, seen.account, seen.scope)
              AND known.content_hash = seen.content_hash AND known.load_id < %(load_id)s AND before.status <> 'held'
          )
        OFFSET 0
    ) AS stored
    ORDER BY seen.content_hash LIMIT %(most)s
"""

_FIRST_TOLD: LiteralString = """
    SELECT count(*) FROM raw.observation AS seen
    WHERE seen.load_id = %(load_id)s AND NOT EXISTS (
        SELECT FROM raw.observation AS known JOIN raw.load_log AS before USING (load_id)
        WHERE (known.stream, known.account, known.scope) = (seen.stream, seen.account, seen.scope)
          AND known.load_id < seen.load_id AND before.status <> 'held'
    )
"""


@dataclass
class _Load:
    """A load of tonight, the loads before it, and what is told of it."""

    row: dict[str, Any]
    before: list[dict[str, Any]]
    measures: dict[str, Any] = field(default_factory=dict)
    moved: list[Surprise] = field(default_factory=list)

    @property
    def nights(self) -> list[dict[str, Any]]:
        """Those of a night with a window as long: neither a year's, nor a week asleep."""
        return [one for one in self.before if one["nightly"] and self._as_long(one["length"])]

    def _as_long(self, other: timedelta) -> bool:
        mine = self.row["window_end"] - self.row["window_start"]
        return other < 2 * mine and mine < 2 * other

    def count(self, name: str) -> Count:
        nights = self.nights if self.row["mode"] == "nightly" else []
        kind = "changes" if name == "new_payloads" and self.row["kind"] != "log" else self.row["kind"]
        return Count(
            self.row["source"], kind, self.row[name],
            [float(one[name]) for one in nights],
            [float(one[name]) for one in nights if one["released"]],
        )  # fmt: skip

    def first_told(self) -> Count:
        """How many of its records no load before has told; only known of logs that others listen to."""
        nights = self.nights if self.row["mode"] == "nightly" else []
        told = [one["measures"]["first_told"] for one in nights if "first_told" in (one["measures"] or {})]
        return Count(self.row["source"], "log", self.measures.get("first_told", 0), told)

    @property
    def touches_all(self) -> bool:
        """Whether somebody has touched the records of years: they are as old as a year's, not as a night's."""
        most = max((one["new_payloads"] for one in self.nights), default=0)
        return self.row["kind"] != "statement" and self.row["new_payloads"] > 3 * most + 30

    def of_fields(self) -> Iterator[Surprise]:
        past = [
            Past(one["measures"]["fields"], one in self.nights and not self.touches_all, one["released"])
            for one in self.before
            if one["measures"]
        ]
        yield from surprises(self.measures["fields"], past)

    def of_newest_day(self) -> Iterator[Surprise]:
        """A statement's newest day must not be a part of a day: that shows in most of its numbers, not in a rare one."""
        nights = [one for one in self.nights if one["measures"]]
        judged = 0
        found: list[Surprise] = []
        for path, total in self.measures["newest_day"].items():
            told = [(one["measures"]["newest_day"].get(path), one["released"]) for one in nights]
            sums = [value for value, _ in told if value is not None]
            count = Count(
                "", "newest day", total, sums, [value for value, released in told if released and value]
            )
            if sums and count.is_judged:
                judged += 1
                found += volume(f"the newest day's {path} adds up to", count, 0)
        short = sum(one.by > 1 for one in found)
        if 2 * short > judged:
            yield from found


def profile(settings: Settings, build_id: int) -> None:
    """Measure every new load of the build and keep what surprises in ops.load_profile."""
    with connect(settings, "transformer") as conn:
        tonight = [_read(conn, row) for row in _rows(conn, _TONIGHT, {"build": build_id})]
    names = {"records": "the number of records is", "new_payloads": "of them new or changed are"}
    counts = {name: {load.row["load_id"]: load.count(name) for load in tonight} for name in names}
    mood = moods(counts["new_payloads"], [load.first_told() for load in tonight])
    with connect(settings, "publisher") as conn:
        for load in tonight:
            found = [*load.of_fields(), *load.of_newest_day(), *load.moved]
            for name, what in names.items():
                count = counts[name][load.row["load_id"]]
                found += volume(what, count, mood[load.row["source"]])
            _keep(conn, load, found)


def _read(conn: Connection, row: dict[str, Any]) -> _Load:
    load = _Load(row, _rows(conn, _BEFORE, row))
    stream = REGISTRY[row["source"]].stream(row["stream"])
    query = sql.SQL(_NEW_RECORDS).format(
        table=sql.Identifier("raw", f"{row['source']}_{row['stream']}"),
        not_ours=not_ours(row["source"], row["stream"]),
    )
    told = conn.execute(query, row | {"most": MOST_RECORDS}).fetchall()
    is_statement = row["kind"] == "statement"
    records = (
        [one for _, payload in told for one in payload] if is_statement else [payload for _, payload in told]
    )
    end = cast(datetime, row["window_end"])
    load.measures = {
        "fields": measured(records, stream.keep, end, stream.key, stream.updated_at),
        "newest_day": day_sums(told, stream.keep) if is_statement else {},
    }
    if row["kind"] == "log" and row["source"] in LISTENS_TO.values():
        (load.measures["first_told"],) = conn.execute(_FIRST_TOLD, row).fetchone() or (0,)
    last_night = next((one["load_id"] for one in load.before if one["nightly"]), None)
    if row["kind"] != "log" and row["mode"] == "nightly" and last_night:
        load.moved = list(told_otherwise(conn, stream, row, last_night, MOST_RECORDS))
    return load


def _keep(conn: Connection, load: _Load, found: list[Surprise]) -> None:
    most = sorted((one for one in found if one.by > TOLD), key=lambda one: -one.by)[:20]
    told = [{"by": round(one.by, 3), "measure": one.measure, "told": str(one)} for one in most]
    conn.execute(
        "INSERT INTO ops.load_profile (load_id, measures, surprises) VALUES (%s, %s, %s)"
        " ON CONFLICT (load_id) DO UPDATE SET measures = excluded.measures, surprises = excluded.surprises",
        [load.row["load_id"], Jsonb(load.measures), Jsonb(told)],
    )


def _rows(conn: Connection, query: LiteralString, values: dict[str, Any]) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
