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
    """By (product id, business date) of a store: the different people who viewed, added, started a checkout
    with and bought it, and the units bought. Buyers are all whose order names them, seen or not."""
    people: dict[tuple[int, date], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    product_of = {one.id: one.product_id for one in world.variants}
    shop = Sales(world, now)
    units: dict[tuple[int, date], int] = defaultdict(int)
    names = {VIEWED: "viewers", ADDED: "adders", STARTED: "checkout_starters"}
    for event in world.browsing:
        if happened(told_at(event), now):
            key = (product_of[event.variant_id], local_day(world, event.at))
            people[key][names[event.kind]].add(shop.who(event.customer_id))
    for order in shop.orders:
        for line in shop.lines(order):
            if line.is_sale:
                key = (product_of[line.line.variant_id], local_day(world, order.created_at))
                units[key] += line.line.quantity
                if order.customer_id is not None:
                    people[key]["buyers"].add(shop.who(order.customer_id))
    return {
        key: {name: len(people[key][name]) for name in (*names.values(), "buyers")} | {"units": units[key]}
        for key in sorted({*people, *units})
    }


def viewed_not_bought(world: World, now: datetime, day: date) -> set[int]:
    """Products (ids) that at least twenty people looked at in the 28 days up to `day`, of whom at most half
    as large a share bought them afterwards as of all lookers in the shop."""
    product_of = {one.id: one.product_id for one in world.variants}
    first_look: dict[tuple[int, str], date] = {}
    shop = Sales(world, now)
    for event in world.browsing:
        when = local_day(world, event.at)
        if event.kind == VIEWED and happened(told_at(event), now) and 0 <= (day - when).days < LOOKED_DAYS:
            key = (product_of[event.variant_id], shop.who(event.customer_id))
            first_look[key] = min(when, first_look.get(key, when))
    bought = {
        (product_of[line.line.variant_id], shop.who(order.customer_id))
        for order in shop.orders
        if order.customer_id is not None
        for line in shop.lines(order)
        if line.is_sale
        and _is_after_look(world, shop, order, product_of[line.line.variant_id], first_look, day)
    }
    lookers, buyers = Counter(product for product, _ in first_look), Counter(product for product, _ in bought)
    share_of_all = Fraction(len(bought), len(first_look) or 1)
    return {
        product
        for product, count in lookers.items()
        if count >= FEWEST_LOOKERS and Fraction(buyers[product], count) <= share_of_all / 2
    }


def _is_after_look(
    world: World, shop: Sales, order: Order, product: int, first_look: dict[tuple[int, str], date], day: date
) -> bool:
    looked = first_look.get((product, shop.who(order.customer_id or 0)))
    return looked is not None and looked <= local_day(world, order.created_at) <= day


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
