"""The buyer: a person with simple rules who orders from suppliers, who are late or short at times.

The rules are naive on purpose (last month's average, a guess at the lead time), so that real
stock-outs and real overstock happen and there is something to advise.
"""

from collections import Counter, deque
from datetime import date, datetime, timedelta
from math import ceil
from random import Random

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.days import BusinessDays, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import (
    Location,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Supplier,
    SupplierOffer,
)
from include.sandbox.world.stock import Stock

FIRST_ORDER_NUMBER, FIRST_LINE_ID = 301, 6_001
MEMORY_DAYS = 28
COVER_DAYS = 21
REVIEW_DAYS = 7
TRANSFERS_A_WEEK = 5

Key = tuple[int, int]  # variant id, location id


class Buyer:
    """Reviews each supplier once a week. `expected` is the daily demand the buyer starts out with."""

    def __init__(
        self, suppliers: list[Supplier], offers: list[SupplierOffer], expected: dict[Key, float], stock: Stock,
        dice: Dice, clock: LocalClock, business: BusinessDays, agenda: Agenda, first_day: date,
    ):  # fmt: skip
        self._suppliers, self._expected, self._stock = suppliers, expected, stock
        self._dice, self._clock, self._business, self._agenda = dice, clock, business, agenda
        self._first_day = first_day
        self._offers = _usual_offers(offers)
        self._sold: Counter[Key] = Counter()
        self._memory: deque[Counter[Key]] = deque([Counter()])
        self._lines = 0
        self._guess = {offer.variant_id: dice.roll("guess", offer.id).uniform(0.85, 1.5) for offer in offers}
        self._tardiness = {one.id: dice.roll("tardiness", one.id).uniform(0.08, 0.35) for one in suppliers}
        self.orders: list[PurchaseOrder] = []

    def remember(self, variant_id: int, location_id: int, quantity: int) -> None:
        """Something was sold today."""
        self._memory[-1][variant_id, location_id] += quantity
        self._sold[variant_id, location_id] += quantity

    def close_day(self) -> None:
        self._memory.append(Counter())
        if len(self._memory) > MEMORY_DAYS:
            self._sold.subtract(self._memory.popleft())

    def review(self, day: date) -> None:
        """Look at the suppliers whose turn it is and order what seems to be needed."""
        if not self._business.is_open(day):
            return
        for place, supplier in enumerate(self._suppliers):
            if place % 5 == day.weekday():
                for location in self._stock.locations:
                    self._order(day, supplier, location)

    def even_out(self, day: date) -> None:
        """Move some goods from a warehouse with plenty to one that has run out."""
        at, moved = self._clock.hour(day, 14.2), 0
        for key in sorted(self._expected):
            variant_id, location_id = key
            if self._stock.free.get(key, 0) or self.daily(key, day) < 0.15 or moved >= TRANSFERS_A_WEEK:
                continue
            taker = next(place for place in self._stock.locations if place.id == location_id)
            for donor in self._stock.others(taker):
                spare = self._stock.free_at(variant_id, donor) - self.daily((variant_id, donor.id), day) * 30
                quantity = min(int(spare / 2), ceil(self.daily(key, day) * 14))
                if quantity > 0:
                    self._stock.transfer(
                        at, variant_id, donor, taker, quantity, f"Transfer {donor.code}-{taker.code}"
                    )
                    moved += 1
                    break

    def daily(self, key: Key, day: date) -> float:
        """Average daily sales of the last four weeks, filled up with what was expected at the start."""
        age = min(MEMORY_DAYS, (day - self._first_day).days)
        return (self._sold[key] + self._expected.get(key, 0.0) * (MEMORY_DAYS - age)) / MEMORY_DAYS

    def _order(self, day: date, supplier: Supplier, location: Location) -> None:
        wanted: list[tuple[SupplierOffer, int]] = []
        is_out = False
        for offer in self._offers.get(supplier.id, ()):
            key = (offer.variant_id, location.id)
            daily = self.daily(key, day) * self._guess[offer.variant_id]
            position = self._stock.free.get(key, 0) + self._stock.on_order.get(key, 0)
            horizon = offer.lead_time_days + REVIEW_DAYS
            if position <= daily * horizon + 1 and daily > 0.01:
                quantity = max(offer.min_quantity, daily * (horizon + COVER_DAYS) - position)
                wanted.append((offer, ceil(quantity / offer.pack_size) * offer.pack_size))
                is_out = is_out or position == 0
        value = sum(offer.price_minor * quantity for offer, quantity in wanted)
        if wanted and (value >= supplier.min_order_minor or is_out):
            self._write(day, supplier, location, _top_up(wanted, supplier.min_order_minor))

    def _write(
        self, day: date, supplier: Supplier, location: Location, wanted: list[tuple[SupplierOffer, int]]
    ) -> None:
        number = FIRST_ORDER_NUMBER + len(self.orders)
        roll = self._dice.roll("purchase", number)
        created = self._clock.hour(day, roll.uniform(9, 11.5))
        approved, cancelled = _signature(roll, created)
        lead_time = max(offer.lead_time_days for offer, _ in wanted)
        planned = self._business.on_or_after(
            self._clock.day_of(approved or created) + timedelta(days=lead_time)
        )
        lines = [
            PurchaseLine(
                FIRST_LINE_ID + self._lines + n, offer.variant_id, quantity, offer.price_minor, planned
            )
            for n, (offer, quantity) in enumerate(wanted)
        ]
        self._lines += len(lines)
        order = PurchaseOrder(
            number, f"P{number:05d}", supplier.id, location.id, created, approved, planned, lines, cancelled
        )
        self.orders.append(order)
        for line in lines:
            self._stock.expect(line.variant_id, location.id, line.quantity)
            if cancelled:
                self._agenda.at(cancelled, self._stock.expect, line.variant_id, location.id, -line.quantity)
        if not cancelled:
            self._deliver(roll, order)

    def _deliver(self, roll: Random, order: PurchaseOrder) -> None:
        late = roll.random() < self._tardiness[order.supplier_id]
        days = _lateness(roll) if late else (-1 if roll.random() < 0.1 else 0)
        arrival = self._business.on_or_after(order.planned_on + timedelta(days=days))
        hour = roll.uniform(8, 14)
        for line in order.lines:
            for after, quantity in _shares(roll, line.quantity):
                at = self._clock.hour(self._business.on_or_after(arrival + timedelta(days=after)), hour)
                line.receipts.append(Receipt(at, quantity))
                self._agenda.at(at, self._receive, order, line, at, quantity)

    def _receive(self, order: PurchaseOrder, line: PurchaseLine, at: datetime, quantity: int) -> None:
        self._stock.expect(line.variant_id, order.location_id, -quantity)
        self._stock.arrive(at, line.variant_id, order.location_id, quantity, "receipt", order.name, line.id)


def _usual_offers(offers: list[SupplierOffer]) -> dict[int, list[SupplierOffer]]:
    """The cheapest offer of each variant, by supplier."""
    cheapest: dict[int, SupplierOffer] = {}
    for offer in offers:
        known = cheapest.get(offer.variant_id)
        if known is None or offer.price_minor < known.price_minor:
            cheapest[offer.variant_id] = offer
    by_supplier: dict[int, list[SupplierOffer]] = {}
    for offer in cheapest.values():
        by_supplier.setdefault(offer.supplier_id, []).append(offer)
    return by_supplier


def _top_up(wanted: list[tuple[SupplierOffer, int]], minimum: int) -> list[tuple[SupplierOffer, int]]:
    """Add packs, line by line, until the supplier's minimum is reached."""
    quantities = [quantity for _, quantity in wanted]
    value = sum(offer.price_minor * quantity for offer, quantity in wanted)
    for n in range(len(wanted) * 3):
        if value >= minimum:
            break
        offer = wanted[n % len(wanted)][0]
        quantities[n % len(wanted)] += offer.pack_size
        value += offer.price_minor * offer.pack_size
    return [(offer, quantity) for (offer, _), quantity in zip(wanted, quantities, strict=True)]


def _signature(roll: Random, created: datetime) -> tuple[datetime | None, datetime | None]:
    """When the order was approved and when cancelled, if ever."""
    chance = roll.random()
    if chance < 0.03:
        return None, created + timedelta(days=roll.randint(3, 9), seconds=roll.randint(1, 9_000))
    if chance < 0.12:
        return created + timedelta(days=roll.randint(1, 4), seconds=roll.randint(1, 9_000)), None
    approved = created + timedelta(seconds=roll.randint(240, 11_000))
    if chance < 0.155:
        return approved, approved + timedelta(days=roll.randint(1, 2), seconds=roll.randint(1, 9_000))
    return approved, None


def _lateness(roll: Random) -> int:
    chance = roll.random()
    return (
        roll.randint(1, 4) if chance < 0.7 else roll.randint(5, 14) if chance < 0.95 else roll.randint(15, 35)
    )


def _shares(roll: Random, quantity: int) -> list[tuple[int, int]]:
    """(days after the first delivery, units): mostly all at once, sometimes the rest follows."""
    chance = roll.random()
    if chance < 0.88 or quantity < 2:
        return [(0, quantity)]
    first = max(1, int(quantity * roll.uniform(0.5, 0.8)))
    after = roll.randint(4, 12) if chance < 0.97 else roll.randint(20, 40)
    return [(0, first), (after, quantity - first)]
