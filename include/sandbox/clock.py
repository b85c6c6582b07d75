"""The sandbox's time: it stands still, so that a night run at any hour sees the same shop."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from include.sandbox.state import State


class Clock:
    """`now()` is the company's last midnight until somebody sets it; a set time survives restarts."""

    def __init__(self, state: State, timezone: str, today: date | None = None):
        self._state = state
        self._zone, self._today = ZoneInfo(timezone), today
        stored = state.get("clock", "now")
        self._set = datetime.fromisoformat(stored) if stored else None

    def now(self) -> datetime:
        """The instant the simulated company has reached, in UTC."""
        return self._set or self._last_midnight()

    def is_set(self) -> bool:
        return self._set is not None

    def set(self, moment: datetime | None) -> None:
        """Move the company to an instant (aware), or back to its last midnight with None."""
        if moment is None:
            self._state.delete("clock", "now")
            self._set = None
            return
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone")
        self._set = moment.astimezone(UTC)
        self._state.put("clock", "now", self._set.isoformat())

    def _last_midnight(self) -> datetime:
        """Looked up each time: a sandbox that stays up for days sees each of them begin."""
        today = self._today or datetime.now(self._zone).date()
        return datetime.combine(today, time.min, self._zone).astimezone(UTC)
