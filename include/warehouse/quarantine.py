"""Records that could not be used, and which of them still are missing.

Nothing of such a record is kept but its name: what could not be read might name anybody. The vendor has it still, so it
comes in when its window is asked for again (a snapshot's by itself, the next night), and is then no longer listed.
"""

from dataclasses import dataclass
from datetime import date

from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.connect import connect


@dataclass(frozen=True)
class PutAside:
    """Records of one stream that are missing for one reason. `example` is one's name, `first` and `last` the company's days
    in whose readings they were met."""

    source: str
    account: str
    stream: str
    field: str
    reason: str
    records: int
    example: str
    first: date
    last: date


# Settled is a record that was heard since, and whatever a later reading of the same window would have met again.
_OPEN = """
SELECT q.source, q.account, q.stream, coalesce(q.field, '$'), q.reason,
    count(DISTINCT coalesce(q.scope, '?')), min(coalesce(q.scope, '?')),
    min((l.window_start AT TIME ZONE %(zone)s)::date), max((l.window_end AT TIME ZONE %(zone)s)::date)
FROM raw.quarantine AS q
INNER JOIN raw.load_log AS l USING (load_id)
WHERE NOT EXISTS (
    SELECT FROM raw.observation AS heard
    INNER JOIN raw.load_log AS later USING (load_id)
    WHERE (heard.stream, heard.account, heard.scope) = (q.source || '_' || q.stream, q.account, q.scope)
        AND later.epoch >= l.epoch
) AND NOT EXISTS (
    SELECT FROM raw.load_log AS later
    WHERE (later.source, later.account, later.stream) = (l.source, l.account, l.stream)
        AND later.epoch > l.epoch AND later.complete AND later.quarantined = 0
        AND (later.kind = 'snapshot' OR (
            later.window_start <= l.window_start AND later.window_end >= l.window_end - interval '1 day'
        ))
)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 6 DESC
"""


def put_aside(settings: Settings) -> list[PutAside]:
    """What is missing, most of a stream first."""
    with connect(settings, "publisher") as conn:
        rows = conn.execute(_OPEN, {"zone": settings.timezone.key}).fetchall()
    return [PutAside(*row) for row in rows]


def asking_again(missing: list[PutAside]) -> str | None:
    """The command that asks the vendors again for everything that is missing; None when the next night does by itself."""
    asked = [one for one in missing if REGISTRY[one.source].stream(one.stream).askable_past]
    if not asked:
        return None
    sources = " ".join(sorted({one.source for one in asked}))
    several = f'"{sources}"' if " " in sources else sources
    return (
        f"make backfill FROM={min(o.first for o in asked)} TO={max(o.last for o in asked)} SOURCES={several}"
    )
