"""The shop's counter: a basket becomes an order, from the stock that is there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from include.sandbox.world.book import Basket, BasketLine
from include.sandbox.world.carriers import Service, choose_service
from include.sandbox.world.catalogue import Catalogue
from include.sandbox.world.dice import Dice, largest_remainder
from include.sandbox.world.meta_ads import LINKS
from include.sandbox.world.model import Address, Company, Customer, Location, Order, OrderLine, Variant
from include.sandbox.world.money import tax_of
from include.sandbox.world.people import People
from include.sandbox.world.places import someones_address, tax_rate
from include.sandbox.world.stock import Stock
from include.sandbox.world.store import MAIN, Store
from include.sandbox.world.warehouse import Warehouse, zone_of

FIRST_ORDER_ID, FIRST_LINE_ID, FIRST_NAME = 6_100_000_001, 15_200_000_001, 1_001
CAMPAIGNS = ("brand-search", "category-search", "shopping-all", "pmax-pantry", "remarketing", "demand-gen")
CAMPAIGN_WEIGHTS = (24, 18, 24, 20, 9, 5)
PROMISED_SHARE = 0.7
PAID_SOCIAL_UNTIL = 0.5


@dataclass(slots=True)
class Allotment:
    """A line with the location whose stock it was promised from; gift cards have none."""

    line: OrderLine
    location: Location | None


@dataclass(slots=True)
class Taken:
    """An order just placed, its allotments, and the delivery service that was chosen."""

    order: Order
    allotments: list[Allotment]
    service: Service
    preferred: Location


class Shop:
    """Takes baskets. A real shop's baskets are taken whole; a simulated one loses what has no stock."""

    def __init__(
        self, company: Company, is_real_shop: bool, dice: Dice, catalogue: Catalogue, people: People,
        stock: Stock, warehouse: Warehouse, usual_basket_minor: int, store: Store = MAIN,
    ):  # fmt: skip
        self._store = store
        self._company, self._is_real, self._dice = company, is_real_shop, dice
        self._catalogue, self._people, self._stock, self._warehouse = catalogue, people, stock, warehouse
        self._fee = usual_basket_minor * 4 // 10
        self._free_from = usual_basket_minor * 5 // 2
        self._orders = self._lines = 0
        self._buyers: set[int] = set()
        self.lost_units: dict[int, int] = {}

    def take(self, basket: Basket, day: object) -> Taken | None:
        """The order of a basket, or None when nothing of it could be sold."""
        roll = self._dice.roll("orders", day)
        customer = self._customer(roll, basket)
        ship_to = (
            customer.address if customer else someones_address(roll, basket.country or self._company.country)
        )
        if self._is_real and basket.country and basket.country != ship_to.country:
            ship_to = someones_address(roll, basket.country)
        preferred = self._stock.preferred(ship_to.province)
        wanted = self._allot(basket, preferred)
        if not wanted:
            return None
        discounts, codes = self._discounts(roll, basket, customer, wanted)
        rate = tax_rate(self._company.country, ship_to)
        allotments = [
            Allotment(self._line(variant, line, discount, rate), location)
            for (variant, line, location), discount in zip(wanted, discounts, strict=True)
        ]
        if not self._is_real and roll.random() < 0.006:
            allotments.append(Allotment(self._gift_card(roll), None))
        return self._order(roll, basket, customer, ship_to, allotments, codes, preferred, rate)

    def new_line(self, variant_id: int, quantity: int, price: int, discount: int, rate: float) -> OrderLine:
        tax = tax_of(price * quantity - discount, rate, self._company.taxes_included)
        self._lines += 1
        number = FIRST_LINE_ID + self._store.offset + self._lines
        return OrderLine(number, variant_id, quantity, price, discount, tax, rate)

    def next_order(self) -> tuple[int, str]:
        """The next order's id and name."""
        number = self._orders
        self._orders += 1
        return (
            FIRST_ORDER_ID + self._store.offset + number,
            f"{self._store.order_prefix}{FIRST_NAME + number}",
        )

    def test_order(self, roll: Random, at: datetime) -> Order:
        """What staff order to try the checkout: no goods move, most are cancelled within the hour."""
        number, name = self.next_order()
        variant = roll.choice(self._catalogue.variant_of_item)
        price = [change.price_minor for change in variant.prices if change.at <= at] or [100]
        address = someones_address(roll, self._company.country)
        line = self.new_line(variant.id, 1, price[-1], 0, tax_rate(self._company.country, address))
        cancelled = at + timedelta(seconds=roll.randint(200, 3_000)) if roll.random() < 0.6 else None
        return Order(
            number, name, "web", None, at, at + timedelta(seconds=5), [line], 0, 0, (), address,
            None, None, None, None, True, cancelled, "STAFF" if cancelled else None,
        )  # fmt: skip

    def _customer(self, roll: Random, basket: Basket) -> Customer | None:
        if basket.customer is None or (not self._is_real and roll.random() < 0.005):
            return None
        return self._people.behind(basket.customer, basket.at, basket.country)

    def _allot(self, basket: Basket, preferred: Location) -> list[tuple[Variant, BasketLine, Location]]:
        wanted = []
        for line in basket.lines:
            variant = self._catalogue.variant_of_item[line.item]
            if not self._catalogue.is_sold(line.item, basket.at):
                continue
            location, quantity = self._find(basket, variant, line.quantity, preferred)
            if quantity < line.quantity:
                self.lost_units[variant.id] = self.lost_units.get(variant.id, 0) + line.quantity - quantity
                line = line._replace(
                    quantity=quantity, discount_minor=line.discount_minor * quantity // line.quantity
                )
            if quantity:
                self._stock.promise(variant.id, location, quantity)
                wanted.append((variant, line, location))
        return wanted

    def _find(
        self, basket: Basket, variant: Variant, quantity: int, preferred: Location
    ) -> tuple[Location, int]:
        """The preferred location if it has all, else another that has, else whoever has most."""
        places = [preferred, *self._stock.others(preferred)]
        for place in places:
            if self._stock.free_at(variant.id, place) >= quantity:
                return place, quantity
        if self._is_real:
            short = quantity - self._stock.free_at(variant.id, preferred)
            self._stock.arrive(basket.at, variant.id, preferred.id, short, "adjustment", "Count correction")
            return preferred, quantity
        best = max(places, key=lambda place: self._stock.free_at(variant.id, place))
        return best, self._stock.free_at(variant.id, best)

    def _discounts(
        self, roll: Random, basket: Basket, customer: Customer | None,
        wanted: list[tuple[Variant, BasketLine, Location]],
    ) -> tuple[list[int], tuple[str, ...]]:  # fmt: skip
        """Each line's whole discount, and the codes that were entered."""
        discounts = [line.discount_minor for _, line, _ in wanted]
        is_first = customer is not None and customer.id not in self._buyers
        if customer:
            self._buyers.add(customer.id)
        if self._is_real:
            return discounts, ()
        codes: tuple[str, ...] = ("COUPON",) if basket.has_coupon else ()
        if is_first and roll.random() < 0.25:
            left = [line.unit_price_minor * line.quantity - line.discount_minor for _, line, _ in wanted]
            shares = largest_remainder(sum(left) // 10, left)
            discounts = [before + share for before, share in zip(discounts, shares, strict=True)]
            codes += ("WELCOME10",)
        return discounts, codes

    def _line(self, variant: Variant, line: BasketLine, discount: int, rate: float) -> OrderLine:
        return self.new_line(variant.id, line.quantity, line.unit_price_minor, discount, rate)

    def _gift_card(self, roll: Random) -> OrderLine:
        card = roll.choice(self._catalogue.gift_cards)
        return self.new_line(card.id, 1, card.prices[0].price_minor, 0, 0.0)

    def _order(
        self, roll: Random, basket: Basket, customer: Customer | None, ship_to: Address,
        allotments: list[Allotment], codes: tuple[str, ...], preferred: Location, rate: float,
    ) -> Taken:  # fmt: skip
        number, name = self.next_order()
        service = choose_service(roll, ship_to.country != preferred.address.country, self._store.carriers)
        goods = sum(
            one.line.unit_price_minor * one.line.quantity - one.line.discount_minor for one in allotments
        )
        fee = 0 if self._is_real or goods >= self._free_from else self._fee
        source, medium, campaign = (
            (None, None, None) if self._is_real else _came_by(roll, self._store.advertises)
        )
        is_far = any(one.location not in (None, preferred) for one in allotments)
        zone = zone_of(ship_to, preferred, is_far)
        is_promised = roll.random() < PROMISED_SHARE
        order = Order(
            id=number,
            name=f"#{basket.key}" if self._is_real else name,
            channel=basket.channel or ("iphone" if roll.random() < 0.14 else "web"),
            customer_id=customer.id if customer else None,
            created_at=basket.at,
            paid_at=basket.at + timedelta(seconds=roll.randint(2, 40)),
            lines=[one.line for one in allotments],
            shipping_minor=fee,
            shipping_tax_minor=tax_of(fee, rate, True) if self._company.taxes_included else 0,
            discount_codes=codes,
            ship_to=ship_to,
            utm_source=source,
            utm_medium=medium,
            utm_campaign=campaign,
            promised_on=self._warehouse.promise(basket.at, service, zone) if is_promised else None,
        )
        return Taken(order, allotments, service, preferred)


def _came_by(roll: Random, advertises: bool) -> tuple[str | None, str | None, str | None]:
    chance = roll.random()
    if chance < 0.28:
        campaign = roll.choices(CAMPAIGNS, CAMPAIGN_WEIGHTS)[0]
        return ("google", "cpc", campaign) if advertises else (None, None, None)
    if chance < 0.36:
        return "newsletter", "email", "weekly-pantry"
    if chance < 0.41:
        return "facebook", "social", "organic-posts"
    if chance < PAID_SOCIAL_UNTIL and advertises:
        place, campaign = LINKS[int((chance - 0.41) / (PAID_SOCIAL_UNTIL - 0.41) * len(LINKS))]
        return place, "paid_social", campaign
    return None, None, None
