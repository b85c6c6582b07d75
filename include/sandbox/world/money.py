"""The arithmetic of an order's lines: tax on top or inside, and what is left to give back."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from include.sandbox.world.model import OrderLine, RefundLine


def rounded(amount: Decimal) -> int:
    """Half up, as shops round."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def tax_of(amount_minor: int, rate: float, is_inside: bool) -> int:
    """The tax on an amount, or the tax contained in it: 1190 at 19 % inside holds 190."""
    exact_rate = Decimal(str(rate))
    if is_inside:
        return amount_minor - rounded(Decimal(amount_minor) / (1 + exact_rate))
    return rounded(amount_minor * exact_rate)


def line_net(line: OrderLine, taxes_included: bool) -> int:
    """What a line earns: after discounts, without tax."""
    paid = line.unit_price_minor * line.quantity - line.discount_minor
    return paid - line.tax_minor if taxes_included else paid


class Refundable:
    """What of an order's lines has not gone back yet; the last unit takes the rounding with it."""

    def __init__(self, lines: Iterable[OrderLine], taxes_included: bool):
        self._left = {
            line.id: [line.quantity, line_net(line, taxes_included), line.tax_minor] for line in lines
        }

    def quantity(self, line_id: int) -> int:
        return self._left[line_id][0]

    def take(
        self, number: int, line_id: int, quantity: int, restock_type: str, location_id: int | None
    ) -> RefundLine:
        """The refund line `number` for that many units of a line."""
        left, amount, tax = self._left[line_id]
        if not 0 < quantity <= left:
            raise ValueError(f"line {line_id}: cannot give back {quantity} of {left}")
        subtotal, tax_back = amount * quantity // left, tax * quantity // left
        self._left[line_id] = [left - quantity, amount - subtotal, tax - tax_back]
        return RefundLine(number, line_id, quantity, subtotal, tax_back, restock_type, location_id)
