"""What becomes of a marketplace order once it is taken: shipped by the marketplace or by us, or cancelled before."""

from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.carriers import Journey, choose_service
from include.sandbox.world.days import DAY, BusinessDays, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.fba import FbaStock
from include.sandbox.world.marketplace_after import AfterShipping
from include.sandbox.world.model import Listing, Location, MarketplaceOrder
from include.sandbox.world.stock import Stock
from include.sandbox.world.warehouse import Warehouse, zone_of

UNTRACKED_SHARE = 0.02


class Shipping:
    """Ships from our locations or lets the marketplace ship; `there` is the marketplace's own clock."""

    def __init__(
        self, stock: Stock, fba: FbaStock, warehouse: Warehouse, business: BusinessDays, dice: Dice,
        clock: LocalClock, there: LocalClock, agenda: Agenda,
    ):  # fmt: skip
        self._stock, self._fba, self._warehouse, self._business = stock, fba, warehouse, business
        self._dice, self._clock, self._there, self._agenda = dice, clock, there, agenda
        self._after = AfterShipping(agenda, fba)

    def let_ship(self, roll: Random, order: MarketplaceOrder, wanted: list[tuple[Listing, int]]) -> None:
        """The marketplace ships it from its own warehouse."""
        there = self._there.day_of(order.created_at)
        order.ship_by, order.deliver_by = self._end(there + 2 * DAY), self._end(there + 6 * DAY)
        shipped = order.created_at + timedelta(seconds=roll.randint(9_000, 150_000))
        if roll.random() < 0.014:
            self._cancel(roll, order, shipped, "BUYER", wanted, self._stock.main)
            return
        order.shipped_at = shipped
        for one, count in wanted:
            self._fba.ship(shipped, one.seller_sku, count)
        delivered = shipped + timedelta(seconds=roll.randint(70_000, 350_000))
        self._after.settle(roll, order, delivered)
        if roll.random() < 0.075:
            self._after.refund(roll, order, delivered)
        self._after.judge(roll, order, delivered, delivered > order.deliver_by)

    def ship_ourselves(
        self, roll: Random, order: MarketplaceOrder, place: Location, wanted: list[tuple[Listing, int]]
    ) -> None:
        """We ship it from one of our locations."""
        service = choose_service(roll, False)
        preferred = self._stock.preferred(order.ship_to.province)
        handling = self._warehouse.handling_day(order.created_at)
        zone = zone_of(order.ship_to, place, place is not preferred)
        order.ship_by = self._end(handling)
        order.deliver_by = self._end(self._business.after(handling, service.days(zone) + 2))
        shipped = self._warehouse.label_at(roll, order.created_at)
        fate = roll.random()
        if fate < 0.024 and shipped - order.created_at > timedelta(minutes=30):
            self._cancel(roll, order, shipped, "SELLER" if fate < 0.01 else "BUYER", wanted, place)
            return
        order.shipped_at = shipped
        for one, count in wanted:
            for variant, units in one.components:
                self._stock.ship(shipped, variant, place, units * count, order.id)
        journey = Journey([], delivered_at=shipped + 5 * DAY)
        if roll.random() > UNTRACKED_SHARE:
            quantities = {int(line.id): line.quantity for line in order.lines}
            parcel, journey = self._warehouse.pack(
                self._dice.roll("marketplace-parcels", self._clock.day_of(order.created_at)),
                int(order.id.replace("-", "")), order.ship_to, quantities, place, service, shipped,
                place is not preferred,
            )  # fmt: skip
            order.parcels.append(parcel)
        ended = journey.delivered_at or journey.back_at or journey.lost_at or shipped + 15 * DAY
        self._after.settle(roll, order, ended)
        if journey.delivered_at is None or roll.random() < 0.04:
            self._after.refund(roll, order, ended, is_whole=journey.delivered_at is None)
        self._after.judge(roll, order, ended, journey.delivered_at is None or ended > order.deliver_by)

    def _end(self, day: date) -> datetime:
        """The last second of a day of the marketplace."""
        return self._there.at(day, 86_399)

    def _cancel(
        self, roll: Random, order: MarketplaceOrder, before: datetime, who: str,
        wanted: list[tuple[Listing, int]], place: Location,
    ) -> None:  # fmt: skip
        open_s = int((before - order.created_at).total_seconds())
        order.cancelled_at = order.created_at + timedelta(seconds=roll.randint(300, max(301, open_s - 300)))
        order.cancelled_by = who
        for one, count in wanted:
            if one.fulfilled_by == "AMAZON":
                self._agenda.at(order.cancelled_at, self._fba.release, one.seller_sku, count)
                continue
            for variant, units in one.components:
                self._agenda.at(order.cancelled_at, self._stock.release, variant, place, units * count)
