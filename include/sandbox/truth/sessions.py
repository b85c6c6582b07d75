"""Visits of people who let themselves be recognised, and what was looked at, wanted and bought.

A visit is one person's events with no pause of more than 30 minutes between them. It converted when the
same person ordered in the same store from its start until a day after its end. Events of 10:00, 10:30
and 11:01 are two visits. What the shop's analytics have not heard of yet is not known.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from include.sandbox.truth.moments import happened, local_day
from include.sandbox.truth.sales import Sales
from include.sandbox.world.hearsay import told_at
from include.sandbox.world.model import Browsing, Order, World

PAUSE = timedelta(minutes=30)
CONVERTS_WITHIN = timedelta(hours=24)
LOOKED_DAYS, FEWEST_LOOKERS = 28, 20
VIEWED, ADDED, STARTED = "Viewed Product", "Added to Cart", "Started Checkout"


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of `fct_sessions`. `views` and `carts_added` count events, `products_viewed` different products,
    `checkouts_started` different checkouts."""

    customer_id: int
    started_at: datetime
    ended_at: datetime
    business_date: date
    products_viewed: int
    views: int
    carts_added: int
    checkouts_started: int
    order_name: str | None

    @property
    def is_converted(self) -> bool:
        return self.order_name is not None


def visits(world: World, now: datetime) -> list[Visit]:
    """All visits as known at `now`, oldest first."""
    events: dict[int, list[Browsing]] = defaultdict(list)
    for event in world.browsing:
        if happened(told_at(event), now):
            events[event.customer_id].append(event)
    orders = _orders_by_customer(world, now)
    product_of = {one.id: one.product_id for one in world.variants}
    found = [
        _visit(world, list(part), orders.get(customer, []), product_of)
        for customer, theirs in events.items()
        for part in _parts(sorted(theirs, key=lambda event: event.at))
    ]
    return sorted(found, key=lambda visit: (visit.started_at, visit.customer_id))


def interest(world: World, now: datetime) -> dict[tuple[int, date], dict[str, int]]:
    """By (product id, business date) of a store: the looks, the different people who viewed, added, started a
    checkout with and bought it, and the units bought. Buyers are all whose order names them, seen or not."""
    people: dict[tuple[int, date], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    product_of = {one.id: one.product_id for one in world.variants}
    shop = Sales(world, now)
    units: dict[tuple[int, date], int] = defaultdict(int)
    looks: dict[tuple[int, date], int] = defaultdict(int)
    names = {VIEWED: "viewers", ADDED: "adders", STARTED: "checkout_starters"}
    for event in world.browsing:
        if happened(told_at(event), now):
            key = (product_of[event.variant_id], local_day(world, event.at))
            people[key][names[event.kind]].add(shop.who(event.customer_id))
            looks[key] += event.kind == VIEWED
    for product, day, order, quantity in _bought(shop):
        units[product, day] += quantity
        if order.customer_id is not None:
            people[product, day]["buyers"].add(shop.who(order.customer_id))
    return {
        key: {name: len(people[key][name]) for name in (*names.values(), "buyers")}
        | {"units": units[key], "views": looks[key]}
        for key in sorted({*people, *units})
    }


@dataclass(frozen=True, slots=True)
class Looked:
    """A product's 28 days: who looked, and how many of them bought it on the day of their first look or later."""

    viewers: int
    buyers: int
    is_viewed_not_bought: bool


def looked(world: World, now: datetime, day: date) -> dict[int, Looked]:
    """By product id, of everything looked at in the 28 days up to `day`. Much viewed and little bought is what at
    least twenty people looked at, of whom at most half as large a share bought it as of all lookers in the shop."""
    product_of = {one.id: one.product_id for one in world.variants}
    first_look: dict[tuple[int, str], date] = {}
    shop = Sales(world, now)
    for event in world.browsing:
        when = local_day(world, event.at)
        if event.kind == VIEWED and happened(told_at(event), now) and 0 <= (day - when).days < LOOKED_DAYS:
            key = (product_of[event.variant_id], shop.who(event.customer_id))
            first_look[key] = min(when, first_look.get(key, when))
    bought = {
        (product, shop.who(order.customer_id))
        for product, when, order, _ in _bought(shop)
        if order.customer_id is not None
        and first_look.get((product, shop.who(order.customer_id)), date.max) <= when <= day
    }
    lookers, buyers = Counter(product for product, _ in first_look), Counter(product for product, _ in bought)
    limit = Fraction(len(bought), len(first_look) or 1) / 2
    return {
        product: Looked(
            count, buyers[product], count >= FEWEST_LOOKERS and Fraction(buyers[product], count) <= limit
        )
        for product, count in lookers.items()
    }


def viewed_not_bought(world: World, now: datetime, day: date) -> set[int]:
    """The products (ids) that are looked at often and bought seldom."""
    return {product for product, one in looked(world, now, day).items() if one.is_viewed_not_bought}


def _bought(shop: Sales) -> Iterator[tuple[int, date, Order, int]]:
    """(product, business date, order, units) of every sale line. The line of a product that was deleted since no
    longer says what it was."""
    deleted = {product.id for product in shop.world.products if happened(product.deleted_at, shop.now)}
    product_of = {one.id: one.product_id for one in shop.world.variants if one.product_id not in deleted}
    for order in shop.orders:
        day = local_day(shop.world, order.created_at)
        for line in shop.lines(order):
            if line.is_sale and line.line.variant_id in product_of:
                yield product_of[line.line.variant_id], day, order, line.line.quantity


def _parts(events: Iterable[Browsing]) -> Iterator[list[Browsing]]:
    part: list[Browsing] = []
    for event in events:
        if part and event.at - part[-1].at > PAUSE:
            yield part
            part = []
        part.append(event)
    if part:
        yield part


def _visit(world: World, events: list[Browsing], orders: list[Order], product_of: dict[int, int]) -> Visit:
    start, end = events[0].at, events[-1].at
    bought = [order for order in orders if start <= order.created_at <= end + CONVERTS_WITHIN]
    first = min(bought, key=lambda order: (order.created_at, order.id), default=None)
    viewed = [event for event in events if event.kind == VIEWED]
    return Visit(
        customer_id=events[0].customer_id,
        started_at=start,
        ended_at=end,
        business_date=local_day(world, start),
        products_viewed=len({product_of[event.variant_id] for event in viewed}),
        views=len(viewed),
        carts_added=sum(event.kind == ADDED for event in events),
        checkouts_started=len({event.checkout_id for event in events if event.kind == STARTED}),
        order_name=first.name if first else None,
    )


def _orders_by_customer(world: World, now: datetime) -> dict[int, list[Order]]:
    """Orders that are neither tests nor voided, by who placed them."""
    shop, orders = Sales(world, now), defaultdict(list)
    for order in shop.orders:
        if order.customer_id is not None and not order.test and not shop.is_voided(order):
            orders[order.customer_id].append(order)
    return orders
