"""Tells the company's story day by day: baskets, the buyer, the warehouse, chance.

Days are told forward only and every topic rolls its own dice per day, so a story told to a later last
day begins with exactly the same facts (but for the last week, into which later orders still reach:
somebody's account or checkout begins before their order).
"""

from datetime import date, datetime, timedelta

from include.sandbox.world import ads, checkouts, meta_ads, suppliers
from include.sandbox.world.aftersales import Aftersales
from include.sandbox.world.agenda import Agenda
from include.sandbox.world.book import Basket, BookReturn, OrderBook, SideFiles
from include.sandbox.world.buying import Buyer
from include.sandbox.world.carriers import Carriers
from include.sandbox.world.catalogue import stock_the_shop
from include.sandbox.world.days import DAY, BusinessDays, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import (
    AdDay,
    Campaign,
    Checkout,
    Company,
    Order,
    Supplier,
    SupplierOffer,
    World,
)
from include.sandbox.world.money import Refundable
from include.sandbox.world.people import People
from include.sandbox.world.places import warehouses
from include.sandbox.world.seller import Seller
from include.sandbox.world.shelves import Shelves
from include.sandbox.world.shop import Shop, Taken
from include.sandbox.world.stock import Stock
from include.sandbox.world.store import MAIN, Store
from include.sandbox.world.warehouse import Warehouse

ALWAYS_SIMULATED = frozenset({"customers", "parcels", "ads", "checkouts", "rates"})
MARKETPLACE_PARCELS = 300_000_000  # what their ids are beyond the shop's own


class Story:
    """One company from `first` to `last`; `today` is only where a stock count of its own would fall."""

    def __init__(
        self, company: Company, book: OrderBook, side: SideFiles, dice: Dice, clock: LocalClock,
        first: date, last: date, today: date, store: Store = MAIN, sells_on_marketplace: bool = False,
    ):  # fmt: skip
        self._store, offset = store, store.offset
        self._company, self._book, self._side = company, book, side
        self._dice, self._clock, self._first, self._last, self._today = dice, clock, first, last, today
        business = BusinessDays(company.country)
        self._agenda = Agenda()
        self._locations = warehouses(company.country, side.location_codes or None, offset)
        self._stock = Stock(self._locations, offset)
        self._catalogue = stock_the_shop(
            book, dice, clock, first, last, side.costs, company.minor_digits, offset, store.sku_prefix
        )
        self._suppliers, self._offers = self._find_suppliers()
        self._people = People(dice, clock, company.country, first, book.is_real_shop, store)
        carriers = Carriers(clock, business, first)
        warehouse = Warehouse(clock, business, carriers, offset)
        basket_value, self._usual_orders = _usual_day(book, first, last)
        self._shop = Shop(
            company, book.is_real_shop, dice, self._catalogue, self._people, self._stock, warehouse,
            basket_value, store,
        )  # fmt: skip
        self._aftersales = Aftersales(
            company, book.is_real_shop, dice, clock, self._stock, warehouse, self._agenda, offset
        )
        # They are stocked, counted, evened out and bought for from the day they are filled.
        self._shelves = Shelves(
            self._catalogue,
            book.items,
            company.country,
            self._locations,
            self._stock,
            dice,
            clock,
            self._agenda,
        )
        self._buyer = Buyer(
            self._suppliers,
            self._offers,
            self._shelves.expected,
            self._stock,
            dice,
            clock,
            business,
            self._agenda,
            first,
        )
        self._seller: Seller | None = None
        if sells_on_marketplace:
            packers = Warehouse(clock, business, carriers, offset + MARKETPLACE_PARCELS)
            self._seller = Seller(
                self._catalogue, self._daily_by_variant(), self._usual_orders, self._stock, packers, business,
                dice, clock, self._agenda,
            )  # fmt: skip
        self._orders: list[Order] = []
        self._checkouts: list[Checkout] = []
        self._by_basket: dict[str, tuple[Taken, Refundable]] = {}

    def told(self) -> World:
        """Everything that happens, told once."""
        self._shelves.fill(self._clock.midnight(self._first), self._seller, self._buyer.remember)
        day = self._first
        while day <= self._last:
            self._tell(day)
            day += DAY
        return World(
            company=self._company,
            first_day=self._first,
            last_day=self._last,
            simulated=self._simulated(),
            locations=self._locations,
            suppliers=self._suppliers,
            offers=self._offers,
            products=self._catalogue.products,
            variants=self._catalogue.variants,
            customers=self._people.everybody,
            orders=self._orders,
            checkouts=checkouts.in_order(self._checkouts, self._clock.midnight(self._first)),
            purchase_orders=self._buyer.orders,
            stock_moves=sorted(self._stock.moves, key=lambda move: (move.at, move.id)),
            campaigns=self._campaigns(),
            ad_days=self._ad_days(),
            marketplace=self._seller.told() if self._seller else None,
        )

    def _campaigns(self) -> list[Campaign]:
        if not self._store.advertises:
            return []
        return ads.campaigns() + ([] if self._book.is_real_shop else meta_ads.campaigns())

    def _ad_days(self) -> list[AdDay]:
        if not self._store.advertises:
            return []
        dice, clock, first, last = self._dice, self._clock, self._first, self._last
        days = ads.advertise(self._company, self._orders, dice, clock, first, last)
        if self._book.is_real_shop:
            return days
        return days + meta_ads.advertise(self._orders, self._company, dice, clock, first, last)

    def _tell(self, day: date) -> None:
        baskets = self._book.baskets_on(day)
        for basket in baskets:
            self._agenda.at(basket.at, self._sell, basket, day)
        for back in self._book.returns_on(day):
            self._agenda.at(back.at, self._take_back, back)
        self._agenda.at(self._clock.hour(day, 8.9), self._buyer.review, day)
        if day.weekday() == 2:
            self._agenda.at(self._clock.hour(day, 14), self._buyer.even_out, day)
        self._agenda.at(self._clock.hour(day, 7), self._shelves.count, day)
        if day == self._today - DAY and self._side.stock is not None:
            counted_at = self._clock.at(day, 86_396)
            self._agenda.at(self._clock.at(day, 86_395), self._shelves.believe, counted_at, self._side.stock)
        if not self._book.is_real_shop:
            self._odd_visitors(day)
        if self._seller:
            self._seller.tell(day, len(baskets))
        self._agenda.run_until(self._clock.midnight(day + DAY))
        self._checkouts += (
            checkouts.abandoned_on(
                day, baskets, self._orders, self._catalogue, self._dice, self._store.offset
            )
            if baskets
            else []
        )
        self._buyer.close_day()

    def _sell(self, basket: Basket, day: date) -> None:
        taken = self._shop.take(basket, day)
        if taken is None:
            return
        for one in taken.allotments:
            if one.location:
                self._buyer.remember(one.line.variant_id, one.location.id, one.line.quantity)
        self._aftersales.decide(taken, day)
        self._orders.append(taken.order)
        if self._book.is_real_shop:
            self._by_basket[basket.key] = (taken, Refundable(taken.order.lines, self._company.taxes_included))
        begun = checkouts.recovered_by(taken.order, self._dice.roll("recovered", day), self._store.offset)
        if begun:
            self._checkouts.append(begun)

    def _take_back(self, back: BookReturn) -> None:
        """A return that the shop's own book tells of: the money the book says, the goods back on the shelf."""
        taken, refundable = self._by_basket[back.basket]
        self._aftersales.book_return(taken, refundable, back, self._catalogue)

    def _odd_visitors(self, day: date) -> None:
        """Newsletter sign-ups and the staff's test orders."""
        roll = self._dice.roll("visitors", day)
        if roll.random() < 0.5:
            at = self._clock.at(day, roll.randint(20_000, 80_000))
            self._agenda.at(at, self._people.sign_up, roll, at)
        if roll.random() < 0.25:
            at = self._clock.at(day, roll.randint(33_000, 60_000))
            self._agenda.at(at, self._test_order, day, at)

    def _test_order(self, day: date, at: datetime) -> None:
        self._orders.append(self._shop.test_order(self._dice.roll("tests", day), at))

    def _daily_by_variant(self) -> dict[int, float]:
        pairs = zip(self._book.items, self._catalogue.variant_of_item, strict=True)
        return {variant.id: item.daily_units for item, variant in pairs}

    def _find_suppliers(self) -> tuple[list[Supplier], list[SupplierOffer]]:
        variants = self._catalogue.variant_of_item
        if self._side.suppliers is not None:
            return suppliers.from_rows(self._side.suppliers, variants)
        return suppliers.simulate(self._book.items, variants, self._dice, self._company.country)

    def _simulated(self) -> frozenset[str]:
        names = set(ALWAYS_SIMULATED)
        for name, told in (
            ("stock", self._side.stock),
            ("suppliers", self._side.suppliers),
            ("costs", self._side.costs),
        ):
            if told is None:
                names.add(name)
        if not self._book.is_real_shop:
            names |= {"returns", "orders"} if "synthetic" in self._book.note else {"returns"}
        if self._seller:
            names.add("marketplace")
        return frozenset(names)


def _usual_day(book: OrderBook, first: date, last: date) -> tuple[int, float]:
    """Of the first two weeks: the median value of a basket, in round hundreds, and the baskets a day."""
    values = []
    for n in range(14):
        day = first + timedelta(days=n)
        for basket in book.baskets_on(day) if day <= last else []:
            values.append(sum(line.unit_price_minor * line.quantity for line in basket.lines))
    middle = sorted(values)[len(values) // 2] if values else 1_000
    return max(100, middle // 100 * 100), len(values) / 14
