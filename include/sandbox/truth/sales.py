"""Sales as the definitions say them: per order and per refund line.

A sale line is a line of an order that is neither a test nor voided before payment, and no gift card.
Gross, discounts, returns, cancellations, tax and units obey that one flag. All amounts are without tax
unless they say tax; where prices contain it, gross is each line's price divided by one plus its rate and
rounded, net is what was paid less the tax stated on the line, and the discount is their difference.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from include.sandbox.truth.moments import half_up, happened, local_day, money
from include.sandbox.truth.rules import is_own_shop
from include.sandbox.truth.unit_costs import costs_of_variants, deleted_by
from include.sandbox.world.model import Customer, Order, OrderLine, Refund, RefundLine, World


@dataclass(slots=True)
class LineTruth:
    """A line's amounts in minor units."""

    line: OrderLine
    is_sale: bool
    unit_price: int
    gross: int
    net: int

    @property
    def discount(self) -> int:
        return self.gross - self.net


class Sales:
    """The shop's sales as they can be known at `now`; amounts come out as Decimals of the currency. A shop without
    an ERP notes its costs itself, so those of what it deleted before anybody's `first_look` are lost."""

    def __init__(self, world: World, now: datetime, first_look: datetime | None = None):
        self.world, self.now = world, now
        cards = {product.id for product in world.products if product.is_gift_card}
        self._gift_cards = {variant.id for variant in world.variants if variant.product_id in cards}
        lost = deleted_by(world, first_look) if first_look and not world.suppliers else set()
        self._costs = {key: cost for key, cost in costs_of_variants(world).items() if key not in lost}
        self.orders = [order for order in world.orders if happened(order.created_at, now)]
        self._people = {one.id: person(world, one) for one in world.customers}
        self.firsts = first_orders([self])
        self._known_lines: dict[int, list[LineTruth]] = {}

    def is_voided(self, order: Order) -> bool:
        """Cancelled before anything was paid."""
        return not self.is_paid(order) and happened(order.cancelled_at, self.now)

    def is_paid(self, order: Order) -> bool:
        """A payment went through, or there was nothing to pay."""
        return happened(order.paid_at, self.now) or self._to_pay(order) == 0

    def is_sale(self, order: Order) -> bool:
        """Counts as an order: no test, not voided, and more than gift cards."""
        return any(line.is_sale for line in self.lines(order))

    def is_first(self, order: Order) -> bool:
        """Its buyer's first paid order in our own shops: in this one, unless told of all (`firsts`)."""
        return order.id in self.firsts

    def lines(self, order: Order) -> list[LineTruth]:
        """The order's lines with their amounts and whether they count."""
        known = self._known_lines.get(order.id)
        if known is None:
            counts = not order.test and not self.is_voided(order)
            known = [self._line(one, counts and not self.is_gift_card(one.variant_id)) for one in order.lines]
            self._known_lines[order.id] = known
        return known

    def refunds(self, order: Order) -> list[Refund]:
        return [refund for refund in order.refunds if happened(refund.at, self.now)]

    def kind(self, order: Order, refund: Refund, line: RefundLine) -> str:
        """'cancel' when the goods had not left the house, else 'damaged' or 'return'."""
        left = [parcel.created_at for parcel in order.parcels if happened(parcel.created_at, self.now)]
        if line.restock_type == "CANCEL" or not left or min(left) > refund.at:
            return "cancel"
        return "damaged" if line.restock_type == "NO_RESTOCK" else "return"

    def adjustment(self, order: Order, refund: Refund) -> int:
        """Money given back without goods, in minor units; nothing can be given back before it was paid."""
        if order.paid_at is None or order.paid_at > refund.at:
            return -sum(line.subtotal_minor + line.tax_minor for line in refund.lines)
        return refund.goodwill_minor + refund.shipping_minor

    def is_gift_card(self, variant_id: int) -> bool:
        return variant_id in self._gift_cards

    def unit_cost(self, variant_id: int) -> int | None:
        return self._costs.get(variant_id)

    def order(self, order: Order) -> dict[str, object]:
        """The amounts of `fct_orders` for one order."""
        lines = [line for line in self.lines(order) if line.is_sale]
        back: dict[str, int] = defaultdict(int)
        for _, line, kind in self.refunded(order):
            back["cancel" if kind == "cancel" else "return"] += line.subtotal_minor
            back["tax"] += line.tax_minor
        gross, discount = sum(line.gross for line in lines), sum(line.discount for line in lines)
        net = gross - discount - back["return"] - back["cancel"]
        tax, shipping = self.tax(order) - back["tax"], self.shipping(order)
        return {
            "order_name": order.name,
            "business_date": local_day(self.world, order.created_at),
            "is_test": order.test,
            "is_cancelled": happened(order.cancelled_at, self.now),
            "is_voided": self.is_voided(order),
            "is_sale": self.is_sale(order),
            "units": sum(line.line.quantity for line in lines),
            **{
                name: money(self.world, amount)
                for name, amount in (
                    ("gross_sales_amount", gross),
                    ("discounts_amount", discount),
                    ("returns_amount", back["return"]),
                    ("cancelled_amount", back["cancel"]),
                    ("net_sales_amount", net),
                    ("tax_amount", tax),
                    ("shipping_amount", shipping),
                    ("total_sales_amount", net + tax + shipping),
                )
            },
        }

    def tax(self, order: Order) -> int:
        """All tax charged on a sale, gift cards' (none) and shipping's included."""
        if not self.is_sale(order):
            return 0
        return sum(line.tax_minor for line in order.lines) + order.shipping_tax_minor

    def shipping(self, order: Order) -> int:
        """The shipping price of a sale without its tax."""
        if not self.is_sale(order):
            return 0
        inside = order.shipping_tax_minor if self.world.company.taxes_included else 0
        return order.shipping_minor - inside

    def refund_lines(self) -> list[dict[str, object]]:
        """The rows of `fct_refund_lines`, adjustments included."""
        rows: list[dict[str, object]] = []
        for order in self.orders:
            for refund in self.refunds(order):
                day = local_day(self.world, refund.at)
                for line in refund.lines:
                    rows.append(
                        self._row(
                            order, day, self.kind(order, refund, line), line.quantity, line.subtotal_minor
                        )
                    )
                if self.adjustment(order, refund):
                    rows.append(self._row(order, day, "adjustment", 0, self.adjustment(order, refund)))
        return rows

    def _row(self, order: Order, day: date, kind: str, quantity: int, minor: int) -> dict[str, object]:
        return {
            "order_name": order.name,
            "order_date": local_day(self.world, order.created_at),
            "refund_date": day,
            "kind": kind,
            "quantity": quantity,
            "amount": money(self.world, minor),
        }

    def refunded(self, order: Order) -> list[tuple[Refund, RefundLine, str]]:
        """Refund lines of sale lines with their kind."""
        selling = {line.line.id for line in self.lines(order) if line.is_sale}
        return [
            (refund, line, self.kind(order, refund, line))
            for refund in self.refunds(order)
            for line in refund.lines
            if line.line_id in selling
        ]

    def _line(self, line: OrderLine, is_sale: bool) -> LineTruth:
        listed = line.unit_price_minor * line.quantity
        net = listed - line.discount_minor
        if not self.world.company.taxes_included:
            return LineTruth(line, is_sale, line.unit_price_minor, listed, net)
        # No tax line is shown for a tax of nothing, so its rate is not known either.
        rate = Decimal(str(line.tax_rate)) if line.tax_minor else Decimal(0)
        price, gross = half_up(line.unit_price_minor / (1 + rate)), half_up(listed / (1 + rate))
        return LineTruth(line, is_sale, price, gross, net - line.tax_minor)

    def _to_pay(self, order: Order) -> int:
        goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
        tax = sum(line.tax_minor for line in order.lines) + order.shipping_tax_minor
        return goods + order.shipping_minor + (0 if self.world.company.taxes_included else tax)

    def who(self, customer_id: int) -> str:
        """The person behind a customer number, the same in all stores."""
        return self._people.get(customer_id) or f"{self.world.company.shop_domain}/{customer_id}"

    def persons_orders(self) -> list[tuple[str, Order]]:
        """The paid orders in our own shops of buyers who are known, with who they are."""
        return [
            (self.who(order.customer_id), order)
            for order in self.orders
            if order.customer_id is not None
            and not order.test
            and self.is_paid(order)
            and is_own_shop(order.channel)
        ]


def person(world: World, customer: Customer) -> str:
    """Who somebody is, in all stores of the company: their mail address, else their number in the store."""
    return (customer.email or "").strip().lower() or f"{world.company.shop_domain}/{customer.id}"


def first_orders(shops: Iterable[Sales]) -> set[int]:
    """Everybody's first paid order over all of these shops."""
    firsts: dict[str, Order] = {}
    for shop in shops:
        for who, order in shop.persons_orders():
            known = firsts.get(who)
            if known is None or (order.created_at, order.id) < (known.created_at, known.id):
                firsts[who] = order
    return {order.id for order in firsts.values()}
