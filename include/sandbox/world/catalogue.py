"""Products and variants: the book's items grouped by maker and kind, with prices over time and cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.book import Item, OrderBook
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import PriceChange, Product, Variant

FIRST_PRODUCT_ID, FIRST_VARIANT_ID, FIRST_ITEM_ID, FIRST_ERP_ID = 8_100_001, 44_100_001, 46_100_001, 501
LARGEST_PRODUCT = 60  # variants; Shopify allows 100 per option set
COLOURS = [
    "Red",
    "Blue",
    "Green",
    "Yellow",
    "Orange",
    "Purple",
    "White",
    "Black",
    "Silver",
    "Gold",
    "Teal",
    "Pink",
    "Brown",
    "Navy",
    "Lime",
    "Coral",
    "Grey",
    "Ivory",
    "Olive",
    "Violet",
    "Amber",
    "Ruby",
    "Mint",
    "Plum",
    "Sand",
    "Sky",
    "Rose",
    "Slate",
    "Copper",
    "Pearl",
]
GIFT_CARD_VALUES = (25, 50)


@dataclass(slots=True)
class Catalogue:
    """`variant_of_item[n]` is the variant of the book's n-th item; gift cards come after them."""

    products: list[Product]
    variants: list[Variant]
    variant_of_item: list[Variant]
    gift_cards: list[Variant]
    deleted_at: dict[int, datetime]
    launched_at: dict[int, datetime]
    offset: int = 0

    def is_sold(self, item: int, at: datetime) -> bool:
        """Whether the item was in the shop at that instant."""
        if at < self.launched_at.get(item, at):
            return False
        return item not in self.deleted_at or at < self.deleted_at[item]

    def launches(self) -> dict[int, datetime]:
        """When the variants (by id) that were not there from the start came into the shop."""
        return {self.variant_of_item[item].id: at for item, at in self.launched_at.items()}


def stock_the_shop(
    book: OrderBook,
    dice: Dice,
    clock: LocalClock,
    first: date,
    last: date,
    costs: dict[str, int] | None,
    digits: int,
    offset: int = 0,
    sku_prefix: str = "",
) -> Catalogue:
    """All products with their variants. `costs` (SKU to minor units) replaces simulated unit costs;
    `offset` is added to every id, `sku_prefix` put before the gift cards' SKUs."""
    shop = Catalogue([], [], [], [], {}, {}, offset)
    places: dict[int, Variant] = {}
    for group in _groups(book.items):
        _add_product(shop, places, book, group, dice, clock, first, last, costs)
    shop.variant_of_item = [places[n] for n in range(len(book.items))]
    if not book.is_real_shop:
        _launch_and_withdraw(shop, book, clock, first)
        _add_gift_cards(shop, clock.midnight(first) - timedelta(days=400), digits, sku_prefix)
    return shop


def _groups(items: Sequence[Item]) -> list[list[int]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for n, item in enumerate(items):
        groups.setdefault(item.group, []).append(n)
    return [
        members[start : start + LARGEST_PRODUCT]
        for members in groups.values()
        for start in range(0, len(members), LARGEST_PRODUCT)
    ]


def _add_product(
    shop: Catalogue, places: dict[int, Variant], book: OrderBook, members: list[int], dice: Dice,
    clock: LocalClock, first: date, last: date, costs: dict[str, int] | None,
) -> None:  # fmt: skip
    leader = book.items[members[0]]
    roll = dice.roll("catalogue", leader.sku)
    created = clock.midnight(first) - timedelta(days=roll.randint(30, 900), seconds=roll.randint(1, 80_000))
    number = FIRST_PRODUCT_ID + shop.offset + len(shop.products)
    product = Product(number, leader.title, leader.product_type, leader.vendor, created)
    shop.products.append(product)
    seen: dict[str | None, int] = {}
    for n in members:
        item = book.items[n]
        colour = _colour(seen, item.size, len(members))
        prices = [
            PriceChange(clock.at(day, 1) if day > first else created, price)
            for day, price in book.prices(n, first, last)
        ]
        cost = costs.get(item.sku) if costs is not None else _cost(roll, item.price_minor)
        places[n] = _variant(shop, product.id, item.sku, item.size, colour, prices, cost)


def _colour(seen: dict[str | None, int], size: str | None, members: int) -> str | None:
    """Variants of one size differ by colour; the first of a size has none."""
    times = seen.get(size, 0)
    seen[size] = times + 1
    if times == 0 and (size or members == 1):
        return None
    name = COLOURS[times % len(COLOURS)]
    return name if times < len(COLOURS) else f"{name} {times // len(COLOURS) + 1}"


def _variant(
    shop: Catalogue, product_id: int, sku: str, size: str | None, colour: str | None,
    prices: list[PriceChange], cost: int | None,
) -> Variant:  # fmt: skip
    number = len(shop.variants)
    variant = Variant(
        id=FIRST_VARIANT_ID + shop.offset + number,
        inventory_item_id=FIRST_ITEM_ID + shop.offset + number,
        erp_product_id=FIRST_ERP_ID + shop.offset + number,
        product_id=product_id,
        sku=sku,
        title=" / ".join(word for word in (size, colour) if word) or "Default Title",
        size=size,
        colour=colour,
        barcode=f"06{number:010d}",
        prices=prices,
        cost_minor=cost,
    )
    shop.variants.append(variant)
    return variant


def _cost(roll: Random, price_minor: int) -> int | None:
    """What a unit costs us, 38 to 62 % of its price; a few costs are not known."""
    share, is_known = roll.uniform(0.38, 0.62), roll.random() > 0.02
    return max(1, round(price_minor * share)) if is_known else None


def _launch_and_withdraw(shop: Catalogue, book: OrderBook, clock: LocalClock, first: date) -> None:
    """Slow products with one variant: some arrive during the history, some leave the shop."""
    sizes: dict[int, int] = {}
    for variant in shop.variants:
        sizes[variant.product_id] = sizes.get(variant.product_id, 0) + 1
    alone = [n for n, variant in enumerate(shop.variant_of_item) if sizes[variant.product_id] == 1]
    slow = sorted(alone, key=lambda n: (book.items[n].daily_units, n))[:7]
    by_id = {product.id: product for product in shop.products}
    for place, n in enumerate(slow):
        product = by_id[shop.variant_of_item[n].product_id]
        moment = clock.hour(first + timedelta(days=25 + 17 * place), 10)
        if place % 2:
            product.deleted_at = shop.deleted_at[n] = moment
        else:
            product.created_at = shop.launched_at[n] = moment
            _start_prices(shop.variant_of_item[n], moment)


def _start_prices(variant: Variant, moment: datetime) -> None:
    earlier = [change for change in variant.prices if change.at <= moment]
    variant.prices[: len(earlier)] = [PriceChange(moment, earlier[-1].price_minor)]


def _add_gift_cards(shop: Catalogue, created: datetime, digits: int, prefix: str) -> None:
    number = FIRST_PRODUCT_ID + shop.offset + len(shop.products)
    product = Product(number, "Gift card", "Vouchers", "Larkspur", created, is_gift_card=True)
    shop.products.append(product)
    for value in GIFT_CARD_VALUES:
        price = value * 10**digits if digits else value * 100
        prices = [PriceChange(created, price)]
        shop.gift_cards.append(
            _variant(shop, product.id, f"{prefix}GIFT-{value}", str(value), None, prices, None)
        )
