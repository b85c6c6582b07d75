"""From a configuration to a company: which order book, which days, then the story."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from include.csv_table import Problems
from include.sandbox.world import branch, browsing, rates
from include.sandbox.world.book import OrderBook, SideFiles
from include.sandbox.world.config import WorldConfig
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.memory import uncollected
from include.sandbox.world.model import Company, World
from include.sandbox.world.places import minor_digits, prices_contain_tax
from include.sandbox.world.story import Story

SHOP_DOMAIN = "larkspur-pantry.myshopify.com"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What must not change from one day to the next: the days told, the day on which they were first
    told, and by how many weeks the dates of a replayed book were moved."""

    today: date
    first_day: date
    last_day: date
    shift_weeks: int | None = None


def build(config: WorldConfig) -> World:
    """The whole company; the same configuration gives equal worlds. Raises OrderBookError."""
    return build_at(config, new_anchor(config))[0]


def new_anchor(config: WorldConfig) -> Anchor:
    """The days to tell when nothing was told yet."""
    today = config.company_today()
    first = today - timedelta(days=config.history_days)
    return Anchor(today, first, today + timedelta(days=config.ahead_days))


def build_at(config: WorldConfig, anchor: Anchor) -> tuple[World, Anchor]:
    """The company at an anchor, and the anchor with what the order book added to it."""
    clock, dice = LocalClock(config.zone), Dice(config.seed)
    with uncollected():
        book, side, anchor = _open_book(config, anchor, clock, dice)
        company = _company(config, book)
        days = (anchor.first_day, anchor.last_day, anchor.today)
        world = Story(company, book, side, dice, clock, *days, sells_on_marketplace=config.is_whole).told()
        world.exchange_rates = rates.publish(dice, anchor.first_day, anchor.last_day)
        if config.is_whole:
            world.branches = [branch.europe(config, world, *days)]
            world.browsing = browsing.visits(world, dice, clock, anchor.today)
            world.simulated |= {"branches", "browsing"}
        return world, anchor


def _open_book(
    config: WorldConfig, anchor: Anchor, clock: LocalClock, dice: Dice
) -> tuple[OrderBook, SideFiles, Anchor]:
    if config.order_book is not None:
        return _replay(config, anchor, clock)
    if config.synthetic_orders is not None:
        from include.sandbox.world.synthetic import SyntheticBook

        return SyntheticBook(clock, dice, config.synthetic_orders, config.history_days), SideFiles(), anchor
    from include.sandbox.world.complete_journey import CompleteJourney, book_start

    zero = book_start(anchor.first_day)
    book = CompleteJourney(clock, dice, zero, config.household_share, config.assortment)
    return book, SideFiles(), anchor


def _replay(config: WorldConfig, anchor: Anchor, clock: LocalClock) -> tuple[OrderBook, SideFiles, Anchor]:
    from include.sandbox.world.order_csv import ReplayedBook, read_book, weeks_to_move
    from include.sandbox.world.side_csv import read_side_files

    assert config.order_book is not None
    problems = Problems()
    read = read_book(config.order_book, clock, config.country, problems)
    digits = minor_digits(read.currency)
    side = read_side_files(config.order_book.parent, digits, config.country, problems)
    problems.stop_if_any()
    weeks = anchor.shift_weeks
    if weeks is None:
        weeks = weeks_to_move(read.last_day, anchor.today)
    book = ReplayedBook(read, weeks, clock, [sku for sku, _ in side.stock or ()])
    _forget_unknown(side, {item.sku for item in book.items})
    first, last = book.span()
    return (
        book,
        side,
        replace(anchor, first_day=first, last_day=max(last, anchor.last_day), shift_weeks=weeks),
    )


def _forget_unknown(side: SideFiles, skus: set[str]) -> None:
    """Suppliers also list goods that the shop never sold nor stocked."""
    if side.suppliers is not None:
        side.suppliers = [row for row in side.suppliers if row.sku in skus]


def _company(config: WorldConfig, book: OrderBook) -> Company:
    currency = book.currency or config.currency
    return Company(
        name=config.company,
        shop_domain=SHOP_DOMAIN,
        timezone=config.timezone,
        currency=currency,
        country=config.country,
        minor_digits=minor_digits(currency),
        taxes_included=prices_contain_tax(config.country),
        note=book.note,
    )
