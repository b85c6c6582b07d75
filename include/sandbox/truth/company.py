"""All stores and channels of the company together, with amounts in its own currency.

Every line, refund and parcel is converted alone, at its own day's rate, to four decimals; above that there
are only sums, and a sum that lacks a part is not known. 100.00 EUR sold at 1.08 and refunded at 1.10 leave
-2.00 USD, which is a loss on exchange and not a return of more than was sold.
"""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from include.sandbox.truth.daily_sales import daily_sales
from include.sandbox.truth.marketplace import CHANNEL, MarketplaceSales
from include.sandbox.truth.moments import local_day, money
from include.sandbox.truth.rates import Rates, Total
from include.sandbox.truth.sales import Sales, first_orders
from include.sandbox.world.model import World

Key = tuple[str, date, str]  # store, business date, channel
COLUMNS = {
    "gross_sales": "gross_sales_reporting_amount",
    "discounts": "discounts_reporting_amount",
    "returns": "returns_reporting_amount",
    "cancellations": "cancellations_reporting_amount",
    "cohort": "net_sales_cohort_reporting_amount",
    "cogs": "cogs_reporting_amount",
    "tax": "tax_reporting_amount",
    "shipping": "shipping_reporting_amount",
    "fx_gain_loss": "fx_gain_loss_amount",
}


class Company:
    """Everything sold, as it can be known at `now` and was learnt by `asked_at` (default: `now`), by somebody who
    asks since `first_look` (default: always)."""

    def __init__(
        self,
        world: World,
        now: datetime,
        asked_at: datetime | None = None,
        first_look: datetime | None = None,
    ):
        self.world, self.now, self.asked_at = world, now, asked_at or now
        self.rates = Rates(world, now)
        self.shops = [Sales(one, now, first_look) for one in (world, *world.branches)]
        firsts = first_orders(self.shops)
        for shop in self.shops:
            shop.firsts = firsts
        self.market = MarketplaceSales(world, now, self.asked_at) if world.marketplace else None

    def daily(self, first: date | None = None, last: date | None = None) -> dict[Key, dict[str, object]]:
        """The rows of `mart_daily_sales` of all stores, with their amounts in the company's currency."""
        rows: dict[Key, dict[str, object]] = {}
        for shop in self.shops:
            store, converted = shop.world.company.shop_domain, shop_in_reporting(shop, self.rates)
            for (day, channel), row in daily_sales(shop, first, last).items():
                about = self._about(store, shop.world.company.currency, day)
                rows[store, day, channel] = row | _finished(converted[day, channel]) | about
        if self.market:
            in_reporting = market_in_reporting(self.market, self.rates)
            for day, row in self.market.daily(first, last).items():
                about = self._about(self.market.store_id, self.market.market.currency, day)
                rows[self.market.store_id, day, CHANNEL] = row | _finished(in_reporting[day]) | about
        return rows

    def is_over(self, store: str, day: date) -> bool:
        """Whether a store's day had ended by now."""
        zones = {shop.world.company.shop_domain: shop.world.company.timezone for shop in self.shops}
        if self.market:
            zones[self.market.store_id] = self.market.market.timezone
        return self.now.astimezone(ZoneInfo(zones[store])).date() > day

    def _about(self, store: str, currency: str, day: date) -> dict[str, object]:
        return {"fx_rate": self.rates.rate(currency, day), "is_complete": self.is_over(store, day)}


Sums = dict[str, Total]


def shop_in_reporting(shop: Sales, rates: Rates) -> dict[tuple[date, str], Sums]:
    """A shop's converted sums by business date and channel."""
    sums: dict[tuple[date, str], Sums] = defaultdict(_sums)
    currency = shop.world.company.currency

    def worth(minor: int, day: date) -> Decimal | None:
        return rates.convert(money(shop.world, minor), currency, day)

    for order in shop.orders:
        day = local_day(shop.world, order.created_at)
        row = sums[day, order.channel]
        if shop.is_sale(order):
            row["tax"].add(worth(shop.tax(order), day))
            row["shipping"].add(worth(shop.shipping(order), day))
        for line in shop.lines(order):
            if line.is_sale:
                gross, discount = worth(line.gross, day), worth(line.discount, day)
                row["gross_sales"].add(gross)
                row["discounts"].add(discount)
                row["cohort"].add(less(gross, discount))
                cost = shop.unit_cost(line.line.variant_id)
                if cost is not None:
                    row["cogs"].add(worth(cost * line.line.quantity, day))
        variants = {line.id: line.variant_id for line in order.lines}
        for refund, back, kind in shop.refunded(order):
            refund_day = local_day(shop.world, refund.at)
            then, later = worth(back.subtotal_minor, day), worth(back.subtotal_minor, refund_day)
            target = sums[refund_day, order.channel]
            target["cancellations" if kind == "cancel" else "returns"].add(later)
            target["fx_gain_loss"].add(less(later, then))
            target["tax"].add(less(Decimal(0), worth(back.tax_minor, refund_day)))
            row["cohort"].add(less(Decimal(0), later))
            cost = shop.unit_cost(variants[back.line_id])
            if kind != "damaged" and cost is not None:
                target["cogs"].add(less(Decimal(0), worth(cost * back.quantity, refund_day)))
    return sums


def market_in_reporting(market: MarketplaceSales, rates: Rates) -> dict[date, Sums]:
    """The marketplace's converted sums by business date."""
    sums: dict[date, Sums] = defaultdict(_sums)

    def worth(minor: int | Decimal, day: date) -> Decimal | None:
        return rates.convert(market.money(minor), market.market.currency, day)

    for order in market.orders:
        day = market.day_of(order.created_at)
        if market.is_sale(order):
            sums[day]["tax"].add(worth(sum(line.tax_minor for line in order.lines), day))
            sums[day]["shipping"].add(worth(sum(line.shipping_minor for line in order.lines), day))
        for line in order.lines if market.is_sale(order) else ():
            row, cost = sums[day], market.cost_minor(line, day)
            gross, discount = (
                worth(line.unit_price_minor * line.quantity, day),
                worth(line.discount_minor, day),
            )
            row["gross_sales"].add(gross)
            row["discounts"].add(discount)
            row["cohort"].add(less(gross, discount))
            if cost is not None:
                row["cogs"].add(worth(cost * line.quantity, day))
        for one in market.refunded(order):
            if one.kind == "adjustment":
                continue
            then, later = worth(one.back.amount_minor, day), worth(one.back.amount_minor, one.day)
            target, cost = sums[one.day], market.cost_minor(one.line, day)
            target["returns"].add(later)
            target["fx_gain_loss"].add(less(later, then))
            sums[day]["cohort"].add(less(Decimal(0), later))
            if one.kind == "return" and cost is not None:
                target["cogs"].add(less(Decimal(0), worth(cost * one.back.quantity, one.day)))
    return sums


def less(amount: Decimal | None, taken: Decimal | None) -> Decimal | None:
    """The difference, unknown as soon as one of the two is."""
    return None if amount is None or taken is None else amount - taken


def added(*amounts: Decimal | None) -> Decimal | None:
    """The sum, unknown as soon as one of them is."""
    total = Total()
    for amount in amounts:
        total.add(amount)
    return total.value


def _sums() -> Sums:
    return {name: Total() for name in COLUMNS}


def _finished(sums: Sums) -> dict[str, object]:
    taken = (less(Decimal(0), sums[name].value) for name in ("discounts", "returns", "cancellations"))
    net = added(sums["gross_sales"].value, *taken)
    told: dict[str, object] = {column: sums[name].value for name, column in COLUMNS.items()}
    return told | {
        "net_sales_reporting_amount": net,
        "total_sales_reporting_amount": added(net, sums["tax"].value, sums["shipping"].value),
    }
