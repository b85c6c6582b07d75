"""Two figures that ought to be one, by check, store or ad account, and day.

Our own sums and the vendors' totals agree in this world. Between what a marketplace's buyers were charged and what it has
paid out stand fees, refunds, what it holds back and what it has not posted: 12.00 charged, 2.00 of fees and the
rest held back are 12.00 against 0.00, all of it explained. Ad platforms claim what they like, and Klaviyo, connected with
the company's first shop alone, knows of the orders of those it knows.
"""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from include.sandbox.truth.ad_bridges import Claims, orders_and_conversions
from include.sandbox.truth.bridges import ShopPage, shown
from include.sandbox.truth.company import Company
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import local_day
from include.sandbox.truth.placed_orders import placed_orders
from include.sandbox.truth.pnl import daily_pnl
from include.sandbox.world.model import MarketplaceOrder

Key = tuple[str, str, date]  # check, store or ad account, day
Row = dict[str, Any]
ACCOUNTS = {"google_ads": "google_ads 1234567890", "meta": "meta act_1122334455"}


def reconciliation(company: Company, claims: Claims) -> dict[Key, Row]:
    """The rows of `mart_reconciliation`."""
    book = _Book()
    _own_sums(company, book)
    for (store, day), amount in shown(company).items():
        book.agree("bridge_reaches_the_vendors_figure", store, day, amount)
    _orders(company, book)
    if company.market:
        _settled(company.market, book)
    rows = book.rows()
    for (platform, day), (brought, claimed) in orders_and_conversions(company.shops[0], claims).items():
        key = ("platform_conversions_are_our_orders", ACCOUNTS[platform], day)
        rows[key] = _row(Decimal(brought), claimed, Decimal(0), 1, int(brought != claimed))
    for day, placed in placed_orders(company.shops[0]).items():
        key = ("klaviyo_orders_are_our_orders", company.world.company.shop_domain, day)
        rows[key] = _row(placed.ours, placed.told, placed.explained, placed.orders, placed.differing)
    return rows


class _Book:
    """What was compared, record by record; in this world no record differs without a reason."""

    def __init__(self) -> None:
        self._sums: dict[Key, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        self._records: dict[Key, int] = defaultdict(int)

    def agree(self, check: str, subject: str, day: date, amount: Any) -> None:
        self.compare(check, subject, day, amount, amount)

    def compare(self, check: str, subject: str, day: date, left: Any, right: Any) -> None:
        """A record whose whole difference has reasons."""
        sums = self._sums[check, subject, day]
        sums[0] += Decimal(str(left))
        sums[1] += Decimal(str(right))
        self._records[check, subject, day] += 1

    def rows(self) -> dict[Key, Row]:
        return {
            key: _row(left, right, left - right, self._records[key], 0)
            for key, (left, right) in self._sums.items()
        }


def _row(left: Decimal, right: Decimal, explained: Decimal, compared: int, differing: int) -> Row:
    unexplained = left - right - explained
    return {
        "left_amount": left,
        "right_amount": right,
        "difference_amount": left - right,
        "explained_amount": explained,
        "unexplained_amount": unexplained,
        "is_explained": unexplained == 0 and not differing,
        "compared_records": compared,
        "differing_records": differing,
    }


def _own_sums(company: Company, book: _Book) -> None:
    days: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for (store, day, _), row in company.daily().items():
        book.agree("orders_are_their_day", store, day, row["net_sales_amount"])
        days[store, day] += Decimal(str(row["net_sales_amount"]))
    # A cost may fall due on a day on which nothing was sold.
    for store, _, day in daily_pnl(company):
        days[store, day] += 0
    for (store, day), net in days.items():
        book.agree("days_are_the_profit_and_loss", store, day, net)


def _orders(company: Company, book: _Book) -> None:
    for shop in company.shops:
        store, page = shop.world.company.shop_domain, ShopPage(shop)
        for order in shop.orders:
            day = local_day(shop.world, order.created_at)
            net = sum(line.net for line in shop.lines(order) if line.is_sale)
            whole = page.charged(order, with_gift_cards=True)
            book.agree(
                "lines_are_their_orders", store, day, Decimal(net).scaleb(-shop.world.company.minor_digits)
            )
            book.agree("orders_are_what_the_source_says", store, day, whole)
    if market := company.market:
        for one in market.orders:
            day, is_sale = market.day_of(one.created_at), market.is_sale(one)
            goods, extra = _charged(one)
            tax = sum(line.tax_minor for line in one.lines)
            book.agree("lines_are_their_orders", market.store_id, day, market.money(goods if is_sale else 0))
            total = market.money(goods + extra + tax)
            book.agree("orders_are_what_the_source_says", market.store_id, day, total)


def _settled(market: MarketplaceSales, book: _Book) -> None:
    for order in market.orders:
        if market.is_sale(order):
            charged, paid = sum(_charged(order)), _paid_out(market, order)
            book.compare(
                "marketplace_orders_are_paid_out",
                market.store_id,
                market.day_of(order.created_at),
                market.money(charged),
                market.money(paid),
            )
    for at, minor in _movements(market):
        book.agree("movements_are_their_parts", market.store_id, market.day_of(at), market.money(minor))


def _movements(market: MarketplaceSales) -> list[tuple[datetime, int]]:
    """Every movement of money that is told by now, without the second telling of what was held back."""
    moves: list[tuple[datetime, int]] = []
    for order in market.orders:
        if order.posted_at and market.is_told(order.posted_at):
            moves.append((order.posted_at, _shipment(order)))
        moves += [(one.at, _given_back(one)) for one in order.refunds if market.is_told(one.at)]
        if order.claim_at and not order.claim_denied and market.is_told(order.claim_at):
            moves.append((order.claim_at, 0))
    charges = [one for one in market.market.charges if market.is_told(one.at)]
    return moves + [(one.at, one.amount_minor) for one in charges]


def _paid_out(market: MarketplaceSales, order: MarketplaceOrder) -> int:
    """What has reached us of an order: its shipment once that is let go, less refunds."""
    paid = -sum(-_given_back(one) for one in order.refunds if market.is_told(one.at))
    if order.posted_at and market.is_told(order.posted_at):
        at_once = order.released_at == order.posted_at
        paid += _shipment(order) if at_once or market.is_told(order.released_at) else 0
    return paid


def _charged(order: MarketplaceOrder) -> tuple[int, int]:
    """Goods less discounts, and shipping, in minor units."""
    goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
    return goods, sum(line.shipping_minor for line in order.lines)


def _shipment(order: MarketplaceOrder) -> int:
    """Goods and shipping less fees; the tax comes and goes."""
    return sum(_charged(order)) + sum(fee.amount_minor for line in order.lines for fee in line.fees)


def _given_back(refund: Any) -> int:
    return sum(sum(fee.amount_minor for fee in back.fees) - back.amount_minor for back in refund.lines)
