"""Checkouts begun and left: some people come back and finish, some buy anew, most are gone."""

from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.book import Basket
from include.sandbox.world.catalogue import Catalogue
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Checkout, CheckoutLine, Order

FIRST_ABANDONED_ID, FIRST_RECOVERED_ID = 38_000_000_000, 39_000_000_000
ABANDONED_SHARE = 0.22
RECOVERED_SHARE = 0.05
KNOWN_SHARE = 0.7


def abandoned_on(
    day: date, baskets: list[Basket], orders: list[Order], catalogue: Catalogue, dice: Dice, offset: int = 0
) -> list[Checkout]:
    """The day's checkouts that nobody finished; `orders` are all orders so far."""
    roll = dice.roll("abandoned", day)
    left: list[Checkout] = []
    for _ in range(round(len(baskets) * roll.uniform(0.6, 1.4) * ABANDONED_SHARE)):
        wanted = roll.choice(baskets)
        at = wanted.at + timedelta(seconds=roll.randint(-3_000, 3_000))
        if at.date() != wanted.at.date():
            at = wanted.at
        who = roll.choice(orders).customer_id if orders and roll.random() < KNOWN_SHARE else None
        lines = _lines(roll, wanted, catalogue)
        if lines:
            number = FIRST_ABANDONED_ID + offset + day.toordinal() * 1_000 + len(left)
            left.append(Checkout(number, who, at, at + timedelta(seconds=roll.randint(20, 1_500)), lines))
    return left


def recovered_by(order: Order, roll: Random, offset: int = 0) -> Checkout | None:
    """A few orders had been begun before: finished in the same checkout, or bought anew."""
    if order.test or roll.random() >= RECOVERED_SHARE:
        return None
    at = order.created_at - timedelta(seconds=roll.randint(5_400, 3 * 86_400))
    same_checkout, is_known = roll.random() < 0.6, roll.random() < KNOWN_SHARE
    lines = [CheckoutLine(line.variant_id, line.quantity, line.unit_price_minor) for line in order.lines]
    updated = at + timedelta(seconds=roll.randint(20, 1_500))
    number = FIRST_RECOVERED_ID + offset + order.id % 1_000_000_000
    checkout = Checkout(number, order.customer_id, at, updated, lines)
    if same_checkout or not is_known:
        checkout.completed_at, checkout.order_id = order.created_at, order.id
        checkout.customer_id = order.customer_id if is_known else None
    return checkout


def _lines(roll: Random, wanted: Basket, catalogue: Catalogue) -> list[CheckoutLine]:
    chosen = wanted.lines[: roll.randint(1, 6)]
    return [
        CheckoutLine(catalogue.variant_of_item[line.item].id, line.quantity, line.unit_price_minor)
        for line in chosen
        if catalogue.is_sold(line.item, wanted.at)
    ]


def in_order(checkouts: list[Checkout], start: datetime) -> list[Checkout]:
    """Those that began after the company did, oldest first."""
    return sorted(
        (one for one in checkouts if one.created_at > start), key=lambda one: (one.created_at, one.id)
    )
