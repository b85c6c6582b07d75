"""What the company has written down as rules: the seed tables, read as they are."""

import csv
from datetime import date, timedelta
from decimal import Decimal
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


@cache
def platform_of(source: str | None, medium: str | None) -> str | None:
    """The ad platform that pays for visits with these utm words, if it is one of those connected."""
    words = ((source or "").lower(), (medium or "").lower())
    rows = _table("ad_platforms")
    return next((row["platform"] for row in rows if (row["utm_source"], row["utm_medium"]) == words), None)


@cache
def components(channel: str, channel_sku: str, day: date) -> tuple[tuple[str, int], ...]:
    """(our SKU, units) that a channel's SKU stands for on a day; nothing when nobody wrote it down."""
    return tuple(
        (row["sku"], int(row["units_per"]))
        for row in _table("sku_map")
        if (row["channel"], row["channel_sku"]) == (channel, channel_sku) and holds(row, day)
    )


@cache
def payment_fee(channel: str, currency: str, home: str, day: date) -> dict[str, str] | None:
    """The row of `payment_fees` for an order: the channel's own first, then in the order's currency, then in
    the company's (`home`), then the newest."""
    return _nearest("payment_fees", {"channel": channel}, currency, home, day)


@cache
def handling_cost(location_code: str, currency: str, home: str, day: date) -> dict[str, str] | None:
    """The row of `handling_costs` for a location."""
    return _nearest("handling_costs", {"location_code": location_code}, currency, home, day)


@cache
def shipping_cost(
    carrier: str, service: str, country: str, currency: str, home: str, day: date
) -> dict[str, str] | None:
    """The row of `shipping_costs` for a parcel: carrier before service before country before currency."""
    wanted = {"carrier": carrier, "service": service, "country": country}
    return _nearest("shipping_costs", wanted, currency, home, day)


def _nearest(
    table: str, wanted: dict[str, str], currency: str, home: str, day: date
) -> dict[str, str] | None:
    rows = [
        row
        for row in _table(table)
        if holds(row, day) and all(row[name] in (value, "*") for name, value in wanted.items())
    ]
    rows.sort(key=lambda row: row["valid_from"], reverse=True)
    rows.sort(key=lambda row: (row["currency"] != currency, row["currency"] != home, row["currency"]))
    rows.sort(key=lambda row: [row[name] == "*" for name in wanted])
    return rows[0] if rows else None


@cache
def claim_terms(carrier: str, service: str, claim_type: str, day: date) -> dict[str, str] | None:
    """The carrier's terms for a kind of claim, of a service shipped on a day: the service's own before its general ones."""
    rows = [
        row
        for row in _table("carrier_claim_terms")
        if (row["carrier"], row["claim_type"]) == (carrier, claim_type)
        and row["service"] in (service, "*")
        and holds(row, day)
    ]
    rows.sort(key=lambda row: row["valid_from"], reverse=True)
    return min(rows, key=lambda row: row["service"] == "*", default=None)


@cache
def sla_target(measure: str, carrier: str, service: str, day: date) -> Decimal | None:
    """The rate a carrier's service should reach on a day; the most specific row wins."""
    rows = [
        row
        for row in _table("sla_targets")
        if row["measure"] == measure
        and row["carrier"] in (carrier, "*")
        and row["service"] in (service, "*")
        and holds(row, day)
    ]
    rows.sort(key=lambda row: row["valid_from"], reverse=True)
    rows.sort(key=lambda row: (row["carrier"] == "*", row["service"] == "*"))
    return Decimal(rows[0]["target_rate"]) if rows else None


@cache
def cutoff(location_code: str, day: date) -> dict[str, str]:
    """When a location stops handling the day's orders, and when its carriers come."""
    rows = [
        row
        for row in _table("location_cutoffs")
        if row["location_code"] in (location_code, "*") and holds(row, day)
    ]
    rows.sort(key=lambda row: row["valid_from"], reverse=True)
    return min(rows, key=lambda row: row["location_code"] == "*")


def policies(marketplace: str, day: date) -> list[dict[str, str]]:
    """The limits of a marketplace that are valid on a day."""
    rows = _table("marketplace_policies")
    return [row for row in rows if row["marketplace"] == marketplace and holds(row, day)]


def holds(row: dict[str, str], day: date) -> bool:
    """Whether a dated row is valid on a day: from `valid_from` on, until the day before `valid_to`."""
    return row["valid_from"] <= day.isoformat() and (not row["valid_to"] or day.isoformat() < row["valid_to"])


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


@lru_cache
def holiday_names(country: str) -> dict[date, str]:
    """The holidays of a country by day."""
    rows = [row for row in _table("holidays") if row["country"] == country]
    return {date.fromisoformat(row["holiday_date"]): row["holiday_name"] for row in rows}


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


@lru_cache
def excuses_carrier(status_detail: str) -> bool:
    """Whether a scan names a cause that the carrier answers for to nobody, such as the weather."""
    return any(
        r["excuses_carrier"] == "true" for r in _table("scan_meanings") if r["status_detail"] == status_detail
    )
