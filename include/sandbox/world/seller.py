"""The company as a seller on the marketplace: its orders there, from placed to paid out.

About a fifth as many orders as the shop's, seven in ten kept and shipped by the marketplace. What sells
there is taken from the same shelves: our own parcels directly, the marketplace's stock by shipments that
left our house before.
"""

from collections.abc import Callable
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.catalogue import Catalogue
from include.sandbox.world.days import DAY, BusinessDays, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.fba import FbaStock
from include.sandbox.world.listings import UNMAPPED, offered
from include.sandbox.world.marketplace_money import invoice_line
from include.sandbox.world.marketplace_shipping import Shipping
from include.sandbox.world.model import (
    Address,
    Listing,
    Location,
    Marketplace,
    MarketplaceCharge,
    MarketplaceOrder,
)
from include.sandbox.world.places import someones_address, tax_rate
from include.sandbox.world.stock import Stock
from include.sandbox.world.warehouse import Warehouse

SELLER_ID, MARKETPLACE_ID = "A2LARKSPUR", "ATVPDKIKX0DER"
NAME, TIMEZONE, CURRENCY, COUNTRY = "Amazon.com", "America/Los_Angeles", "USD", "US"
ORDER_SHARE, MERCHANT_SHARE, UNMAPPED_SHARE = 0.21, 0.3, 0.02
FREE_SHIPPING_FROM, SHIPPING_MINOR = 2_500, 399
SUBSCRIPTION_MINOR = 3_999


class Seller:
    """Sells what `listings.py` offers. `usual_orders` is how many orders a day the shop itself takes;
    `item_units` is each variant's daily demand there, after which listings sell too."""

    def __init__(
        self, catalogue: Catalogue, item_units: dict[int, float], usual_orders: float, stock: Stock,
        warehouse: Warehouse, business: BusinessDays, dice: Dice, clock: LocalClock, agenda: Agenda,
    ):  # fmt: skip
        self._stock, self._warehouse, self._business = stock, warehouse, business
        self._dice, self._clock, self._agenda = dice, clock, agenda
        self._there = LocalClock(ZoneInfo(TIMEZONE))
        self.listings = offered(catalogue.variants, catalogue.products)
        self._sold_from = catalogue.launches()
        self._sold_until = {catalogue.variant_of_item[n].id: at for n, at in catalogue.deleted_at.items()}
        self._shares = self._share_out(item_units)
        self._usual_orders = usual_orders * ORDER_SHARE
        self._fba: FbaStock
        self._shipping: Shipping
        self._remember: Callable[[int, int, int], None]
        self._orders: list[MarketplaceOrder] = []
        self._charges: list[MarketplaceCharge] = []
        self._lines = self._taken = 0

    def daily_units(self) -> dict[str, float]:
        """Expected units a day by seller SKU."""
        return {
            one.seller_sku: self._usual_orders * 1.25 * self._shares[one.seller_sku] for one in self.listings
        }

    def wanted_from_us(
        self, locations: list[Location], share_of_place: dict[int, float]
    ) -> dict[tuple[int, int], float]:
        """Daily demand for our shelves by (variant, location id): our parcels by where people live, what
        the marketplace keeps from the main location."""
        wanted: dict[tuple[int, int], float] = {}
        daily = self.daily_units()
        for one in self.listings:
            shares = share_of_place if one.fulfilled_by == "MERCHANT" else {locations[0].id: 1.0}
            for variant, units in one.components:
                for place, share in shares.items():
                    key = (variant, place)
                    wanted[key] = wanted.get(key, 0.0) + daily[one.seller_sku] * units * share
        return wanted

    def open(
        self, at: datetime, own_daily: dict[tuple[int, int], float], remember: Callable[[int, int, int], None]
    ) -> None:
        """Begin: the marketplace's shelves are filled."""
        self._remember = remember
        self._fba = FbaStock(
            self.listings, self.daily_units(), own_daily, self._stock, remember, self._dice, self._clock,
            self._agenda,
        )  # fmt: skip
        self._fba.open(at)
        self._shipping = Shipping(
            self._stock, self._fba, self._warehouse, self._business, self._dice, self._clock, self._there,
            self._agenda,
        )  # fmt: skip

    def tell(self, day: date, shop_orders: int) -> None:
        """Put the day's orders and the seller's chores on the agenda."""
        roll = self._dice.roll("marketplace", day)
        expected = shop_orders * ORDER_SHARE * roll.uniform(0.7, 1.3)
        for _ in range(int(expected) + (roll.random() < expected % 1)):
            at = self._clock.at(day, roll.randint(1, 86_398))
            self._agenda.at(at, self._sell, at, day)
        self._agenda.at(self._clock.hour(day, 10.5), self._fba.day, day)
        self._bill(roll, day)

    def told(self) -> Marketplace:
        return Marketplace(
            SELLER_ID, MARKETPLACE_ID, NAME, TIMEZONE, CURRENCY, self.listings, self._orders,
            sorted([*self._charges, *self._fba.charges], key=lambda charge: (charge.at, charge.id)),
            sorted(self._fba.moves, key=lambda move: move.at),
        )  # fmt: skip

    def _share_out(self, item_units: dict[int, float]) -> dict[str, float]:
        """Each listing's share of all units: by demand in the shop, dampened; kits sell a third as often."""
        shares: dict[str, float] = {}
        for keeper, whole in (("MERCHANT", MERCHANT_SHARE), ("AMAZON", 1 - MERCHANT_SHARE)):
            mine = [one for one in self.listings if one.fulfilled_by == keeper]
            weights = {one.seller_sku: _weight(one, item_units) for one in mine}
            if UNMAPPED in weights:
                weights[UNMAPPED] = sum(weights.values()) * UNMAPPED_SHARE
            total = sum(weights.values())
            shares |= {sku: whole * weight / total for sku, weight in weights.items()}
        return shares

    def _bill(self, roll: Random, day: date) -> None:
        at = self._there.hour(day, roll.uniform(3, 5))
        if day.day == 1:
            self._charges.append(
                MarketplaceCharge(f"Subscription-{day}", at, "Subscription", -SUBSCRIPTION_MINOR)
            )
        if day.day == 7:
            self._agenda.at(at, self._store_for_a_month, at, day)

    def _store_for_a_month(self, at: datetime, day: date) -> None:
        """Storage of the month before, by what lies there now."""
        for one in self.listings:
            if units := self._fba.free.get(one.seller_sku, 0):
                charge = MarketplaceCharge(
                    f"FBAStorageFee-{day}-{one.seller_sku}",
                    at,
                    "FBAStorageFee",
                    -2 * units - 1,
                    one.seller_sku,
                )
                self._charges.append(charge)

    def _sell(self, at: datetime, day: date) -> None:
        roll = self._dice.roll("marketplace-orders", day)
        keeper = "MERCHANT" if roll.random() < MERCHANT_SHARE else "AMAZON"
        mine = [one for one in self.listings if one.fulfilled_by == keeper]
        chosen = roll.choices(
            mine, [self._shares[one.seller_sku] for one in mine], k=2 if roll.random() < 0.12 else 1
        )
        ship_to = someones_address(roll, COUNTRY)
        wanted = [(one, roll.choices((1, 2, 3), (80, 15, 5))[0]) for one in dict.fromkeys(chosen)]
        wanted = [(one, count) for one, count in wanted if self._is_sold(one, at)]
        place = self._stock.preferred(ship_to.province)
        if keeper == "MERCHANT":
            place, wanted = self._from_our_shelves(place, wanted)
        else:
            wanted = [(one, min(count, self._fba.free[one.seller_sku])) for one, count in wanted]
        wanted = [(one, count) for one, count in wanted if count > 0]
        if wanted:
            self._take(roll, at, day, keeper, ship_to, place, wanted)

    def _is_sold(self, one: Listing, at: datetime) -> bool:
        return all(
            self._sold_from.get(variant, at) <= at and at < self._sold_until.get(variant, at + DAY)
            for variant, _ in one.components
        )

    def _from_our_shelves(
        self, preferred: Location, wanted: list[tuple[Listing, int]]
    ) -> tuple[Location, list[tuple[Listing, int]]]:
        """The location that can send most of it; goods that two listings share are counted once."""
        best: tuple[Location, list[tuple[Listing, int]]] = (preferred, [])
        for place in (preferred, *self._stock.others(preferred)):
            left: dict[int, int] = {}
            there: list[tuple[Listing, int]] = []
            for one, count in wanted:
                for variant, _ in one.components:
                    left.setdefault(variant, self._stock.free_at(variant, place))
                fits = min(count, *(left[variant] // units for variant, units in one.components))
                if fits > 0:
                    there.append((one, fits))
                    for variant, units in one.components:
                        left[variant] -= units * fits
            if sum(count for _, count in there) > sum(count for _, count in best[1]):
                best = (place, there)
        return best

    def _take(
        self, roll: Random, at: datetime, day: date, keeper: str, ship_to: Address, place: Location,
        wanted: list[tuple[Listing, int]],
    ) -> None:  # fmt: skip
        """An order with its whole future."""
        rate = tax_rate(COUNTRY, ship_to)
        goods = sum(one.price_minor * count for one, count in wanted)
        freight = SHIPPING_MINOR if keeper == "MERCHANT" else 0
        is_promoted = roll.random() < 0.06
        free = freight if is_promoted or goods >= FREE_SHIPPING_FROM else 0
        lines = []
        for n, (one, count) in enumerate(wanted):
            self._lines += 1
            number = f"{10_000_000_000_000 + self._lines * 37}"
            shipping = (0, 0) if n else (freight - free, free)
            lines.append(invoice_line(number, one, count, is_promoted, rate, *shipping))
        order = MarketplaceOrder(self._next_id(), at, keeper, ship_to, lines, at, at)
        self._orders.append(order)
        for one, count in wanted:
            self._promise(one, count, place)
        if keeper == "MERCHANT":
            self._shipping.ship_ourselves(roll, order, place, wanted)
        else:
            self._shipping.let_ship(roll, order, wanted)

    def _next_id(self) -> str:
        n = self._taken
        self._taken += 1
        return f"{111 + n % 4}-{(n * 7_919 + 1_234_567) % 10**7:07d}-{(n * 104_729 + 7_654_321) % 10**7:07d}"

    def _promise(self, one: Listing, count: int, place: Location) -> None:
        if one.fulfilled_by == "AMAZON":
            self._fba.promise(one.seller_sku, count)
            return
        for variant, units in one.components:
            self._stock.promise(variant, place, units * count)
            self._remember(variant, place.id, units * count)


def _weight(one: Listing, item_units: dict[int, float]) -> float:
    demand = max(item_units.get(variant, 0.0) for variant, _ in one.components)
    is_kit = sum(units for _, units in one.components) > 1
    return (demand**0.7 or 0.001) * (0.33 if is_kit else 1.0)
