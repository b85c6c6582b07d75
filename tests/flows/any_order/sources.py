"""What all vendors hold right now, as payloads: the changing world of the property tests."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from include.settings import Settings
from include.warehouse.connect import connect_admin
from tests.warehouse.helpers import line


@dataclass(frozen=True, order=True)
class Place:
    """One stream of one account."""

    source: str
    account: str
    stream: str


@dataclass(frozen=True)
class Held:
    """A record as its vendor holds it. A statement's payload is a list of rows."""

    payload: Any
    updated_at: datetime | None


@dataclass
class Sources:
    """Everything at every vendor; `now` is the moment of the next change and `new_id` its number."""

    zone: ZoneInfo
    today: date
    kinds: dict[Place, str]
    records: dict[Place, dict[str, Held]]
    gone: list[tuple[Place, str, Held]] = field(default_factory=list)
    ticks: int = 0
    last_id: int = 900_000

    @property
    def now(self) -> datetime:
        """During the day that the coming night is about; every change a minute later than the one before."""
        noon = datetime.combine(self.today, time(12), self.zone)
        return (noon + timedelta(minutes=self.ticks)).astimezone(UTC)

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def days_ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days % 25)

    def pick(self, source: str, stream: str, number: int) -> tuple[Place, str, Any]:
        """Some record of a stream, whatever the account, as a copy to change."""
        of_stream = [
            (place, scope)
            for place in sorted(self.records)
            if (place.source, place.stream) == (source, stream)
            for scope in sorted(self.records[place])
        ]
        place, scope = of_stream[number % len(of_stream)]
        return place, scope, copy.deepcopy(self.records[place][scope].payload)

    def tell(self, place: Place, scope: str, payload: Any, tied: bool = False) -> None:
        """The vendor's newest word on a record; `tied` changes it without a newer update time."""
        before = self.records[place].get(scope)
        if self.kinds[place] != "log":
            updated = None
        elif tied and before:
            updated = before.updated_at
        else:
            updated = self.now
        self.ticks += 1
        self.records[place][scope] = Held(payload, updated)

    def take_away(self, place: Place, scope: str) -> None:
        self.gone.append((place, scope, self.records[place].pop(scope)))

    def bring_back(self) -> tuple[Place, str] | None:
        """The record that went last is there again, unchanged."""
        if not self.gone:
            return None
        place, scope, held = self.gone.pop()
        self.records[place][scope] = held
        return place, scope

    def lines(self, place: Place, start: datetime, end: datetime) -> list[bytes]:
        """What a vendor answers about a window: a snapshot is whole, a log by update time, a statement by its days."""
        return [
            line(scope, held.payload, held.updated_at and held.updated_at.isoformat(), _rows(held.payload))
            for scope, held in self._asked(place, start, end)
        ]

    def _asked(self, place: Place, start: datetime, end: datetime) -> Iterator[tuple[str, Held]]:
        for scope, held in self.records[place].items():
            if self.kinds[place] == "statement":
                if not start.date() <= date.fromisoformat(scope) <= end.date():
                    continue
            elif held.updated_at and not start <= held.updated_at <= end:
                continue
            yield scope, held


def told_so_far(settings: Settings, today: date) -> Sources:
    """What a warehouse has heard as of now, as if it were all the vendors hold."""
    kinds: dict[Place, str] = {}
    records: dict[Place, dict[str, Held]] = {}
    with connect_admin(settings, settings.database) as conn:
        streams = conn.execute("SELECT DISTINCT source, account, stream, kind FROM raw.load_log").fetchall()
        for source, account, stream, kind in streams:
            place = Place(source, account, stream)
            rows = conn.execute(
                f"SELECT DISTINCT ON (scope) scope, payload, source_updated_at FROM raw.observation"
                f" JOIN raw.{source}_{stream} USING (account, scope, content_hash)"
                " WHERE stream = %s AND account = %s ORDER BY scope, load_id DESC",
                [f"{source}_{stream}", account],
            ).fetchall()
            kinds[place] = kind
            records[place] = {scope: Held(payload, updated) for scope, payload, updated in rows}
    return Sources(settings.timezone, today, kinds, records)


def places(sources: Sources, names: Iterable[str] = ()) -> list[Place]:
    """The streams of these sources, or all, always in the same order."""
    chosen = set(names)
    return [place for place in sorted(sources.records) if not chosen or place.source in chosen]


def _rows(payload: Any) -> int:
    return len(payload) if isinstance(payload, list) else 1
