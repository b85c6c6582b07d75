"""What known people looked at: visits that led to their orders and abandoned checkouts, and idle ones.

Only people with a mail address who let themselves be recognised are seen, about a third of the visits,
from a hundred days before today on. A visit's events precede the checkout or order it led to; a visit of
somebody whose account is minutes old is squeezed in between.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

from include.sandbox.world.days import DAY, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Browsing, Checkout, Customer, Order, Variant, World

HISTORY_DAYS = 100
SEEN_BUYING, SEEN_LEAVING = 0.28, 0.6
IDLE_SHARE = 0.16  # idle visits per order of the day
WINDOW_SHOPPING = 10  # slow sellers that are much looked at and little bought
FIRST_CHECKOUT_ID = 37_000_000_000
VIEWED, ADDED, STARTED = "Viewed Product", "Added to Cart", "Started Checkout"

Fact = TypeVar("Fact", Order, Checkout)
Want = tuple[int, int, int]  # variant id, quantity, unit price


class Visitors:
    """Knows who can be recognised and what the shop shows."""

    def __init__(self, world: World, dice: Dice, clock: LocalClock):
        self._dice, self._clock = dice, clock
        self._people = {one.id: one for one in world.customers if one.email}
        removed = {product.id: product.deleted_at for product in world.products}
        launched = {product.id: product.created_at for product in world.products}
        self._until = {one.id: removed[one.product_id] for one in world.variants}
        self._since = {one.id: launched[one.product_id] for one in world.variants}
        self._variants = {one.id: one for one in world.variants}
        goods = [one for one in world.variants if "GIFT-" not in one.sku]
        roll = dice.roll("shop-window", 0)
        slow = _slowest(goods, world.orders, clock.midnight(world.first_day + timedelta(days=28)))
        self._window = roll.sample(slow, min(WINDOW_SHOPPING, len(slow)))
        self._goods = goods

    def on(self, day: date, orders: list[Order], checkouts: list[Checkout]) -> list[Browsing]:
        """The events of a day's visits, a visit's together."""
        roll = self._dice.roll("browsing", day)
        events: list[Browsing] = []
        for checkout in checkouts:
            who = self._people.get(checkout.customer_id or 0)
            if who and checkout.created_at > who.created_at and roll.random() < SEEN_LEAVING:
                wants = [(one.variant_id, one.quantity, one.unit_price_minor) for one in checkout.lines]
                self._visit(roll, events, who, checkout.created_at, wants, checkout.id)
        for order in orders:
            who = self._people.get(order.customer_id or 0)
            if who and not order.test and roll.random() < SEEN_BUYING:
                bought = [(one.variant_id, one.quantity, one.unit_price_minor) for one in order.lines]
                number = FIRST_CHECKOUT_ID + order.id % 1_000_000_000
                self._visit(roll, events, who, order.created_at, bought, number)
        known = [who for order in orders if (who := self._people.get(order.customer_id or 0))]
        for _ in range(round(len(orders) * IDLE_SHARE)):
            if known:
                self._idle(roll, events, roll.choice(known), day)
        return [_numbered(event, day, n) for n, event in enumerate(events)]

    def _visit(
        self,
        roll: Random,
        events: list[Browsing],
        who: Customer,
        end: datetime,
        wants: list[Want],
        checkout: int,
    ) -> None:
        """Looks at some of what it wants and at something else, fills the cart, starts the checkout."""
        seen = wants[: roll.choice((1, 1, 2, 3))]
        steps = [(VIEWED, want) for want in seen]
        if roll.random() < 0.4:
            steps.insert(roll.randint(0, len(steps)), (VIEWED, self._something(roll, end)))
        steps += [(ADDED, want) for want in seen if roll.random() < 0.9]
        start = max(end - timedelta(seconds=roll.randint(200, 1_700)), who.created_at)
        room = (end - start) / (len(steps) + 2)
        for n, (kind, want) in enumerate(steps):
            _add(events, start + room * (n + 1), kind, who, want)
        for want in wants:
            _add(events, end - room, STARTED, who, want, checkout)

    def _idle(self, roll: Random, events: list[Browsing], who: Customer, day: date) -> None:
        """Somebody just looks; one in six puts something into the cart all the same."""
        at = self._clock.at(day, roll.randint(25_000, 84_000))
        if at <= who.created_at:
            return
        want = self._something(roll, at)
        for _ in range(roll.choice((1, 2, 2, 3, 4))):
            want = self._something(roll, at)
            _add(events, at, VIEWED, who, want)
            at += timedelta(seconds=roll.randint(15, 400))
        if roll.random() < 1 / 6:
            _add(events, at, ADDED, who, want)

    def _something(self, roll: Random, at: datetime) -> Want:
        """A thing in the shop window half of the time, else anything."""
        while True:
            variant = roll.choice(self._window if roll.random() < 0.5 else self._goods)
            until = self._until[variant.id]
            if self._since[variant.id] <= at and (until is None or at < until):
                return variant.id, 1, _price(variant, at)


def visits(world: World, dice: Dice, clock: LocalClock, today: date) -> list[Browsing]:
    """Every event from a hundred days before `today` to the world's end, oldest first."""
    visitors = Visitors(world, dice, clock)
    day = max(world.first_day, today - timedelta(days=HISTORY_DAYS))
    orders = _by_day(world.orders, clock)
    checkouts = _by_day((one for one in world.checkouts if one.completed_at is None), clock)
    events: list[Browsing] = []
    while day <= world.last_day:
        events += visitors.on(day, orders.get(day, []), checkouts.get(day, []))
        day += DAY
    return sorted(events, key=lambda event: (event.at, event.id))


def _by_day(facts: Iterable[Fact], clock: LocalClock) -> dict[date, list[Fact]]:
    by_day: dict[date, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_day[clock.day_of(fact.created_at)].append(fact)
    return by_day


def _slowest(goods: list[Variant], orders: list[Order], until: datetime) -> list[Variant]:
    """The third of the goods that sold least in the first weeks, which no later story changes."""
    early = Counter(line.variant_id for o in orders if o.created_at < until for line in o.lines)
    return sorted(goods, key=lambda one: (early[one.id], one.id))[: max(1, len(goods) // 3)]


def _price(variant: Variant, at: datetime) -> int:
    place = bisect_right(variant.prices, at, key=lambda change: change.at)
    return variant.prices[max(0, place - 1)].price_minor


def _add(
    events: list[Browsing], at: datetime, kind: str, who: Customer, want: Want, checkout: int | None = None
) -> None:
    variant, quantity, price = want
    count = 1 if kind == VIEWED else quantity
    at = at.replace(microsecond=0)
    events.append(Browsing("", at, kind, who.id, variant, count, price * count, checkout))


def _numbered(event: Browsing, day: date, number: int) -> Browsing:
    return Browsing(
        f"bw{day:%y%m%d}{number:05d}", event.at, event.kind, event.customer_id, event.variant_id,
        event.quantity, event.value_minor, event.checkout_id,
    )  # fmt: skip
