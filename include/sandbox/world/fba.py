"""The marketplace's own warehouse: what it keeps of ours, what is on its way there, what it loses."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import ceil
from random import Random

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import FbaMove, Listing, Location, MarketplaceCharge
from include.sandbox.world.stock import Stock

REVIEW_WEEKDAY = 0
LOW_DAYS, TARGET_DAYS, OWN_DAYS = 16, 28, 7
LOST_SHARE = 0.08  # of days


class FbaStock:
    """Units by seller SKU. `daily` is each listing's expected demand; goods come from our locations, which
    keep a week of their own demand (`own_daily` by variant and location id)."""

    def __init__(
        self, listings: list[Listing], daily: dict[str, float], own_daily: dict[tuple[int, int], float],
        stock: Stock, remember: Callable[[int, int, int], None], dice: Dice, clock: LocalClock, agenda: Agenda,
    ):  # fmt: skip
        self._listings = [one for one in listings if one.fulfilled_by == "AMAZON"]
        self._daily, self._own_daily, self._stock, self._remember = daily, own_daily, stock, remember
        self._dice, self._clock, self._agenda = dice, clock, agenda
        self.free = {one.seller_sku: 0 for one in self._listings}
        self._coming = {one.seller_sku: 0 for one in self._listings}
        self._shipments = 0
        self.moves: list[FbaMove] = []
        self.charges: list[MarketplaceCharge] = []

    def open(self, at: datetime) -> None:
        """What lies there when the story begins; it had been sent a week before."""
        roll = self._dice.roll("fba-opening", 0)
        for one in self._listings:
            quantity = ceil(self._daily[one.seller_sku] * roll.uniform(8, 40)) + 1
            self.moves.append(FbaMove(at - timedelta(days=7), one.seller_sku, quantity, "inbound"))
            self.moves.append(FbaMove(at, one.seller_sku, quantity, "received"))
            self.free[one.seller_sku] += quantity

    def promise(self, seller_sku: str, quantity: int) -> None:
        self.free[seller_sku] -= quantity

    def release(self, seller_sku: str, quantity: int) -> None:
        self.free[seller_sku] += quantity

    def ship(self, at: datetime, seller_sku: str, quantity: int) -> None:
        """Promised units leave; `at` may lie ahead."""
        self.moves.append(FbaMove(at, seller_sku, quantity, "sale"))

    def take_back(self, at: datetime, seller_sku: str, quantity: int, disposition: str) -> None:
        """Only what can be sold again goes back on the shelf."""
        is_sellable = disposition == "SELLABLE"
        self.moves.append(FbaMove(at, seller_sku, quantity, "return" if is_sellable else "damaged"))
        if is_sellable:
            self.free[seller_sku] += quantity

    def day(self, day: date) -> None:
        """Once a day something may get lost; once a week goods are sent where they run low."""
        roll = self._dice.roll("fba", day)
        if roll.random() < LOST_SHARE:
            self._lose(roll, day)
        if day.weekday() == REVIEW_WEEKDAY:
            for one in self._listings:
                self._top_up(roll, day, one)

    def _lose(self, roll: Random, day: date) -> None:
        one = roll.choice(self._listings)
        if self.free[one.seller_sku]:
            self.free[one.seller_sku] -= 1
            self.moves.append(FbaMove(self._clock.hour(day, 10.5), one.seller_sku, 1, "lost"))

    def _top_up(self, roll: Random, day: date, one: Listing) -> None:
        daily = self._daily[one.seller_sku]
        position = self.free[one.seller_sku] + self._coming[one.seller_sku]
        if position >= daily * LOW_DAYS + 1:
            return
        wanted = ceil(daily * TARGET_DAYS) + 1 - position
        location = max(self._stock.locations, key=lambda place: self._spare(one, place))
        quantity = min(wanted, self._spare(one, location))
        if quantity > 0:
            self._send(roll, self._clock.hour(day, 10.5), one, location, quantity)

    def _spare(self, one: Listing, place: Location) -> int:
        """How many units of the listing a location can give away."""
        return min(
            (
                self._stock.free_at(variant, place)
                - ceil(self._own_daily.get((variant, place.id), 0) * OWN_DAYS)
            )
            // units
            for variant, units in one.components
        )

    def _send(self, roll: Random, at: datetime, one: Listing, location: Location, quantity: int) -> None:
        self._shipments += 1
        reference = f"FBA{self._shipments:07d}"
        for variant, units in one.components:
            self._stock.send_out(at, variant, location, units * quantity, reference)
            self._remember(variant, location.id, units * quantity)
        self.moves.append(FbaMove(at, one.seller_sku, quantity, "inbound"))
        self._coming[one.seller_sku] += quantity
        freight = -(30 + 12 * quantity * sum(units for _, units in one.components))
        billed = at + timedelta(days=2, seconds=roll.randint(1, 40_000))
        kind = "FBAInboundTransportationFee"
        self.charges.append(MarketplaceCharge(f"{kind}-{reference}", billed, kind, freight, one.seller_sku))
        arrival = at + timedelta(days=roll.randint(4, 9), seconds=roll.randint(1, 30_000))
        first = quantity if roll.random() < 0.8 else max(1, quantity * 2 // 3)
        self._agenda.at(arrival, self._receive, arrival, one.seller_sku, first)
        if quantity > first:
            rest = arrival + timedelta(days=roll.randint(1, 6))
            self._agenda.at(rest, self._receive, rest, one.seller_sku, quantity - first)

    def _receive(self, at: datetime, seller_sku: str, quantity: int) -> None:
        self._coming[seller_sku] -= quantity
        self.free[seller_sku] += quantity
        self.moves.append(FbaMove(at, seller_sku, quantity, "received"))
