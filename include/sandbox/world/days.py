"""Local days and business days: wall-clock seconds become instants, weekends and holidays are skipped."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class LocalClock:
    """Turns (company day, seconds of wall clock) into instants in UTC and back, safe across DST."""

    def __init__(self, zone: ZoneInfo):
        self.zone = zone
        self._midnights: dict[date, datetime] = {}

    def midnight(self, day: date) -> datetime:
        """The first instant of a local day, in UTC."""
        known = self._midnights.get(day)
        if known is None:
            known = datetime.combine(day, time.min, self.zone).astimezone(UTC)
            self._midnights[day] = known
        return known

    def at(self, day: date, seconds: int) -> datetime:
        """The instant at `seconds` of wall clock on `day`; a time that DST skips lands an hour later."""
        start = self.midnight(day)
        if self.midnight(day + DAY) - start == DAY:
            return start + timedelta(seconds=seconds)
        wall = datetime.combine(day, time.min) + timedelta(seconds=seconds)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def hour(self, day: date, hour: float) -> datetime:
        return self.at(day, int(hour * 3600))

    def day_of(self, moment: datetime) -> date:
        """The local day an instant falls on."""
        return moment.astimezone(self.zone).date()


class BusinessDays:
    """Monday to Friday without the country's fixed holidays."""

    HOLIDAYS = {
        "US": {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)},
        "CA": {(1, 1), (7, 1), (12, 25), (12, 26)},
        "GB": {(1, 1), (12, 25), (12, 26)},
        "DE": {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)},
        "FR": {(1, 1), (5, 1), (7, 14), (11, 11), (12, 25)},
        "JP": {(1, 1), (1, 2), (1, 3), (11, 3), (11, 23)},
    }

    def __init__(self, country: str):
        self._holidays = self.HOLIDAYS.get(country, {(1, 1), (12, 25)})
        self._is_open: dict[date, bool] = {}

    def is_open(self, day: date) -> bool:
        known = self._is_open.get(day)
        if known is None:
            known = day.weekday() < 5 and (day.month, day.day) not in self._holidays
            self._is_open[day] = known
        return known

    def on_or_after(self, day: date) -> date:
        while not self.is_open(day):
            day += DAY
        return day

    def after(self, day: date, days: int) -> date:
        """The business day `days` business days after `day`; 0 is `day` itself or the next open one."""
        day = self.on_or_after(day)
        for _ in range(days):
            day = self.on_or_after(day + DAY)
        return day
