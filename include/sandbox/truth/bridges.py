"""The way from our net sales to what a vendor's own page shows for the day, line by line.

A shop's page counts every order that is no test on the day it was placed, paid or not, and takes off on its own day what
was given back or cancelled; gift cards are no sales there either. The marketplace's counts whatever was ordered, at the
price shown, and takes nothing off.

An order of 20.00 with 1.60 tax that is cancelled unpaid the next day is 0.00 and 0.00 here; there it is 21.60 and -21.60.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from include.sandbox.truth.company import Company
from include.sandbox.truth.daily_sales import daily_sales
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import local_day, money
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Order, Refund

Key = tuple[str, date, int]  # store, business date, place of the line
Row = dict[str, Any]
Sums = dict[str, Decimal]  # line → amount
SHOPIFY = (
    "our_net_sales", "tax", "shipping", "goodwill", "unpaid_refunds", "gift_card_orders", "voided_orders",
    "voided_orders_cancelled", "processed_on_another_day",
)  # fmt: skip
AMAZON = ("our_net_sales", "returns", "discounts", "cancelled_orders", "tax_in_prices")


def sales_bridges(company: Company) -> dict[Key, Row]:
    """The rows of `mart_sales_bridge_daily` of all stores. Every step has its reason, so nothing is left over."""
    rows: dict[Key, Row] = {}
    for store, steps, days in _stores(company):
        for day, told in days.items():
            about = {"is_complete": company.is_over(store, day)}
            for place, line in enumerate(_lines(steps, told), 1):
                rows[store, day, place] = line | about
    return rows


def shown(company: Company) -> dict[tuple[str, date], Decimal]:
    """What the vendors' pages show by store and day."""
    return {(store, day): told["shown"] for store, _, days in _stores(company) for day, told in days.items()}


class ShopPage:
    """A shop's days as its own page counts them ('shown'), and the steps that lead there from ours."""

    def __init__(self, shop: Sales):
        self._shop, self._world = shop, shop.world
        self._gift_cards = {one.id for one in shop.world.variants if shop.is_gift_card(one.id)}
        self.days: dict[date, Sums] = defaultdict(lambda: defaultdict(Decimal))
        for (day, _), row in daily_sales(shop).items():
            for line in ("net_sales", "tax", "shipping", "goodwill"):
                amount = Decimal(str(row[f"{line}_amount"]))
                self._add(day, "our_net_sales" if line == "net_sales" else line, amount)
        for told in self.days.values():
            told["goodwill"] *= -1
        for order in shop.orders:
            if not order.test:
                self._book(order)

    def charged(self, order: Order, with_gift_cards: bool = False) -> Decimal:
        """What the buyer is asked for: goods, shipping and tax."""
        lines = [one for one in order.lines if with_gift_cards or one.variant_id not in self._gift_cards]
        minor = sum(one.unit_price_minor * one.quantity - one.discount_minor for one in lines)
        if not self._world.company.taxes_included:
            minor += sum(one.tax_minor for one in lines) + order.shipping_tax_minor
        return money(self._world, minor + order.shipping_minor)

    def _book(self, order: Order) -> None:
        placed, asked = local_day(self._world, order.created_at), self.charged(order)
        self._add(placed, "shown", asked)
        if self._shop.is_voided(order) and order.cancelled_at:
            off = self._goods_off(order)
            self._add(placed, "voided_orders", asked)
            for line in ("shown", "voided_orders_cancelled"):
                self._add(local_day(self._world, order.cancelled_at), line, off - asked)
            return
        if not self._shop.is_sale(order):
            self._add(placed, "gift_card_orders", asked)
        for refund in self._shop.refunds(order):
            self._book_refund(order, refund)

    def _book_refund(self, order: Order, refund: Refund) -> None:
        """What was never paid cannot be given back: then it is the goods that go off."""
        day, off = local_day(self._world, refund.at), self._goods(order, refund)
        if order.paid_at is None or order.paid_at > refund.at:
            adjusted = money(self._world, self._shop.adjustment(order, refund))
            self._add(day, "unpaid_refunds", adjusted)
        else:
            off += money(self._world, refund.goodwill_minor + refund.shipping_minor)
        self._add(day, "shown", -off)

    def _goods_off(self, order: Order) -> Decimal:
        """Takes goods off a voided order on the days they went; tells how much that was."""
        whole = Decimal(0)
        for refund in self._shop.refunds(order):
            off = self._goods(order, refund)
            for line in ("shown", "voided_orders_cancelled"):
                self._add(local_day(self._world, refund.at), line, -off)
            whole += off
        return whole

    def _goods(self, order: Order, refund: Refund) -> Decimal:
        sold = {line.id for line in order.lines if line.variant_id not in self._gift_cards}
        backs = [back for back in refund.lines if back.line_id in sold]
        return money(self._world, sum(back.subtotal_minor + back.tax_minor for back in backs))

    def _add(self, day: date, line: str, amount: Decimal) -> None:
        self.days[day][line] += amount


def market_days(market: MarketplaceSales) -> dict[date, Sums]:
    """The marketplace's days as its own page counts them ('shown'), and the steps from ours. Its prices are without tax."""
    days: dict[date, Sums] = defaultdict(lambda: defaultdict(Decimal))
    for day, row in market.daily().items():
        for line in ("net_sales", "returns", "discounts"):
            name = "our_net_sales" if line == "net_sales" else line
            days[day][name] += Decimal(str(row[f"{line}_amount"]))
    for order in market.orders:
        ordered = market.money(sum(line.unit_price_minor * line.quantity for line in order.lines))
        told = days[market.day_of(order.created_at)]
        told["shown"] += ordered
        told["cancelled_orders"] += 0 if market.is_sale(order) else ordered
    return days


def _stores(company: Company) -> Iterator[tuple[str, tuple[str, ...], dict[date, Sums]]]:
    for shop in company.shops:
        yield shop.world.company.shop_domain, SHOPIFY, ShopPage(shop).days
    if market := company.market:
        yield market.store_id, AMAZON, market_days(market)


def _lines(steps: tuple[str, ...], told: Sums) -> Iterator[Row]:
    running = Decimal(0)
    for step in steps:
        running += told[step]
        yield {"line_name": step, "amount": told[step], "running_amount": running}
    yield {"line_name": "unexplained", "amount": Decimal(0), "running_amount": told["shown"]}
    yield {"line_name": "shown", "amount": told["shown"], "running_amount": told["shown"]}
