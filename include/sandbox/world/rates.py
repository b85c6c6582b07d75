"""Exchange rates as the European Central Bank publishes them: once a business day, for one euro.

The ECB prints its reference rates at about 16:00 in Frankfurt on days on which TARGET, the euro's payment
system, is open. 2026-04-03 (Good Friday) and 2026-04-06 (Easter Monday) have none: the last before are
those of Thursday the 2nd, the next come on Tuesday the 7th.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from include.sandbox.world.days import DAY
from include.sandbox.world.dice import Dice

DAYS_BEFORE = 14
PUBLISHED_AT = time(16, tzinfo=ZoneInfo("Europe/Berlin"))
# Currency: where its walk begins, and with how many decimals the ECB prints it.
USUAL = {
    "USD": (1.09, 4), "JPY": (163.0, 2), "BGN": (1.9558, 4), "CZK": (25.1, 3), "DKK": (7.46, 4),
    "GBP": (0.86, 5), "HUF": (395.0, 2), "PLN": (4.29, 4), "RON": (4.98, 4), "SEK": (11.2, 4),
    "CHF": (0.95, 4), "ISK": (146.0, 1), "NOK": (11.5, 4), "TRY": (41.0, 4), "AUD": (1.66, 4),
    "BRL": (6.1, 4), "CAD": (1.49, 4), "CNY": (7.85, 4), "HKD": (8.5, 4), "IDR": (17_600.0, 2),
    "ILS": (3.95, 4), "INR": (93.0, 4), "KRW": (1_510.0, 2), "MXN": (21.0, 4), "MYR": (4.75, 4),
    "NZD": (1.84, 4), "PHP": (63.0, 3), "SGD": (1.45, 4), "THB": (36.5, 3), "ZAR": (20.1, 4),
}  # fmt: skip
PEGGED = {"BGN", "DKK"}


def publish(dice: Dice, first: date, last: date) -> dict[date, dict[str, Decimal]]:
    """The rates of every TARGET day from a fortnight before `first` to `last`, oldest first."""
    level = {currency: start for currency, (start, _) in USUAL.items()}
    printed: dict[date, dict[str, Decimal]] = {}
    day = first - timedelta(days=DAYS_BEFORE)
    while day <= last:
        if is_target_day(day):
            roll = dice.roll("rates", day)
            for currency in level:
                step = roll.gauss(0, 0.0001 if currency in PEGGED else 0.004)
                # Pulled back a little each day, so that years of replay end near where they began.
                pull = 0.01 * (USUAL[currency][0] / level[currency] - 1)
                level[currency] *= 1 + step + pull
            printed[day] = {name: _printed(rate, USUAL[name][1]) for name, rate in level.items()}
        day += DAY
    return printed


def published_at(day: date) -> datetime:
    """When the rates of a day can be read: 16:00 in Frankfurt."""
    return datetime.combine(day, PUBLISHED_AT).astimezone(UTC)


def is_target_day(day: date) -> bool:
    """Monday to Friday without New Year, Good Friday, Easter Monday, the first of May and Christmas."""
    if day.weekday() > 4 or (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}:
        return False
    return day - _easter(day.year) not in (timedelta(days=-2), timedelta(days=1))


@cache
def _easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _printed(rate: float, digits: int) -> Decimal:
    return Decimal(f"{rate:.{digits}f}")
