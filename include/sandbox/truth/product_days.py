"""Every variant's day: what of it was sold, what came back, what was left on the shelf.

Net is what the day's lines brought less everything given back that day, cancelled units too; goodwill belongs to
no variant. What a shop deleted before anybody looked is in its orders without a name.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from include.sandbox.truth.company import Company, less
from include.sandbox.truth.moments import day_end, local_day, money
from include.sandbox.truth.rates import Total
from include.sandbox.truth.sales import Sales
from include.sandbox.truth.stock import on_hand
from include.sandbox.truth.unit_costs import deleted_by

Key = tuple[str, int, date]  # store, variant id, business date
Row = dict[str, Any]


@dataclass(slots=True)
class _Day:
    orders: set[int] = field(default_factory=set)
    units: int = 0
    returned_units: int = 0
    net: int = 0
    returned: int = 0
    reporting: Total = field(default_factory=Total)


def product_days(company: Company, nights: Mapping[date, datetime], first_look: datetime) -> dict[Key, Row]:
    """The rows of `mart_product_daily`. `nights`: business date → when its shelves were counted; the main shop's
    ERP remembers, the others' days before the first night are not known."""
    rows: dict[Key, Row] = {}
    for shop in company.shops:
        days = _sold(shop, company)
        shelves = _shelves(shop, {day for _, day in days}, nights)
        skus = {variant.id: variant.sku for variant in shop.world.variants}
        gone = deleted_by(shop.world, first_look)
        for (variant, day), one in days.items():
            if variant not in gone:
                left = shelves[day].get(skus[variant]) if day in shelves else None
                rows[shop.world.company.shop_domain, variant, day] = {
                    "orders": len(one.orders),
                    "units": one.units,
                    "net_sales_amount": money(shop.world, one.net),
                    "returned_units": one.returned_units,
                    "returned_amount": money(shop.world, one.returned),
                    "stock_end": left,
                    "is_in_stock": None if left is None else left > 0,
                    "net_sales_reporting_amount": one.reporting.value,
                }
    return rows


def _sold(shop: Sales, company: Company) -> dict[tuple[int, date], _Day]:
    days: dict[tuple[int, date], _Day] = defaultdict(_Day)
    currency = shop.world.company.currency

    def worth(minor: int, day: date) -> Decimal | None:
        return company.rates.convert(money(shop.world, minor), currency, day)

    for order in shop.orders:
        day = local_day(shop.world, order.created_at)
        variants = {line.id: line.variant_id for line in order.lines}
        for line in shop.lines(order):
            if line.is_sale:
                one = days[line.line.variant_id, day]
                one.orders.add(order.id)
                one.units += line.line.quantity
                one.net += line.net
                one.reporting.add(less(worth(line.gross, day), worth(line.discount, day)))
        for refund, back, kind in shop.refunded(order):
            when = local_day(shop.world, refund.at)
            one = days[variants[back.line_id], when]
            one.net -= back.subtotal_minor
            one.reporting.add(less(Decimal(0), worth(back.subtotal_minor, when)))
            if kind != "cancel":
                one.returned_units += back.quantity
                one.returned += back.subtotal_minor
    return days


def _shelves(shop: Sales, days: set[date], nights: Mapping[date, datetime]) -> dict[date, Counter[str]]:
    """Units by SKU at all the store's locations at the end of its days; only places that ever had some. A shop
    does not count what it has deleted, the ERP does."""
    if shop.world.suppliers:
        return {day: _by_sku(shop, day_end(shop.world, day), set()) for day in days}
    return {day: _by_sku(shop, moment, deleted_by(shop.world, moment)) for day, moment in nights.items()}


def _by_sku(shop: Sales, moment: datetime, without: set[int]) -> Counter[str]:
    forgotten = {variant.sku for variant in shop.world.variants if variant.id in without}
    units: Counter[str] = Counter()
    for (sku, _), held in on_hand(shop.world, moment).items():
        if sku not in forgotten:
            units[sku] += held
    return units


def closings(nights: Sequence[date], moments: Sequence[datetime]) -> dict[date, datetime]:
    """Business date → when its shelves were counted: the morning after, else the newest count before it."""
    counted = dict(zip(nights, moments, strict=True))
    days = range(min(nights).toordinal(), max(nights).toordinal() + 1)
    return {
        date.fromordinal(day - 1): counted[max(one for one in nights if one.toordinal() <= day)]
        for day in days
    }
