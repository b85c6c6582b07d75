"""The shelves of a shop's own locations: filled once, counted a little every morning."""

from bisect import insort
from collections.abc import Callable, Sequence
from datetime import date, datetime

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.book import Item
from include.sandbox.world.catalogue import Catalogue
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Location
from include.sandbox.world.places import country
from include.sandbox.world.seller import Seller
from include.sandbox.world.stock import Stock


class Shelves:
    """What lies where. `expected` is the daily demand by (variant, location) of all that have been filled so far."""

    def __init__(
        self, catalogue: Catalogue, items: Sequence[Item], country_code: str, locations: list[Location],
        stock: Stock, dice: Dice, clock: LocalClock, agenda: Agenda,
    ):  # fmt: skip
        self._catalogue, self._items, self._country = catalogue, items, country_code
        self._locations, self._stock = locations, stock
        self._dice, self._clock, self._agenda = dice, clock, agenda
        self.expected: dict[tuple[int, int], float] = {}
        self._shelves: list[tuple[int, int]] = []

    def count(self, day: date) -> None:
        """A few shelves are counted every morning; goods are missing more often than found."""
        roll = self._dice.roll("counts", day)
        for _ in range(roll.choice((0, 1, 2, 3))):
            key = roll.choice(self._shelves)
            variant_id, location_id = key
            at = self._clock.at(day, roll.randint(25_300, 28_000))
            location = next(place for place in self._locations if place.id == location_id)
            free = self._stock.free.get(key, 0)
            if roll.random() < 0.75 and free:
                self._stock.write_off(at, variant_id, location, min(free, roll.randint(1, 3)), "Cycle count")
            else:
                self._stock.arrive(at, variant_id, location_id, 1, "adjustment", "Cycle count")

    def fill(
        self, opening: datetime, seller: Seller | None, remember: Callable[[int, int, int], None]
    ) -> None:
        """Opening stock: one to seven weeks of the expected demand; of a later product when it is launched."""
        roll = self._dice.roll("opening", 0)
        launches = self._catalogue.launches()
        expected = self._expected_demand()
        if seller:
            for key, daily in seller.wanted_from_us(self._locations, self._share_of_place()).items():
                expected[key] += daily
            seller.open(opening, expected, remember)
        for key, daily in sorted(expected.items()):
            quantity = round(daily * roll.uniform(7, 50)) + roll.randint(0, 2)
            if launch := launches.get(key[0]):
                self._agenda.at(launch, self._fill_shelf, launch, key, daily, quantity)
            else:
                self._fill_shelf(opening, key, daily, quantity)

    def _fill_shelf(self, at: datetime, key: tuple[int, int], daily: float, quantity: int) -> None:
        self.expected[key] = daily
        insort(self._shelves, key)
        if quantity:
            self._stock.arrive(at, *key, quantity, "opening", "Opening stock")

    def believe(self, at: datetime, counted: dict[tuple[str, str], int]) -> None:
        """Bring the shelves to what the shop's own stock.csv says; goods promised to orders stay."""
        promised = self._stock.promised(at)
        for variant in self._catalogue.variants:
            for place in self._locations:
                told = counted.get((variant.sku, place.code), 0)
                wanted = max(0, told - promised.get((variant.id, place.id), 0))
                free = self._stock.free_at(variant.id, place)
                if wanted > free:
                    self._stock.arrive(at, variant.id, place.id, wanted - free, "adjustment", "stock.csv")
                elif wanted < free:
                    self._stock.write_off(at, variant.id, place, free - wanted, "stock.csv")

    def _expected_demand(self) -> dict[tuple[int, int], float]:
        """Daily demand by (variant, location), split by where people live."""
        share = self._share_of_place()
        return {
            (variant.id, place.id): item.daily_units * share[place.id]
            for item, variant in zip(self._items, self._catalogue.variant_of_item, strict=True)
            for place in self._locations
        }

    def _share_of_place(self) -> dict[int, float]:
        """The share of the country's people that each location serves first."""
        rows = country(self._country).provinces
        whole = sum(row.weight for row in rows)
        share = {place.id: 0.0 for place in self._locations}
        for row in rows:
            share[self._stock.preferred(row.code).id] += row.weight / whole
        return share
