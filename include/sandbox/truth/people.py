"""The company's people: what they bought in all its shops, what they allow, how good customers they are.

A person is whoever shares a mail address, in whatever store; consent is what the newest of their records says, and
no record is no consent. Scores are fifths of the buyers one beats: of five people with 10, 20, 20, 30 and 40 spent,
the first beats none (1), both twenties one (2), the others three (4) and four (5) of four.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from include.sandbox.truth.company import Company
from include.sandbox.truth.moments import happened
from include.sandbox.truth.orders import order_rows
from include.sandbox.truth.rates import Total
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Customer, Return

PURPOSES = ("email", "sms", "ads")
OUR_FAULT = frozenset({"DEFECTIVE", "NOT_AS_DESCRIBED", "WRONG_ITEM"})
SCORED_DAYS = 365
FEWEST_BUYERS, SHORTEST_HISTORY, NEWEST_ORDER, MOST_ORDERS = 500, 180, 30, 3

Row = dict[str, Any]


@dataclass
class _Person:
    """Records newest last, paid orders with their store's row."""

    records: list[tuple[datetime, Sales, Customer]] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)


def person_rows(company: Company) -> dict[str, Row]:
    """The rows of `dim_customer` by who somebody is."""
    return {who: _row(one, company.now) for who, one in _people(company).items()}


def rfm_rows(company: Company, day: date) -> dict[str, Row]:
    """The rows of `mart_customer_rfm` of a day: whoever bought in the 365 days up to it."""
    buyers: dict[str, list[Row]] = {}
    for who, one in _people(company).items():
        recent = [row for row in one.orders if (day - row["business_date"]).days < SCORED_DAYS]
        if recent:
            buyers[who] = recent
    measured = {who: _measured(rows, day) for who, rows in buyers.items()}
    is_enough = _is_enough(measured.values(), buyers.values(), day)
    scores = {
        "r_score": fifths({who: -row["recency_days"] for who, row in measured.items()}),
        "f_score": fifths({who: row["frequency"] for who, row in measured.items()}),
        "m_score": fifths({who: row["monetary_amount"] for who, row in measured.items()}),
    }
    return {
        who: row | {name: score.get(who) if is_enough else None for name, score in scores.items()}
        for who, row in measured.items()
    }


def _people(company: Company) -> dict[str, _Person]:
    people: dict[str, _Person] = defaultdict(_Person)
    rows = order_rows(company)
    for shop in company.shops:
        store = shop.world.company.shop_domain
        for customer in shop.world.customers:
            if happened(customer.created_at, company.now):
                touched = _touched(shop, customer)
                people[shop.who(customer.id)].records.append((touched, shop, customer))
        for who, order in shop.persons_orders():
            if shop.is_sale(order):
                people[who].orders.append(rows[store, order.name])
    return people


def _touched(shop: Sales, customer: Customer) -> datetime:
    """When the shop last changed its record: it does with every order, payment, refund, consent and complaint."""
    orders = [order for order in shop.orders if order.customer_id == customer.id]
    moments = [customer.created_at, *(change.at for change in customer.consents)]
    for order in orders:
        moments += [at for at in (order.created_at, order.paid_at, order.cancelled_at) if at]
        moments += [refund.at for refund in order.refunds]
        for one in filter(_is_complaint, order.returns):
            moments += [at for at in (one.requested_at, one.closed_at) if at]
    return max(at for at in moments if happened(at, shop.now))


def _row(person: _Person, now: datetime) -> Row:
    newest = max(person.records, key=lambda record: record[0])[2] if person.records else None
    spent = Total()
    for order in person.orders:
        spent.add(order["net_sales_reporting_amount"])
    return {
        "paid_orders": len(person.orders),
        "net_sales_amount": spent.value,
        **{f"{purpose}_consent": _allows(newest, purpose, now) for purpose in PURPOSES},
        "is_suppressed": False,
        "has_open_complaint": any(_has_complaint(shop, one) for _, shop, one in person.records),
    }


def _allows(customer: Customer | None, purpose: str, now: datetime) -> bool:
    said = [
        change
        for change in (customer.consents if customer else ())
        if change.purpose == purpose and happened(change.at, now)
    ]
    return bool(said) and max(said, key=lambda change: change.at).granted


def _has_complaint(shop: Sales, customer: Customer) -> bool:
    return any(
        happened(one.requested_at, shop.now) and not happened(one.closed_at, shop.now)
        for order in shop.orders
        if order.customer_id == customer.id
        for one in filter(_is_complaint, order.returns)
    )


def _is_complaint(one: Return) -> bool:
    return any(line.reason in OUR_FAULT for line in one.lines)


def _measured(orders: list[Row], day: date) -> Row:
    spent = Total()
    for order in orders:
        spent.add(order["net_sales_reporting_amount"])
    newest = max(order["business_date"] for order in orders)
    return {
        "recency_days": max(0, (day - newest).days),
        "frequency": len(orders),
        "monetary_amount": spent.value,
    }


def _is_enough(measured: Iterable[Row], orders: Iterable[list[Row]], day: date) -> bool:
    """Whether there are people and days enough to speak of fifths."""
    rows = list(measured)
    dates = [row["business_date"] for one in orders for row in one]
    return (
        len(rows) >= FEWEST_BUYERS
        and max(row["frequency"] for row in rows) >= MOST_ORDERS
        and min(row["recency_days"] for row in rows) <= NEWEST_ORDER
        and (day - min(dates)).days >= SHORTEST_HISTORY
    )


def fifths(figures: dict[str, Any]) -> dict[str, int]:
    """1 to 5 for everybody whose figure is known, by the share of the others they beat; equals score alike."""
    known = {who: figure for who, figure in figures.items() if figure is not None}
    ordered = sorted(known.values())
    beaten = {figure: place for place, figure in reversed(list(enumerate(ordered)))}
    others = max(1, len(ordered) - 1)
    return {who: min(5, int(Fraction(beaten[figure], others) * 5) + 1) for who, figure in known.items()}
