"""Company days and money for the oracle, written without the world's own helpers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

from include.sandbox.world.model import World


@cache
def _end(day: date, timezone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(timezone)).astimezone(UTC)


def day_end(world: World, day: date) -> datetime:
    """The first instant after a company day."""
    return _end(day, world.company.timezone)


def local_day(world: World, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(world.company.timezone)).date()


def money(world: World, minor: int | Decimal) -> Decimal:
    """An amount in whole currency: 1990 cents are Decimal('19.90')."""
    return Decimal(minor).scaleb(-world.company.minor_digits)


def half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def happened(moment: datetime | None, now: datetime) -> bool:
    """A fact counts from its instant on; at `now` itself it is not over yet and does not."""
    return moment is not None and moment < now


def ratio(top: Decimal | int, bottom: Decimal | int, digits: int = 4) -> Decimal | None:
    """None, not zero, when there is nothing to divide by."""
    if not bottom:
        return None
    return (Decimal(top) / Decimal(bottom)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
