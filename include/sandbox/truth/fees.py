"""What the marketplace charged us, fee by fee: positive is a cost, negative was given back.

A fee belongs to the marketplace's day on which it was posted and counts once, though deferred money is
told twice (held, then released). It is an estimate while its money is held.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from include.sandbox.truth.marketplace import TOLD_AFTER, MarketplaceSales
from include.sandbox.truth.rates import Rates, Total
from include.sandbox.world.model import Fee, MarketplaceOrder, World


@dataclass(frozen=True, slots=True)
class FeeTruth:
    """A row of `fct_marketplace_fees`; `reporting_amount` is None without a rate."""

    order_id: str | None
    order_line_id: str | None
    seller_sku: str | None
    fee_type: str
    posted_at: datetime
    posted_date: date
    amount: Decimal
    fx_rate: Decimal | None
    reporting_amount: Decimal | None
    is_estimated: bool


def marketplace_fees(world: World, now: datetime, asked_at: datetime | None = None) -> list[FeeTruth]:
    """Every fee posted by `now` and told by `asked_at`; none for a company without a marketplace."""
    if world.marketplace is None:
        return []
    books = _Books(world, now, asked_at or now)
    rows = [row for order in world.marketplace.orders for row in books.of_order(order)]
    charged = (
        books.fee(None, None, charge.seller_sku, Fee(charge.kind, charge.amount_minor), charge.at, False)
        for charge in world.marketplace.charges
        if books.sales.is_told(charge.at)
    )
    return sorted([*rows, *charged], key=lambda row: (row.posted_at, row.fee_type))


def fees_of(world: World, now: datetime, day: date, asked_at: datetime | None = None) -> Decimal | None:
    """The fees of a day in the company's currency; None when a rate is missing."""
    total = Total()
    for row in marketplace_fees(world, now, asked_at):
        if row.posted_date == day:
            total.add(row.reporting_amount)
    return total.value


class _Books:
    def __init__(self, world: World, now: datetime, asked_at: datetime):
        self.sales, self._rates = MarketplaceSales(world, now, asked_at), Rates(world, now)
        self._asked_at = asked_at

    def of_order(self, order: MarketplaceOrder) -> list[FeeTruth]:
        rows: list[FeeTruth] = []
        skus = {line.id: line.seller_sku for line in order.lines}
        if order.posted_at is not None and self.sales.is_told(order.posted_at):
            is_held = self._is_held(order)
            for line in order.lines:
                rows += [
                    self.fee(order.id, line.id, line.seller_sku, fee, order.posted_at, is_held)
                    for fee in line.fees
                    if fee.amount_minor
                ]
        for refund in order.refunds:
            if self.sales.is_told(refund.at):
                for back in refund.lines:
                    rows += [
                        self.fee(order.id, back.line_id, skus[back.line_id], fee, refund.at, False)
                        for fee in back.fees
                        if fee.amount_minor
                    ]
        return rows

    def fee(
        self,
        order_id: str | None,
        line_id: str | None,
        sku: str | None,
        fee: Fee,
        at: datetime,
        is_held: bool,
    ) -> FeeTruth:
        day, amount = self.sales.day_of(at), self.sales.money(-fee.amount_minor)
        currency = self.sales.market.currency
        rate, converted = self._rates.rate(currency, day), self._rates.convert(amount, currency, day)
        return FeeTruth(order_id, line_id, sku, fee.kind, at, day, amount, rate, converted, is_held)

    def _is_held(self, order: MarketplaceOrder) -> bool:
        if order.released_at == order.posted_at:
            return False
        return order.released_at is None or order.released_at + TOLD_AFTER > self._asked_at
