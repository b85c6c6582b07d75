"""Sales on the marketplace as the definitions say them, in its own currency and on its own days.

An order that was cancelled before it left was never charged: it is no sale. Gross is price times quantity
without tax, net is gross less discounts and what came back. A refund counts as a return only when the
goods came back ('return' sellable, 'damaged' not); money given back without goods is an adjustment, which
net sales leave out. Tax is the marketplace's own affair: it is charged on top and its return is nobody's.
What became of money is told two days late.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from include.sandbox.truth.moments import happened, ratio
from include.sandbox.truth.rules import components
from include.sandbox.truth.unit_costs import unit_costs
from include.sandbox.world.model import (
    Marketplace,
    MarketplaceLine,
    MarketplaceOrder,
    MarketplaceRefund,
    MarketplaceRefundLine,
    World,
)

CHANNEL = "amazon"
TOLD_AFTER = timedelta(hours=48)
RECENT_DAYS = 28


@dataclass(frozen=True, slots=True)
class RefundTruth:
    """One refunded line; `kind` is return, damaged or adjustment."""

    order: MarketplaceOrder
    line: MarketplaceLine
    back: MarketplaceRefundLine
    day: date
    kind: str


class MarketplaceSales:
    """The marketplace's orders as they can be known at `now`. Facts count until `now`; what money did is
    learnt by asking at `asked_at` (default: `now`)."""

    def __init__(self, world: World, now: datetime, asked_at: datetime | None = None):
        if world.marketplace is None:
            raise ValueError("this company sells on no marketplace")
        self.market: Marketplace = world.marketplace
        self.world, self.now, self._asked_at = world, now, asked_at or now
        self._zone = ZoneInfo(self.market.timezone)
        self.minor_digits = 0 if self.market.currency == "JPY" else 2
        self._cost_of_sku = unit_costs(world)
        self.orders = [order for order in self.market.orders if happened(order.created_at, now)]

    @property
    def store_id(self) -> str:
        return f"amazon:{self.market.marketplace_id}"

    def day_of(self, moment: datetime) -> date:
        """The marketplace's day."""
        return moment.astimezone(self._zone).date()

    def money(self, minor: int | Decimal) -> Decimal:
        return Decimal(minor).scaleb(-self.minor_digits)

    def is_told(self, moment: datetime | None) -> bool:
        """Whether the marketplace's books show by now what happened to money at that moment."""
        return happened(moment, self.now) and moment is not None and moment + TOLD_AFTER < self._asked_at

    def is_sale(self, order: MarketplaceOrder) -> bool:
        return not happened(order.cancelled_at, self.now)

    def refunded(self, order: MarketplaceOrder) -> list[RefundTruth]:
        """The refunded lines that the books show."""
        lines = {line.id: line for line in order.lines}
        return [
            RefundTruth(order, lines[back.line_id], back, self.day_of(refund.at), self._kind(back))
            for refund in self._refunds(order)
            for back in refund.lines
        ]

    def cost_minor(self, line: MarketplaceLine, day: date) -> Decimal | None:
        """What one unit sold costs us: all its components; None when one is unknown."""
        parts = components(CHANNEL, line.seller_sku, day)
        costs = [self._cost_of_sku.get(sku) for sku, _ in parts]
        if not parts or any(cost is None for cost in costs):
            return None
        return Decimal(sum((cost or 0) * units for cost, (_, units) in zip(costs, parts, strict=True)))

    def daily(self, first: date | None = None, last: date | None = None) -> dict[date, dict[str, object]]:
        """The rows of `mart_daily_sales` for this store's one channel, by business date."""
        sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for order in self.orders:
            day = self.day_of(order.created_at)
            if self.is_sale(order):
                self._book(order, sums[day], day)
            for one in self.refunded(order):
                row = sums[one.day]
                if one.kind == "adjustment":
                    row["goodwill"] += one.back.amount_minor
                    continue
                row["returns"] += one.back.amount_minor
                sums[day]["given back"] += one.back.amount_minor
                if one.kind == "return":
                    row["cogs"] -= int(self.cost_minor(one.line, day) or 0) * one.back.quantity
        return {
            day: self._finished(row)
            for day, row in sorted(sums.items())
            if (first is None or day >= first) and (last is None or day <= last)
        }

    def unmapped(self, day: date) -> dict[str, dict[str, object]]:
        """The rows of `mart_unmapped_units`: by seller SKU, what sold in the 28 days up to `day` under a name
        that stands for none of ours."""
        rows: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        days: dict[str, list[date]] = defaultdict(list)
        for order in self.orders:
            when = self.day_of(order.created_at)
            for line in order.lines:
                if components(CHANNEL, line.seller_sku, when):
                    continue
                days[line.seller_sku].append(when)
                if self.is_sale(order) and 0 <= (day - when).days < RECENT_DAYS:
                    row = rows[line.seller_sku]
                    row["units"] += line.quantity
                    row["net"] += line.unit_price_minor * line.quantity - line.discount_minor
        return {
            sku: {
                "units_28d": row["units"],
                "net_sales_28d_amount": self.money(row["net"]),
                "first_seen_date": min(days[sku]),
                "last_seen_date": max(days[sku]),
            }
            for sku, row in rows.items()
        }

    def _book(self, order: MarketplaceOrder, row: dict[str, int], day: date) -> None:
        row["orders"] += 1
        for line in order.lines:
            row["units"] += line.quantity
            row["gross"] += line.unit_price_minor * line.quantity
            row["discounts"] += line.discount_minor
            cost = self.cost_minor(line, day)
            row["cogs"] += int(cost or 0) * line.quantity
            row["costed"] += 0 if cost is None else line.quantity
            row["shipping"] += line.shipping_minor
            row["tax"] += line.tax_minor

    def _finished(self, row: dict[str, int]) -> dict[str, object]:
        net = row["gross"] - row["discounts"] - row["returns"]
        cohort = row["gross"] - row["discounts"] - row["given back"]
        amounts = {
            "gross_sales_amount": row["gross"],
            "discounts_amount": row["discounts"],
            "returns_amount": row["returns"],
            "cancellations_amount": 0,
            "net_sales_amount": net,
            "net_sales_cohort_amount": cohort,
            "tax_amount": row["tax"],
            "shipping_amount": row["shipping"],
            "total_sales_amount": net + row["tax"] + row["shipping"],
            "goodwill_amount": row["goodwill"],
            "cogs_amount": row["cogs"],
        }
        charged = self.money(row["gross"] - row["discounts"])
        return {
            "orders": row["orders"],
            "paid_orders": row["orders"],
            "units": row["units"],
            **{name: self.money(minor) for name, minor in amounts.items()},
            "cost_coverage": ratio(row["costed"], row["units"], 6),
            "aov_gross_of_returns_amount": ratio(charged, row["orders"]),
            "aov_net_amount": ratio(self.money(cohort), row["orders"]),
            "new_customer_orders": 0,
            "returning_customer_orders": 0,
            "currency": self.market.currency,
        }

    def _refunds(self, order: MarketplaceOrder) -> list[MarketplaceRefund]:
        return [refund for refund in order.refunds if self.is_told(refund.at)]

    def _kind(self, back: MarketplaceRefundLine) -> str:
        if back.disposition is None or not happened(back.returned_at, self.now):
            return "adjustment"
        return "return" if back.disposition == "SELLABLE" else "damaged"
