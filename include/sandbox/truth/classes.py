"""How much a SKU matters (ABC) and how evenly it sells (XYZ).

ABC by the last 365 days' net sales of all stores in the company's currency: whoever comes before 80 % of them are
reached is an A, before 95 % a B. XYZ by the variation of whole weeks' units since the first sale: standard
deviation by mean, up to 0.5 an X, up to 1 a Y. 4, 6 and 5 units in three weeks vary by 0.163: X. A week with a
night that found no stock anywhere says nothing about demand and is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from include.sandbox.truth.company import Company, less
from include.sandbox.truth.moments import local_day, money
from include.sandbox.truth.rates import Total
from include.sandbox.truth.rules import components
from include.sandbox.truth.stock import fba_on_hand, on_shelves

DAYS = 365
WEEK = timedelta(days=7)
Sold = tuple[str, date, int, Decimal | None]  # our SKU, business date, units, net in the company's currency


def sku_classes(company: Company, day: date, nights: Sequence[datetime]) -> dict[str, dict[str, Any]]:
    """abc_class and xyz_class of every SKU that sold; `nights` are those on which shelves were counted."""
    worth: dict[str, Total] = defaultdict(Total)
    weeks: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for sku, when, units, net in _sold(company):
        if (day - when).days < DAYS:
            worth[sku].add(net)
            weeks[sku][_monday(when)] += units
    empty = _empty_weeks(company, nights)
    steady = {
        sku: _xyz(sold, {week for one, week in empty if one == sku}, day) for sku, sold in weeks.items()
    }
    classes = _abc({sku: total.value for sku, total in worth.items()})
    return {sku: {"abc_class": classes[sku], "xyz_class": steady[sku]} for sku in worth}


def _sold(company: Company) -> Iterator[Sold]:
    for shop in company.shops:
        skus, currency = {one.id: one.sku for one in shop.world.variants}, shop.world.company.currency
        for order in shop.orders:
            day = local_day(shop.world, order.created_at)
            for line in shop.lines(order):
                if line.is_sale:
                    gross, discount = (money(shop.world, minor) for minor in (line.gross, line.discount))
                    yield (
                        skus[line.line.variant_id], day, line.line.quantity,
                        less(company.rates.convert(gross, currency, day), company.rates.convert(discount, currency, day)),
                    )  # fmt: skip
    yield from _sold_on_the_marketplace(company)


def _sold_on_the_marketplace(company: Company) -> Iterator[Sold]:
    market = company.market
    for order in market.orders if market else ():
        assert market
        day, currency = market.day_of(order.created_at), market.market.currency
        for line in order.lines if market.is_sale(order) else ():
            gross, discount = (
                market.money(line.unit_price_minor * line.quantity),
                market.money(line.discount_minor),
            )
            net = less(
                company.rates.convert(gross, currency, day), company.rates.convert(discount, currency, day)
            )
            parts = components("amazon", line.seller_sku, day)
            held = sum(units for _, units in parts)
            for sku, units in parts:
                yield sku, day, units * line.quantity, None if net is None else net * units / held


def _abc(worth: dict[str, Decimal | None]) -> dict[str, str | None]:
    known = {sku: net for sku, net in worth.items() if net is not None}
    total, before = sum(known.values()), Decimal(0)
    classes: dict[str, str | None] = dict.fromkeys(worth)
    for sku in sorted(known, key=lambda sku: (-known[sku], sku)):
        is_a, is_b = before < Decimal("0.80") * total, before < Decimal("0.95") * total
        classes[sku] = "C" if total <= 0 else "A" if is_a else "B" if is_b else "C"
        before += known[sku]
    return classes


def _xyz(sold: dict[date, int], empty: set[date], day: date) -> str:
    first, running = min(sold), _monday(day + timedelta(days=1))
    weeks = [first + WEEK * number for number in range((running - first).days // 7)]
    units = [sold.get(week, 0) for week in weeks if week not in empty]
    if not sum(units):
        return "Z"
    mean = Fraction(sum(units), len(units))
    variance = sum((count - mean) ** 2 for count in units) / len(units)
    return "X" if variance <= (mean / 2) ** 2 else "Y" if variance <= mean**2 else "Z"


def _empty_weeks(company: Company, nights: Sequence[datetime]) -> set[tuple[str, date]]:
    """(SKU, Monday) of weeks with a night that found none of it anywhere."""
    found: set[tuple[str, date]] = set()
    for night in nights:
        held: dict[str, int] = defaultdict(int, fba_on_hand(company.world, night))
        for (sku, _), units in on_shelves(company.world, night).items():
            held[sku] += units
        week = _monday(local_day(company.world, night) - timedelta(days=1))
        found |= {(sku, week) for sku, units in held.items() if units <= 0}
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
