"""Loads of trackers as a night lands them, without a vendor."""

from datetime import UTC, datetime, timedelta

from psycopg.types.json import Jsonb

NIGHT = datetime(2026, 3, 2, 5, tzinfo=UTC)


def load_of_trackers(superuser, build_id, statuses, **changes):
    """A nightly load of one tracker per status, frozen as new into the build. Returns its load_id."""
    row = {
        "source": "easypost", "account": "easypost", "stream": "trackers", "kind": "log", "mode": "nightly",
        "window_start": NIGHT - timedelta(days=1), "window_end": NIGHT, "epoch": 1, "taken_at": NIGHT,
        "run_id": f"run-{len(statuses)}-{changes}", "complete": True, "records": len(statuses),
        "new_payloads": len(statuses), "quarantined": 0, "bytes": 0, "lake_uri": "file:///nowhere",
    } | changes  # fmt: skip
    load_id = superuser.execute(
        f"insert into raw.load_log ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning load_id",
        list(row.values()),
    ).fetchone()[0]
    for number, status in enumerate(statuses):
        scope, digest = f"trk_{number}", f"{load_id}-{number}".encode()
        superuser.execute(
            """insert into raw.easypost_trackers (account, scope, content_hash, payload, row_count)
               values ('easypost', %s, %s, %s, 1)""",
            (scope, digest, Jsonb({"id": scope, "tracking_code": f"1Z{number}", "status": status})),
        )
        superuser.execute(
            """insert into raw.observation (load_id, stream, account, scope, content_hash, row_count)
               values (%s, 'easypost_trackers', 'easypost', %s, %s, 1)""",
            (load_id, scope, digest),
        )
    superuser.execute("insert into ops.build_load values (%s, %s, true)", (build_id, load_id))
    return load_id


def frozen(superuser, build_id):
    rows = superuser.execute("select load_id from ops.build_load where build_id = %s", (build_id,))
    return {row[0] for row in rows}
