"""How far a pull is: what of it the warehouse has."""

from include.settings import Settings
from include.warehouse.connect import connect


def landed_streams(settings: Settings, source: str, run_id: str) -> int:
    """How many streams a pull has loaded so far."""
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT count(DISTINCT stream) FROM raw.load_log WHERE (source, run_id) = (%s, %s)",
            [source, run_id],
        ).fetchone()
    return row[0] if row else 0


def landed(settings: Settings, source: str, run_id: str) -> tuple[int, int]:
    """(records read, versions not seen before) of a pull."""
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT coalesce(sum(records), 0), coalesce(sum(new_payloads), 0) FROM raw.load_log"
            " WHERE (source, run_id) = (%s, %s)",
            [source, run_id],
        ).fetchone()
    assert row
    return int(row[0]), int(row[1])
