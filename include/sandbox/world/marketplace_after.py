"""What becomes of a marketplace order that was shipped: paid out, refunded, judged by its buyer."""

from datetime import datetime, timedelta
from random import Random

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.days import DAY
from include.sandbox.world.fba import FbaStock
from include.sandbox.world.marketplace_money import refund_part
from include.sandbox.world.model import (
    MarketplaceLine,
    MarketplaceOrder,
    MarketplaceRefund,
    MarketplaceRefundLine,
)

REASONS = ("UNWANTED_ITEM", "DEFECTIVE", "NOT_AS_DESCRIBED", "ORDERED_WRONG_ITEM", "QUALITY_UNACCEPTABLE")
DISPOSITIONS, DISPOSITION_WEIGHTS = ("SELLABLE", "CUSTOMER_DAMAGED", "DEFECTIVE"), (60, 22, 18)


class AfterShipping:
    """Gives shipped orders the rest of their lives; what buyers send back goes to the marketplace."""

    def __init__(self, agenda: Agenda, fba: FbaStock):
        self._agenda, self._fba = agenda, fba
        self._refunds = 0

    def settle(self, roll: Random, order: MarketplaceOrder, delivered: datetime) -> None:
        """Money is posted within a day and a half of shipping, mostly deferred until a week after delivery."""
        assert order.shipped_at is not None
        order.posted_at = order.shipped_at + timedelta(seconds=roll.randint(600, 120_000))
        is_deferred = roll.random() > 0.08
        wait = timedelta(days=7, seconds=roll.randint(0, 80_000)) if is_deferred else timedelta(0)
        order.released_at = max(order.posted_at, delivered) + wait if is_deferred else order.posted_at

    def refund(
        self, roll: Random, order: MarketplaceOrder, delivered: datetime, is_whole: bool = False
    ) -> None:
        posted = order.posted_at or delivered
        at = max(delivered, posted) + timedelta(seconds=roll.randint(60_000, 1_500_000))
        chosen = order.lines if is_whole else [roll.choice(order.lines)]
        parts = [self._refund_line(roll, order, line, is_whole, delivered, at) for line in chosen]
        order.refunds.append(MarketplaceRefund(f"{order.id}-R{self._refunds:05d}", at, tuple(parts)))
        self._refunds += 1

    def _refund_line(
        self, roll: Random, order: MarketplaceOrder, line: MarketplaceLine, is_whole: bool,
        delivered: datetime, at: datetime,
    ) -> MarketplaceRefundLine:  # fmt: skip
        count = line.quantity if is_whole else roll.randint(1, line.quantity)
        reason, disposition, returned = roll.choice(REASONS), None, None
        if order.fulfilled_by == "AMAZON" and roll.random() < 0.75:
            disposition = roll.choices(DISPOSITIONS, DISPOSITION_WEIGHTS)[0]
            returned = max(delivered + DAY, at + timedelta(seconds=roll.randint(-250_000, 500_000)))
            self._agenda.at(returned, self._fba.take_back, returned, line.seller_sku, count, disposition)
        return refund_part(line, count, reason, disposition, returned)

    def judge(self, roll: Random, order: MarketplaceOrder, delivered: datetime, is_late: bool) -> None:
        """Feedback, worse for late parcels, and now and then an A-to-z claim."""
        chance, stars, after = roll.random(), roll.random(), roll.randint(90_000, 1_400_000)
        if chance < 0.18:
            good = 0.45 if is_late else 0.8
            order.rating = (
                5 if stars < good else 4 if stars < good + 0.12 else 3 if stars < good + 0.15 else 1
            )
            order.rated_at = delivered + timedelta(seconds=after)
        if roll.random() < (0.03 if is_late else 0.003):
            order.claim_at = delivered + timedelta(seconds=after // 2 + 80_000)
            order.claim_denied = roll.random() < 0.4
