"""What the new buyers of a month brought within so many days of their first order.

Only paid orders in our own shops, people one over all stores, day 0 the first order's own. A cohort is told
when its youngest member has had the whole time: people who first bought on 31 March are ripe for 30 days on
30 April.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from include.sandbox.truth.company import Company
from include.sandbox.truth.margins import ShopCosts
from include.sandbox.truth.moments import local_day, ratio
from include.sandbox.truth.rates import Total
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Order

HORIZONS = (30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Cohort:
    """A row of `mart_customer_ltv_cohort`; the amounts are None until it is mature."""

    size: int
    is_mature: bool
    net_sales: Decimal | None
    cm2: Decimal | None
    ltv_net: Decimal | None
    ltv_cm2: Decimal | None
    repeat_customers: int | None
    repeat_rate: Decimal | None
    margin_coverage_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class _Bought:
    who: str
    day: date
    net_sales: Decimal | None
    cm2: Decimal | None


def ltv_cohorts(company: Company, day: date) -> dict[tuple[date, int], Cohort]:
    """By (first day of the cohort's month, horizon in days), as of `day`."""
    bought = [
        _bought(shop, company, who, order) for shop in company.shops for who, order in shop.persons_orders()
    ]
    firsts = _first_days(company)
    months: dict[date, set[str]] = defaultdict(set)
    for who, first in firsts.items():
        months[first.replace(day=1)].add(who)
    return {
        (month, horizon): _cohort(people, horizon, day, firsts, bought)
        for month, people in sorted(months.items())
        for horizon in HORIZONS
    }


def _first_days(company: Company) -> dict[str, date]:
    return {
        who: local_day(shop.world, order.created_at)
        for shop in company.shops
        for who, order in shop.persons_orders()
        if shop.is_first(order)
    }


def _bought(shop: Sales, company: Company, who: str, order: Order) -> _Bought:
    day = local_day(shop.world, order.created_at)
    if not shop.is_sale(order):
        return _Bought(who, day, Decimal(0), Decimal(0))
    net, rest, units, costed = Total(), Total(), 0, 0
    for entry in ShopCosts(shop, company.rates).entries(order):
        if entry.kind != "goodwill":
            (net if entry.kind == "net_sales" else rest).add(entry.amount)
        units, costed = units + entry.units, costed + entry.costed
    is_known = units == costed and net.value is not None and rest.value is not None
    return _Bought(who, day, net.value, (net.value - rest.value) if is_known else None)  # type: ignore[operator]


def _cohort(
    people: set[str], horizon: int, day: date, firsts: dict[str, date], bought: list[_Bought]
) -> Cohort:
    orders: dict[str, int] = defaultdict(int)
    net, cm2, margined = Total(), Total(), 0
    for one in bought:
        if one.who in people and max(0, (one.day - firsts[one.who]).days) <= horizon:
            orders[one.who] += 1
            net.add(one.net_sales)
            cm2.add(one.cm2)
            margined += one.cm2 is not None
    if (day - max(firsts[who] for who in people)).days < horizon:
        return Cohort(len(people), False, None, None, None, None, None, None, None)
    repeated, size = sum(count > 1 for count in orders.values()), len(people)
    return Cohort(
        size, True, net.value, cm2.value, _per_head(net.value, size), _per_head(cm2.value, size), repeated,
        ratio(repeated, size, 6), 100 * (ratio(margined, sum(orders.values()), 6) or Decimal(0)),
    )  # fmt: skip


def _per_head(amount: Decimal | None, people: int) -> Decimal | None:
    return None if amount is None else ratio(amount, people)
