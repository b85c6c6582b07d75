"""Money in the company's own currency: the rate of the day, crossed through the euro.

The ECB prints units of a currency for one euro, at 16:00 in Frankfurt on its business days. With 1.0870
dollars and 11.3000 crowns printed, a crown is 1.0870 / 11.3 = 0.0961946903 dollars. A day without
publication takes the last one, at most seven days old; older than that there is no rate and no amount.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from include.sandbox.truth.moments import happened
from include.sandbox.world.model import World

CARRIED_DAYS = 7
RATE_PLACES, AMOUNT_PLACES = Decimal(1).scaleb(-10), Decimal(1).scaleb(-4)
FRANKFURT_AFTERNOON = time(16, tzinfo=ZoneInfo("Europe/Berlin"))


class Rates:
    """The rates that were published by `now`."""

    def __init__(self, world: World, now: datetime):
        self.reporting = world.company.currency
        self._printed = {
            day: rates for day, rates in world.exchange_rates.items() if happened(_published_at(day), now)
        }

    def rate(self, currency: str, day: date) -> Decimal | None:
        """What one unit of a currency is worth on a day; None when nothing recent enough was published."""
        if currency == self.reporting:
            return Decimal(1)
        published = self.published_on(currency, day)
        if published is None:
            return None
        printed = self._printed[published]
        ours, theirs = per_euro(printed, self.reporting), per_euro(printed, currency)
        return (
            None if ours is None or theirs is None else (ours / theirs).quantize(RATE_PLACES, ROUND_HALF_UP)
        )

    def published_on(self, currency: str, day: date) -> date | None:
        """The newest publication up to a day that prices both currencies, at most a week old."""
        for age in range(CARRIED_DAYS + 1):
            printed = self._printed.get(day - timedelta(days=age), {})
            if printed and per_euro(printed, self.reporting) and per_euro(printed, currency):
                return day - timedelta(days=age)
        return None

    def rows(self, last: date) -> dict[tuple[date, str], dict[str, object]]:
        """The rows of `dim_fx_rate` until `last`: every day on which a currency has a rate."""
        first = min(self._printed, default=last)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        currencies = {currency for printed in self._printed.values() for currency in printed} | {"EUR"}
        rows: dict[tuple[date, str], dict[str, object]] = {}
        for currency in currencies - {self.reporting}:
            for day in days:
                published = self.published_on(currency, day)
                if published is not None:
                    rows[day, currency] = {
                        "rate": self.rate(currency, day),
                        "published_on": published,
                        "is_carried_forward": day > published,
                    }
        return rows

    def convert(self, amount: Decimal, currency: str, day: date) -> Decimal | None:
        """An amount of that day in the company's currency, to four decimals."""
        rate = self.rate(currency, day)
        return None if rate is None else (amount * rate).quantize(AMOUNT_PLACES, ROUND_HALF_UP)


class Total:
    """A sum that is unknown as soon as one part of it is: never a part for the whole."""

    def __init__(self) -> None:
        self._sum: Decimal | None = Decimal(0)

    def add(self, amount: Decimal | int | None) -> None:
        self._sum = None if self._sum is None or amount is None else self._sum + amount

    @property
    def value(self) -> Decimal | None:
        return self._sum


def _published_at(day: date) -> datetime:
    return datetime.combine(day, FRANKFURT_AFTERNOON).astimezone(UTC)


def per_euro(printed: dict[str, Decimal], currency: str) -> Decimal | None:
    """Units of a currency for one euro, as printed."""
    return Decimal(1) if currency == "EUR" else printed.get(currency)
