"""How long things about people are kept, and the broom.

| what | how long |
|---|---|
| lake extractions of streams that speak of people | 14 days |
| leftovers of interrupted extractions | 1 day |
| quarantined records' notes | 90 days |
| people nobody has heard of | 3 years |
"""

from datetime import UTC, datetime, timedelta

from include import lake
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.connect import connect

LAKE = timedelta(days=14)
LEFTOVERS = timedelta(days=1)
NOTES = timedelta(days=90)
PEOPLE = timedelta(days=3 * 365)


def keep(settings: Settings, now: datetime | None = None) -> dict[str, int]:
    """Remove what is older than its rule allows; returns how much of each went."""
    now = now or datetime.now(UTC)
    gone = {
        "extractions": _old_extractions(settings, now - LAKE),
        "leftovers": lake.sweep(settings.lake, now - LEFTOVERS),
    }
    with connect(settings, "privacy") as conn:
        gone["notes"] = conn.execute("DELETE FROM raw.quarantine WHERE at < %s", [now - NOTES]).rowcount
        conn.execute("DELETE FROM ops.touched WHERE at < %s", [now - NOTES])
        gone["people"] = conn.execute(
            "DELETE FROM pii.customer WHERE updated_at < %s", [now - PEOPLE]
        ).rowcount
        for what, rows in gone.items():
            conn.execute(
                "INSERT INTO ops.audit (action, object, rows) VALUES ('retention', %s, %s)", [what, rows]
            )
    return gone


def _old_extractions(settings: Settings, before: datetime) -> int:
    gone = 0
    for source in REGISTRY.values():
        for stream in source.streams:
            if not stream.person:
                continue
            for uri in lake.manifests(settings.lake, source.name, stream=stream.name):
                if datetime.fromisoformat(lake.read_manifest(uri)["taken_at"]) < before:
                    lake.delete(uri)
                    gone += 1
    return gone
