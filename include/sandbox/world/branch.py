"""The company's European store: its own shelves, prices in euros with tax inside, days of Berlin.

About an eighth of the main shop's orders, of the 120 best sellers. It has no ERP, so its supplies come in
unannounced, and no advertising. A few of its customers also buy in the main shop, with the same mail
address: one person.
"""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from include.sandbox.world.book import SideFiles
from include.sandbox.world.config import WorldConfig
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Company, StockMove, World
from include.sandbox.world.store import Store
from include.sandbox.world.story import Story

NAME, DOMAIN = "Larkspur Pantry Europe", "larkspur-pantry-eu.myshopify.com"
COUNTRY, CURRENCY, TIMEZONE = "DE", "EUR", "Europe/Berlin"
SKU_PREFIX, ASSORTMENT = "EU-", 120
SHARE_OF_MAIN = 1 / 6  # of the households; some of their baskets hold nothing of the small assortment
OFFSET = 500_000_000
REGULARS = 80


def europe(config: WorldConfig, main: World, first: date, last: date, today: date) -> World:
    """The store's own world, over the same days as the main shop's."""
    from include.sandbox.world.complete_journey import CompleteJourney, book_start

    clock, dice = LocalClock(ZoneInfo(TIMEZONE)), Dice(config.seed + 49_000)
    book = CompleteJourney(
        clock, dice, book_start(first), config.household_share * SHARE_OF_MAIN, config.assortment,
        best=min(ASSORTMENT, config.assortment), sku_prefix=SKU_PREFIX,
    )  # fmt: skip
    company = Company(NAME, DOMAIN, TIMEZONE, CURRENCY, COUNTRY, 2, True, book.note)
    store = Store(
        offset=OFFSET,
        order_prefix="#EU",
        sku_prefix=SKU_PREFIX,
        advertises=False,
        carriers=frozenset({"UPS", "FedEx", "DHLExpress"}),
        mail_domains=("eu.example.com", "eu.example.org", "post.example.net"),
        # The first of the main shop are known from its first days on, however far the story is told.
        regulars=tuple(one for one in main.customers[:REGULARS] if one.email),
    )
    return _without_erp(Story(company, book, SideFiles(), dice, clock, first, last, today, store).told())


def _without_erp(world: World) -> World:
    """Nobody here writes down suppliers and purchase orders; goods just arrive."""
    world.suppliers, world.offers, world.purchase_orders = [], [], []
    world.stock_moves = [_unannounced(move) for move in world.stock_moves]
    for variant in world.variants:
        # There is no supplier's price to fall back on, so every cost is written down in the shop.
        if variant.cost_minor is None and "GIFT-" not in variant.sku:
            variant.cost_minor = max(1, variant.prices[0].price_minor // 2)
    return world


def _unannounced(move: StockMove) -> StockMove:
    return (
        move if move.purchase_line_id is None else replace(move, purchase_line_id=None, reference="Delivery")
    )
