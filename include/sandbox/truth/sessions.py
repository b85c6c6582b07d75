"""Visits of people who let themselves be recognised, and what was looked at, wanted and bought.

A visit is one person's events with no pause of more than 30 minutes between them. It converted when the
same person ordered in the same store from its start until a day after its end. Events of 10:00, 10:30
and 11:01 are two visits. What the shop's analytics have not heard of yet is not known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from include.sandbox.truth.moments import happened, local_day, ratio
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
    events: int
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


def interest(world: World, now: datetime, day: date) -> dict[tuple[int, date], dict[str, object]]:
    """The rows of `mart_product_interest_daily` by (product id, business date) of a store: the looks, the different people
    who viewed, added, started a checkout with and bought it, the units bought, and the 28 days up to each date. Buyers
    are all whose order names them, seen or not. What was looked at lately is told for `day` too."""
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
    for product, bought_on, order, quantity in _bought(shop):
        units[product, bought_on] += quantity
        if order.customer_id is not None:
            people[product, bought_on]["buyers"].add(shop.who(order.customer_id))
    lookers = Lookers(world, now, day)
    return {
        key: {name: len(people[key][name]) for name in (*names.values(), "buyers")}
        | {"units": units[key], "views": looks[key]}
        | lookers.row(*key)
        for key in sorted({*people, *units, *((product, day) for product in lookers.lately)})
    }


class Lookers:
    """Who looked at a product in 28 days, and who of them bought it on the day of their first look or later.

    Much viewed and little bought is what at least twenty people looked at, of whom at most half as large a share
    bought it as of all lookers in the shop in the 28 days up to `day`.
    """

    def __init__(self, world: World, now: datetime, day: date):
        product_of = {one.id: one.product_id for one in world.variants}
        self._looks: dict[int, dict[str, set[date]]] = defaultdict(lambda: defaultdict(set))
        self._bought: dict[tuple[int, str], set[date]] = defaultdict(set)
        shop = Sales(world, now)
        for event in world.browsing:
            if event.kind == VIEWED and happened(told_at(event), now):
                who, when = shop.who(event.customer_id), local_day(world, event.at)
                self._looks[product_of[event.variant_id]][who].add(when)
        for product, when, order, _ in _bought(shop):
            if order.customer_id is not None:
                self._bought[product, shop.who(order.customer_id)].add(when)
        found = {product: self.counts(product, day) for product in list(self._looks)}
        self.lately = [product for product, (viewers, _) in found.items() if viewers]
        viewers, buyers = (sum(counts) for counts in zip((0, 0), *found.values(), strict=True))
        self._limit = Fraction(buyers, viewers or 1) / 2

    def counts(self, product: int, day: date) -> tuple[int, int]:
        """Viewers and those who bought, in the 28 days up to a day."""
        viewers = buyers = 0
        for who, days in self._looks.get(product, {}).items():
            first = min((one for one in days if 0 <= (day - one).days < LOOKED_DAYS), default=None)
            viewers += first is not None
            buyers += first is not None and any(
                first <= one <= day for one in self._bought.get((product, who), ())
            )
        return viewers, buyers

    def row(self, product: int, day: date) -> dict[str, object]:
        viewers, buyers = self.counts(product, day)
        return {
            "viewers_28d": viewers,
            "viewers_who_bought_28d": buyers,
            "view_to_order_rate": ratio(buyers, viewers, 6),
            "is_viewed_not_bought": viewers >= FEWEST_LOOKERS and Fraction(buyers, viewers) <= self._limit,
        }


def viewed_not_bought(world: World, now: datetime, day: date) -> set[int]:
    """The products (ids) that are looked at often and bought seldom."""
    lookers = Lookers(world, now, day)
    return {product for product in lookers.lately if lookers.row(product, day)["is_viewed_not_bought"]}


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
        events=len(events),
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
