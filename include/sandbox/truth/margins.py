"""What an order cost beyond its goods: being paid, packing, sending, taking back. From the shop's own tables.

Each cost has its own currency and falls on its own day: payment and packing on the order's, a parcel on its
label's, a return on its refund's. A parcel of 8.40 USD sent for an order in euros costs 8.40 USD in the
company's books whatever the euro does. None is a cost that no table or rate tells; it is never zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from include.sandbox.truth.company import less
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.truth.rates import Rates
from include.sandbox.truth.rules import handling_cost, is_own_shop, payment_fee, shipping_cost
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import MarketplaceOrder, Order, Parcel


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of our own tables, its currency, and whether the row it comes from is an assumption."""

    amount: Decimal
    currency: str
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One amount of the profit and loss in the company's currency, and in the store's `own`. `units` and `costed`
    are counted for the cost of goods only: how many units, and of how many the cost is known. `is_estimate`: it rests
    on an assumption of our tables or on money still held; `is_provisional`: its source will still change it."""

    kind: str
    day: date
    amount: Decimal | None
    units: int = 0
    costed: int = 0
    own: Decimal | None = None
    is_estimate: bool = False
    is_provisional: bool = False


class ShopCosts:
    """The entries of a shop's orders."""

    def __init__(self, sales: Sales, rates: Rates):
        self._sales, self._rates = sales, rates
        self._company = sales.world.company
        self._codes = {one.id: one.code for one in sales.world.locations}

    def entries(self, order: Order) -> Iterator[Entry]:
        """Everything a sale earned and cost, each on its own day."""
        yield from self._goods(order)
        yield self._payment(order)
        yield self._packing(order)
        for parcel in self._parcels(order):
            day = local_day(self._sales.world, parcel.created_at)
            cost = sending(self._rates, parcel, order.ship_to.country, self._company.currency, day)
            yield self._priced("shipping_cost", cost, day)
        yield from self._returns(order)
        yield from self._goodwill(order)

    def _goods(self, order: Order) -> Iterator[Entry]:
        world, sales = self._sales.world, self._sales
        day = local_day(world, order.created_at)
        for line in sales.lines(order):
            if line.is_sale:
                gross, discount = self._worth(line.gross, day), self._worth(line.discount, day)
                yield Entry("net_sales", day, less(gross, discount), own=money(world, line.net))
                yield self._cost(line.line.variant_id, line.line.quantity, day, 1)
        variants = {line.id: line.variant_id for line in order.lines}
        for refund, back, kind in sales.refunded(order):
            refund_day = local_day(world, refund.at)
            given = less(Decimal(0), self._worth(back.subtotal_minor, refund_day))
            yield Entry("net_sales", refund_day, given, own=-money(world, back.subtotal_minor))
            if kind != "damaged":
                yield self._cost(variants[back.line_id], back.quantity, refund_day, -1)

    def _worth(self, minor: int, day: date) -> Decimal | None:
        return self._rates.convert(money(self._sales.world, minor), self._company.currency, day)

    def _cost(self, variant_id: int, quantity: int, day: date, sign: int) -> Entry:
        cost = self._sales.unit_cost(variant_id)
        amount = None if cost is None else self._worth(cost * quantity, day)
        known, own = (
            (0, Decimal(0)) if cost is None else (quantity, money(self._sales.world, cost * quantity))
        )
        return Entry("cogs", day, None if amount is None else sign * amount, quantity, known, sign * own)

    def _goodwill(self, order: Order) -> Iterator[Entry]:
        """Money given back without goods: in no margin, and told beside them."""
        for refund in self._sales.refunds(order):
            minor, day = self._sales.adjustment(order, refund), local_day(self._sales.world, refund.at)
            if minor:
                yield Entry("goodwill", day, self._worth(minor, day), own=money(self._sales.world, minor))

    def _priced(self, kind: str, cost: Cost | None, day: date) -> Entry:
        return priced(kind, cost, self._rates, self._company.currency, self._company.minor_digits, day)

    def _payment(self, order: Order) -> Entry:
        """A share of all that was charged, tax and shipping included, and a fixed amount."""
        sales, company = self._sales, self._company
        day = local_day(sales.world, order.created_at)
        minor = sum(line.net for line in sales.lines(order) if line.is_sale)
        charged = money(sales.world, minor + sales.tax(order) + sales.shipping(order))
        is_paid = happened(order.paid_at, sales.now) and is_own_shop(order.channel)
        row = payment_fee(order.channel, company.currency, self._rates.reporting, day)
        if not is_paid or charged <= 0:
            return Entry("payment_fees", day, Decimal(0), own=Decimal(0))
        if row is None:
            return Entry("payment_fees", day, None)
        fixed = in_currency(
            self._rates,
            Decimal(row["fixed_amount"]),
            row["currency"],
            company.currency,
            company.minor_digits,
            day,
        )
        if fixed is None:
            return Entry("payment_fees", day, None)
        fee = rounded(charged * Decimal(row["percent_rate"]) + fixed, company.minor_digits)
        amount, is_estimate = self._rates.convert(fee, company.currency, day), row["is_estimate"] == "true"
        return Entry("payment_fees", day, amount, own=fee, is_estimate=is_estimate and fee != 0)

    def _packing(self, order: Order) -> Entry:
        sales = self._sales
        day = local_day(sales.world, order.created_at)
        units = sum(line.line.quantity for line in sales.lines(order) if line.is_sale)
        units -= sum(back.quantity for _, back, kind in sales.refunded(order) if kind == "cancel")
        parcels = self._parcels(order)
        is_kept = happened(order.cancelled_at, sales.now) and not parcels
        first = min(parcels, key=lambda one: (one.created_at, one.id), default=None)
        place = self._codes[first.location_id] if first else "*"
        packed = 0 if is_kept else max(0, units)
        cost = packing(self._rates, place, self._company.currency, packed, day)
        return self._priced("handling", cost, day)

    def _parcels(self, order: Order) -> list[Parcel]:
        return [parcel for parcel in order.parcels if happened(parcel.created_at, self._sales.now)]

    def _returns(self, order: Order) -> Iterator[Entry]:
        """Once for every refund that brought goods back."""
        sales = self._sales
        taken: dict[int, list[str]] = {}
        days: dict[int, date] = {}
        for refund, back, kind in sales.refunded(order):
            if kind in ("return", "damaged"):
                codes = taken.setdefault(refund.id, [])
                codes += [self._codes[back.location_id]] if back.location_id else []
                days[refund.id] = local_day(sales.world, refund.at)
        for number, codes in taken.items():
            day, place = days[number], min(codes, default="*")
            row = handling_cost(place, self._company.currency, self._rates.reporting, day)
            cost = _of_row(row, Decimal(row["per_return_amount"])) if row else None
            yield self._priced("return_handling", cost, day)


class MarketCosts:
    """The entries of the marketplace's orders; what it charges itself is told by `fees.py`."""

    def __init__(self, sales: MarketplaceSales, rates: Rates):
        self._sales, self._rates, self._currency = sales, rates, sales.market.currency

    def entries(self, order: MarketplaceOrder) -> Iterator[Entry]:
        sales, day = self._sales, self._sales.day_of(order.created_at)
        for line in order.lines:
            listed = line.unit_price_minor * line.quantity
            net = less(self._worth(listed, day), self._worth(line.discount_minor, day))
            yield Entry("net_sales", day, net, own=sales.money(listed - line.discount_minor))
            yield self._cost(sales.cost_minor(line, day), line.quantity, day, 1)
        for one in sales.refunded(order):
            given, own = self._worth(one.back.amount_minor, one.day), sales.money(one.back.amount_minor)
            if one.kind == "adjustment":
                yield Entry("goodwill", one.day, given, own=own)
            else:
                yield Entry("net_sales", one.day, less(Decimal(0), given), own=-own)
            if one.kind == "return":
                yield self._cost(sales.cost_minor(one.line, day), one.back.quantity, one.day, -1)
        if order.fulfilled_by == "MERCHANT":
            units = sum(line.quantity for line in order.lines)
            yield self._priced("handling", packing(self._rates, "*", self._currency, units, day), day)
        for parcel in order.parcels:
            if happened(parcel.created_at, sales.now):
                sent = sales.day_of(parcel.created_at)
                cost = sending(self._rates, parcel, order.ship_to.country, self._currency, sent)
                yield self._priced("shipping_cost", cost, sent)

    def _worth(self, minor: int | Decimal, day: date) -> Decimal | None:
        return self._rates.convert(self._sales.money(minor), self._currency, day)

    def _cost(self, cost: Decimal | None, quantity: int, day: date, sign: int) -> Entry:
        amount = None if cost is None else self._worth(cost * quantity, day)
        known, own = (0, Decimal(0)) if cost is None else (quantity, self._sales.money(cost * quantity))
        return Entry("cogs", day, None if amount is None else sign * amount, quantity, known, sign * own)

    def _priced(self, kind: str, cost: Cost | None, day: date) -> Entry:
        return priced(kind, cost, self._rates, self._currency, self._sales.minor_digits, day)


def priced(kind: str, cost: Cost | None, rates: Rates, own: str, digits: int, day: date) -> Entry:
    """A cost of our own tables in the company's currency and in the store's `own`."""
    if cost is None:
        return Entry(kind, day, None)
    return Entry(
        kind,
        day,
        rates.convert(cost.amount, cost.currency, day),
        own=in_currency(rates, cost.amount, cost.currency, own, digits, day),
        is_estimate=cost.is_estimate,
    )


def packing(rates: Rates, location_code: str, currency: str, units: int, day: date) -> Cost | None:
    """An amount for the order and one for each unit, by the table of the location that sent it."""
    if not units:
        return Cost(Decimal(0), currency)
    row = handling_cost(location_code, currency, rates.reporting, day)
    if row is None:
        return None
    return _of_row(row, Decimal(row["per_order_amount"]) + Decimal(row["per_unit_amount"]) * units)


def sending(rates: Rates, parcel: Parcel, country: str, currency: str, day: date) -> Cost | None:
    """What the table says a parcel costs."""
    row = shipping_cost(parcel.carrier, parcel.service, country, currency, rates.reporting, day)
    return _of_row(row, Decimal(row["cost_amount"])) if row else None


def _of_row(row: dict[str, str], amount: Decimal) -> Cost:
    return Cost(amount, row["currency"], row["is_estimate"] == "true")


def in_currency(
    rates: Rates, amount: Decimal, currency: str, wanted: str, digits: int, day: date
) -> Decimal | None:
    """An amount in another currency, through the company's own, to that currency's minor unit."""
    if currency == wanted:
        return rounded(amount, digits)
    ours, theirs = rates.rate(currency, day), rates.rate(wanted, day)
    return None if ours is None or theirs is None else rounded(amount * ours / theirs, digits)


def rounded(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
