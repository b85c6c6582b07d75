"""What the company has written down as rules: the seed tables, read as they are."""

import csv
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds"


@lru_cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@lru_cache
def is_own_shop(channel: str) -> bool:
    """Channels that nobody listed are our own."""
    return all(row["is_own_shop"] == "true" for row in _table("sales_channels") if row["channel"] == channel)


@lru_cache
def transit_days(carrier: str, service: str, country: str, day: date) -> int | None:
    """Business days that the service table promises; the most specific valid row wins."""
    valid = [
        row
        for row in _table("service_levels")
        if row["carrier"] in (carrier, "*")
        and row["service"] in (service, "*")
        and row["country"] in (country, "*")
        and row["valid_from"] <= day.isoformat()
        and (not row["valid_to"] or day.isoformat() < row["valid_to"])
    ]
    valid.sort(key=lambda row: row["valid_from"], reverse=True)
    valid.sort(key=lambda row: [row[name] == "*" for name in ("carrier", "service", "country")])
    return int(valid[0]["transit_business_days"]) if valid else None


@lru_cache
def _holidays(country: str) -> frozenset[str]:
    return frozenset(row["holiday_date"] for row in _table("holidays") if row["country"] == country)


@cache
def business_days_after(day: date, count: int, country: str) -> date:
    """`count` open days after `day`, or after the next open day when `day` is closed."""
    closed = _holidays(country)

    def is_open(some_day: date) -> bool:
        return some_day.weekday() < 5 and some_day.isoformat() not in closed

    while not is_open(day):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while not is_open(day):
            day += timedelta(days=1)
    return day


@cache
def destination_zone(country: str, province: str | None, fallback: str) -> ZoneInfo:
    """The zone in which a delivery day is counted: the province's, the country's, else the company's."""
    rows = [row for row in _table("destination_timezones") if row["country"] == country]
    exact = [row for row in rows if row["province"] == (province or "")]
    general = [row for row in rows if row["province"] == "*"]
    chosen = (exact or general)[:1]
    return ZoneInfo(chosen[0]["timezone"] if chosen else fallback)


@lru_cache
def exception_reason(status_detail: str) -> str | None:
    return next(
        (
            r["exception_reason"] or None
            for r in _table("scan_meanings")
            if r["status_detail"] == status_detail
        ),
        None,
    )


@lru_cache
def is_attempt(status_detail: str) -> bool:
    return any(
        r["is_attempt"] == "true" for r in _table("scan_meanings") if r["status_detail"] == status_detail
    )
