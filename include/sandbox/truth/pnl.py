"""The profit and loss of every store and channel, day by day, in the company's currency.

CM1 is net sales less the cost of goods; CM2 takes off sending, packing, being paid, the marketplace's fees
and taking goods back; CM3 the advertising. A margin is None while the cost of one unit of the day, or
another part of it, is unknown: 100 of 101 costs are not the costs.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from include.sandbox.truth import ads
from include.sandbox.truth.company import Company
from include.sandbox.truth.fees import marketplace_fees
from include.sandbox.truth.margins import Entry, MarketCosts, ShopCosts, rounded
from include.sandbox.truth.marketplace import CHANNEL
from include.sandbox.truth.moments import local_day, ratio
from include.sandbox.truth.rates import Total
from include.sandbox.truth.restated import REACH
from include.sandbox.truth.rules import is_own_shop
from include.sandbox.world.model import MarketplaceOrder, Order

OWN_SHOP = "shop"
BELOW_CM1 = ("shipping_cost", "handling", "payment_fees", "marketplace_fees", "return_handling")

Key = tuple[str, str, date]  # store, channel group, business date


@dataclass(slots=True)
class Day:
    """The sums of a row of `mart_daily_pnl` by kind, in the company's currency and in the store's `own`; a kind
    without entries is zero."""

    sums: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    own: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    units: int = 0
    costed: int = 0
    is_cost_estimated: bool = False
    is_provisional: bool = False

    def add(self, entry: Entry) -> None:
        self.sums[entry.kind].add(entry.amount)
        self.own[entry.kind].add(entry.own)
        self.units += entry.units
        self.costed += entry.costed
        self.is_cost_estimated |= entry.is_estimate
        self.is_provisional |= entry.is_provisional

    def amount(self, kind: str) -> Decimal | None:
        return self.sums[kind].value if kind in self.sums else Decimal(0)

    def in_own(self) -> "Day":
        """The same day in the store's currency."""
        return Day(self.own, self.own, self.units, self.costed)

    @property
    def coverage_pct(self) -> Decimal | None:
        share = ratio(self.costed, self.units, 6)
        return None if share is None else 100 * share

    @property
    def cm1(self) -> Decimal | None:
        return self._left(None, "net_sales", "cogs") if self.costed == self.units else None

    @property
    def cm2(self) -> Decimal | None:
        return None if self.cm1 is None else self._left(self.cm1, None, *BELOW_CM1)

    @property
    def cm3(self) -> Decimal | None:
        return None if self.cm2 is None else self._left(self.cm2, None, "ad_spend")

    def _left(self, amount: Decimal | None, start: str | None, *taken: str) -> Decimal | None:
        left = self.amount(start) if start else amount
        for kind in taken:
            cost = self.amount(kind)
            left = None if left is None or cost is None else left - cost
        return left


def daily_pnl(company: Company, only: date | None = None) -> dict[Key, Day]:
    """Every day on which something was earned or spent, or one of them."""
    days: dict[Key, Day] = defaultdict(Day)
    for store, group, entry in _entries(company, only):
        if only is None or entry.day == only:
            days[store, group, entry.day].add(entry)
    return dict(sorted(days.items()))


def contribution_margin(company: Company, day: date) -> Decimal | None:
    """CM3 of a day, all stores and channels; None while one of them is unknown."""
    total = Total()
    for row in daily_pnl(company, day).values():
        total.add(row.cm3)
    return total.value


def _entries(company: Company, only: date | None) -> Iterator[tuple[str, str, Entry]]:
    for shop in company.shops:
        store, costs = shop.world.company.shop_domain, ShopCosts(shop, company.rates)
        for order in shop.orders:
            if _concerns(order, only) and shop.is_sale(order):
                group = OWN_SHOP if is_own_shop(order.channel) else order.channel
                for entry in costs.entries(order):
                    yield store, group, entry
                if group != OWN_SHOP:  # nobody tells what that marketplace charged
                    day = local_day(shop.world, order.created_at)
                    yield store, group, Entry("marketplace_fees", day, None)
    home = company.world.company
    platforms = {campaign.id: campaign.platform for campaign in company.world.campaigns}
    today = local_day(company.world, company.now)
    for (campaign, day), row in ads.performance(
        company.world, company.now, only or date.min, only or date.max
    ).items():
        spend = company.rates.convert(Decimal(str(row["spend_amount"])), home.currency, day)
        own = rounded(Decimal(str(row["spend_amount"])), home.minor_digits)
        is_provisional = (today - day).days < REACH[platforms[campaign]]
        yield (
            home.shop_domain,
            OWN_SHOP,
            Entry("ad_spend", day, spend, own=own, is_provisional=is_provisional),
        )
    if company.market:
        store, booked = company.market.store_id, MarketCosts(company.market, company.rates)
        for sold in company.market.orders:
            if _concerns(sold, only) and company.market.is_sale(sold):
                for entry in booked.entries(sold):
                    yield store, CHANNEL, entry
        for fee in marketplace_fees(company.world, company.now, company.asked_at):
            held = fee.is_estimated
            yield store, CHANNEL, Entry(
                "marketplace_fees", fee.posted_date, fee.reporting_amount, own=fee.amount,
                is_estimate=held, is_provisional=held,
            )  # fmt: skip


def _concerns(order: Order | MarketplaceOrder, only: date | None) -> bool:
    """Whether an order can have an entry on that day, in whatever zone."""
    if only is None:
        return True
    moments = [
        order.created_at,
        *(one.at for one in order.refunds),
        *(one.created_at for one in order.parcels),
    ]
    return any(abs(moment.date() - only) <= timedelta(days=1) for moment in moments)
