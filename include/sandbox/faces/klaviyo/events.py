"""Events: what known people did in the shop, named as Shopify's integration names it.

Quirks kept: a begun checkout is ONE event (`visits.py`), an order placed is one too (`orders.py`); and one event in forty
arrives hours or days after it happened (`told_at`), dated when it happened. There is no way to ask for events by when
they arrived.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.klaviyo import orders, visits
from include.sandbox.faces.klaviyo.filters import RANGES, Allowed, Condition, conditions
from include.sandbox.faces.klaviyo.metrics import METRICS, PLACED, Metrics
from include.sandbox.faces.klaviyo.pages import Asked, shown
from include.sandbox.faces.klaviyo.people import Profiles
from include.sandbox.world.hearsay import order_told_at, same_event, told_at
from include.sandbox.world.model import Browsing, Order

PAGE, LARGEST_PAGE = 200, 1000
FILTERS: Allowed = {
    **dict.fromkeys(("metric_id", "profile_id"), ("equals",)),
    **dict.fromkeys(("metric", "profile"), ("has",)),
    **dict.fromkeys(("datetime", "timestamp"), RANGES),
}
INCLUDES = ("attributions", "metric", "profile")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One or, of a checkout, several of the world's visits as one event; or an order."""

    id: str
    kind: str
    at: datetime
    told_at: datetime
    profile_id: str
    lines: tuple[Browsing, ...] = ()
    order: Order | None = None

    @property
    def place(self) -> tuple[int, str]:
        return int(self.at.timestamp()), self.id


class Events:
    """The world's browsing and its shop's orders as Klaviyo tells of them at an instant."""

    def __init__(self, sandbox: Sandbox, profiles: Profiles):
        self._clock, self._profiles = sandbox.clock, profiles
        self._company, self._browsing = sandbox.world.company, sandbox.world.browsing
        self._orders, self._customers = sandbox.world.orders, {one.id: one for one in sandbox.world.customers}
        self.metrics = Metrics(min((b.at for b in sandbox.world.browsing), default=sandbox.clock.now()))
        self._variants = {variant.id: variant for variant in sandbox.world.variants}
        self._products = {product.id: product for product in sandbox.world.products}

    @cached_property
    def _pools(self) -> dict[str, list[Event]]:
        """Events in the order they happened, by metric; all of them under ''. Made when first asked for."""
        found = [*_events(self._browsing, self._profiles), *_placed(self._orders, self._profiles)]
        everything = sorted(found, key=lambda event: event.place)
        pools = {metric: [e for e in everything if e.kind == kind] for kind, (metric, *_) in METRICS.items()}
        return {**pools, "": everything}

    def page(self, asked: Asked) -> Row:
        """GET /events."""
        _, is_descending = asked.order(("datetime", "timestamp"), "-datetime")
        wanted = conditions(asked.get("filter"), FILTERS)
        include = asked.many("include", INCLUDES)
        size, after = asked.size(PAGE, LARGEST_PAGE), asked.after()
        chosen, links = asked.page(self._found(wanted, after, is_descending), size, lambda event: event.place)
        page: Row = {"data": [self._event(event, asked) for event in chosen], "links": links}
        if include:
            page["included"] = self._included(chosen, include, asked)
        return page

    def _found(self, wanted: list[Condition], after: Any, is_descending: bool) -> Iterator[Event]:
        """Events told by now that fulfil the conditions, those after the cursor's place only."""
        now, pool = self._clock.now(), self._pools[""]
        for condition in wanted:
            if condition.field in ("metric_id", "metric"):
                pool = self._pools.get(condition.value, [])
        low, high = _range(pool, wanted)
        if after and is_descending:
            high = min(high, bisect_left(pool, after, key=lambda event: event.place))
        elif after:
            low = max(low, bisect_right(pool, after, key=lambda event: event.place))
        people = [c.value for c in wanted if c.field in ("profile_id", "profile")]
        for place in range(high - 1, low - 1, -1) if is_descending else range(low, high):
            event = pool[place]
            if event.told_at <= now and all(event.profile_id == person for person in people):
                yield event

    def _event(self, event: Event, asked: Asked) -> Row:
        seconds = int(event.at.timestamp())
        attributes = {
            "timestamp": seconds,
            "event_properties": self._properties(event),
            "datetime": event.at.isoformat(timespec="seconds"),
            "uuid": f"{hashlib.md5(event.id.encode(), usedforsecurity=False).hexdigest()[:20]}-0000",
        }
        link = f"{asked.base}/events/{event.id}"
        related: Row = {"attributions": {"data": []}}
        for name, key in (("profile", event.profile_id), ("metric", METRICS[event.kind][0])):
            links = {"self": f"{link}/relationships/{name}", "related": f"{link}/{name}"}
            related[name] = {"data": {"type": name, "id": key}, "links": links}
        return {
            "type": "event",
            "id": event.id,
            "attributes": shown(attributes, asked.many("fields[event]")),
            "relationships": related,
            "links": {"self": link},
        }

    def _properties(self, event: Event) -> Row:
        if event.order and event.order.customer_id is not None:
            buyer = self._customers[event.order.customer_id]
            return orders.properties(event.order, self._company, buyer, self._variants, self._products)
        return visits.properties(event.kind, event.lines, self._company, self._variants, self._products)

    def _included(self, chosen: list[Event], include: list[str], asked: Asked) -> list[Row]:
        found: list[Row] = []
        if "metric" in include:
            found += [self.metrics.one(kind, asked) for kind in sorted({event.kind for event in chosen})]
        if "profile" in include:
            people = sorted({event.profile_id for event in chosen})
            found += [self._profiles.resource(row, asked, []) for row in self._profiles.rows(people)]
        return found


def _events(browsing: list[Browsing], profiles: Profiles) -> Iterator[Event]:
    """A checkout's lines belong together; everything else stands alone. Who has no e-mail is not told of."""
    families: dict[str, list[Browsing]] = {}
    for fact in browsing:
        families.setdefault(same_event(fact), []).append(fact)
    for lines in families.values():
        first = lines[0]
        profile_id = profiles.id_of_customer(first.customer_id)
        if profile_id:
            at = first.at.replace(microsecond=0)  # Klaviyo counts in seconds
            name = _event_id(same_event(first))
            yield Event(name, first.kind, at, told_at(first), profile_id, tuple(lines))


def _placed(placed: list[Order], profiles: Profiles) -> Iterator[Event]:
    """Orders of people with an e-mail, whatever became of them."""
    for order in placed:
        profile_id = None if order.customer_id is None else profiles.id_of_customer(order.customer_id)
        if profile_id:
            at, name = order.created_at.replace(microsecond=0), _event_id(f"order {order.id}")
            yield Event(name, PLACED, at, order_told_at(order), profile_id, order=order)


def _event_id(fact: str) -> str:
    number = int.from_bytes(hashlib.sha256(fact.encode()).digest()[:10], "big")
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(12))


def _range(pool: list[Event], wanted: list[Condition]) -> tuple[int, int]:
    low, high = 0, len(pool)
    for condition in wanted:
        if condition.field not in ("datetime", "timestamp"):
            continue
        bound = (
            condition.value.timestamp() if isinstance(condition.value, datetime) else float(condition.value)
        )
        find = bisect_right if condition.operator in ("greater-than", "less-or-equal") else bisect_left
        place = find(pool, bound, key=lambda event: event.at.timestamp())
        low, high = (
            (max(low, place), high) if condition.operator.startswith("greater") else (low, min(high, place))
        )
    return low, high
