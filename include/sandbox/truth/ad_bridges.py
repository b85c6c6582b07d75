"""The way from our net sales to what an ad manager claims for the same day, line by line.

Only the company's own shop advertises, in its own currency and zone. Of 400.00 of net sales with 20.00 given back that day,
300.00 came without a source and 40.00 by a newsletter: the platform brought 80.00. It claims 95.00 the next morning and
90.00 later, so 15.00 are beyond our orders and -5.00 restated.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from include.sandbox.truth.daily_sales import daily_sales
from include.sandbox.truth.moments import local_day, money
from include.sandbox.truth.rules import is_own_shop, platform_of
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Order

Row = dict[str, Any]
Claims = Mapping[
    tuple[str, int, date], Mapping[str, Any]
]  # platform, campaign, day → what it said first and last
STEPS = ("our_net_sales", "refunds", "other_channels", "without_source", "other_sources")


def ad_bridges(shop: Sales, claims: Claims) -> dict[tuple[str, date, int], Row]:
    """The rows of `mart_ad_bridge_daily` by platform, day and place of the line."""
    rows: dict[tuple[str, date, int], Row] = {}
    placed, booked = _placed(shop), _booked(shop)
    for (platform, day), said in _days(claims).items():
        own = booked[day] | _orders(shop, platform, placed[day])
        running, lines = Decimal(0), []
        for step in STEPS:
            running += own[step]
            lines.append((step, own[step], running))
        first, last = said["first"], said["last"]
        lines += [
            ("claimed_beyond_our_orders", first - running, first),
            ("restated_since", last - first, last),
            ("shown", last, last),
        ]
        about = {"is_provisional": said["is_provisional"], "is_zone_mismatch": False}
        for place, (name, amount, reached) in enumerate(lines, 1):
            told = {"line_name": name, "amount": amount, "running_amount": reached}
            rows[platform, day, place] = told | about
    return rows


def orders_and_conversions(shop: Sales, claims: Claims) -> dict[tuple[str, date], tuple[int, Decimal]]:
    """By platform and day: the sales whose last visit it was paid for, and the conversions it claims."""
    placed = _placed(shop)
    return {
        (platform, day): (
            sum(shop.is_sale(order) and _bringer(order) == platform for order in placed[day]),
            said["conversions"],
        )
        for (platform, day), said in _days(claims).items()
    }


def _days(claims: Claims) -> dict[tuple[str, date], Row]:
    days: dict[tuple[str, date], Row] = {}
    names = {
        "first": "first_reported_value_amount",
        "last": "platform_reported_value_amount",
        "conversions": "platform_reported_conversions",
    }
    for (platform, _, day), row in claims.items():
        said = days.setdefault((platform, day), defaultdict(Decimal, is_provisional=False))
        for name, column in names.items():
            said[name] += row[column]
        said["is_provisional"] |= row["is_provisional"]
    return days


def _booked(shop: Sales) -> dict[date, dict[str, Decimal]]:
    """Net sales of each day, and what was given back on it, over all channels."""
    days: dict[date, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(STEPS[:2], Decimal(0)))
    for (day, _), row in daily_sales(shop).items():
        days[day]["our_net_sales"] += Decimal(str(row["net_sales_amount"]))
        for column in ("returns_amount", "cancellations_amount"):
            days[day]["refunds"] += Decimal(str(row[column]))
    return days


def _orders(shop: Sales, platform: str, orders: list[Order]) -> dict[str, Decimal]:
    """The orders that a platform did not bring, taken off."""
    sums = dict.fromkeys(STEPS[2:], Decimal(0))
    for order in orders:
        if not is_own_shop(order.channel):
            line = "other_channels"
        elif _bringer(order) == platform:
            continue
        else:
            line = "other_sources" if order.utm_source else "without_source"
        sums[line] -= money(shop.world, sum(one.net for one in shop.lines(order) if one.is_sale))
    return sums


def _placed(shop: Sales) -> dict[date, list[Order]]:
    days: dict[date, list[Order]] = defaultdict(list)
    for order in shop.orders:
        days[local_day(shop.world, order.created_at)].append(order)
    return days


def _bringer(order: Order) -> str | None:
    return platform_of(order.utm_source, order.utm_medium) if is_own_shop(order.channel) else None
