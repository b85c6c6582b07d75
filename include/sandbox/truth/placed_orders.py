"""A shop's orders of a day beside those that Klaviyo was told of when they were placed.

It is told of orders of people with an e-mail, tests among them, mostly at once. What it could not know has a reason. Of
orders of 10.00 by somebody known, 20.00 by a guest and a test of 99.00 it was told 109.00: 30.00 against 109.00, and
20.00 less 99.00 explain it. What is still on its way to it is not explained.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from include.sandbox.truth.bridges import ShopPage
from include.sandbox.truth.moments import happened, local_day
from include.sandbox.truth.sales import Sales
from include.sandbox.world.hearsay import order_told_at


class Placed:
    """A day's sums in the shop's currency, and how many orders there were and differ without a reason."""

    def __init__(self) -> None:
        self.ours = self.told = self.explained = Decimal(0)
        self.orders = self.differing = 0


def placed_orders(shop: Sales) -> dict[date, Placed]:
    """By the shop's day; none at all while no order was told."""
    page, days, is_any_told = ShopPage(shop), defaultdict[date, Placed](Placed), False
    mails = {one.id: one.email.lower() for one in shop.world.customers if one.email}
    known_since = _known_since(shop)
    for order in shop.orders:
        day, amount = local_day(shop.world, order.created_at), page.charged(order, with_gift_cards=True)
        mail = mails.get(order.customer_id) if order.customer_id is not None else None
        is_told = mail is not None and happened(order_told_at(order), shop.now)
        is_known = mail is not None and (is_told or known_since[mail] <= day)
        ours, told = Decimal(0) if order.test else amount, amount if is_told else Decimal(0)
        has_reason, placed = order.test or not is_known, days[day]
        placed.ours += ours
        placed.told += told
        placed.explained += ours - told if has_reason else 0
        placed.orders += 1
        placed.differing += not has_reason and not is_told
        is_any_told |= is_told
    return days if is_any_told else {}


def _known_since(shop: Sales) -> dict[str, date]:
    """E-mail → the shop's day on which Klaviyo met the person."""
    days: dict[str, date] = {}
    for customer in shop.world.customers:
        if customer.email:
            days.setdefault(customer.email.lower(), local_day(shop.world, customer.created_at))
    return days
