"""What becomes of an order: paid or not, cancelled, packed, delivered, sent back, apologised for."""

from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.agenda import Agenda
from include.sandbox.world.book import BookReturn
from include.sandbox.world.carriers import Journey
from include.sandbox.world.catalogue import Catalogue
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Company, Location, Order, Refund, RefundLine, Return, ReturnLine
from include.sandbox.world.money import Refundable
from include.sandbox.world.shop import Allotment, Taken
from include.sandbox.world.stock import Stock
from include.sandbox.world.warehouse import Warehouse

FIRST_REFUND_ID, FIRST_REFUND_LINE_ID = 9_300_000_001, 9_700_000_001
FIRST_RETURN_ID, FIRST_RETURN_LINE_ID = 3_800_000_001, 3_900_000_001
REASONS = (
    "UNWANTED",
    "DEFECTIVE",
    "NOT_AS_DESCRIBED",
    "WRONG_ITEM",
    "SIZE_TOO_SMALL",
    "SIZE_TOO_LARGE",
    "OTHER",
)
REASON_WEIGHTS = (34, 24, 14, 10, 6, 6, 6)
CANCEL_REASONS = ("CUSTOMER", "CUSTOMER", "INVENTORY", "STAFF", "FRAUD")


class Aftersales:
    """Decides an order's whole life when it is placed; goods move when their instant comes."""

    def __init__(
        self, company: Company, is_real_shop: bool, dice: Dice, clock: LocalClock, stock: Stock,
        warehouse: Warehouse, agenda: Agenda, offset: int = 0,
    ):  # fmt: skip
        self._offset = offset
        self._company, self._is_real, self._dice, self._clock = company, is_real_shop, dice, clock
        self._stock, self._warehouse, self._agenda = stock, warehouse, agenda
        self._refunds = self._refund_lines = self._returns = self._return_lines = 0

    def decide(self, taken: Taken, day: date) -> None:
        """Give the order its future."""
        roll = self._dice.roll("aftersales", day)
        order = taken.order
        refundable = Refundable(order.lines, self._company.taxes_included)
        fate = 1.0 if self._is_real else roll.random()
        if fate < 0.008:
            self._void(roll, taken)
            return
        if fate < 0.02:
            order.paid_at = order.created_at + timedelta(seconds=roll.randint(5_400, 150_000))
        paid_at = order.paid_at or order.created_at
        label_at = self._warehouse.label_at(roll, paid_at)
        quiet_s = int((label_at - paid_at).total_seconds()) - 1_200
        if 0.02 <= fate < 0.034 and quiet_s > 600:
            self._cancel(roll, taken, refundable, paid_at + timedelta(seconds=roll.randint(300, quiet_s)))
            return
        stocked = sum(one.location is not None for one in taken.allotments)
        if 0.034 <= fate < 0.041 and quiet_s > 600 and stocked > 1:
            self._cancel_line(
                roll, taken, refundable, paid_at + timedelta(seconds=roll.randint(300, quiet_s))
            )
        journeys = self._pack(taken, day, label_at, refundable)
        if not self._is_real:
            self._aftermath(roll, taken, refundable, journeys)
            order.refunds.sort(key=lambda refund: refund.at)

    def give_back(
        self, order: Order, refundable: Refundable, at: datetime, goods: list[tuple[int, int]], restock: str,
        location: Location, goodwill: int = 0, shipping: int = 0,
    ) -> Refund:  # fmt: skip
        """Refund (line id, quantity) pairs; RETURN puts them back on the shelf at that instant."""
        lines = tuple(self._refund_line(refundable, line, count, restock, location) for line, count in goods)
        refund = Refund(FIRST_REFUND_ID + self._offset + self._refunds, at, lines, goodwill, shipping)
        self._refunds += 1
        order.refunds.append(refund)
        variant_of = {line.id: line.variant_id for line in order.lines}
        if restock == "RETURN":
            for line, count in goods:
                self._agenda.at(
                    at, self._stock.arrive, at, variant_of[line], location.id, count, "return", order.name
                )
        return refund

    def book_return(
        self, taken: Taken, refundable: Refundable, back: BookReturn, catalogue: Catalogue
    ) -> None:
        """Goods that the shop's own book says came back; at most what was sold and not yet returned."""
        goods: list[tuple[int, int]] = []
        for item, quantity, _ in back.lines:
            variant = catalogue.variant_of_item[item]
            for one in taken.allotments:
                count = min(quantity, refundable.quantity(one.line.id))
                if one.line.variant_id == variant.id and count:
                    goods.append((one.line.id, count))
                    quantity -= count
        if goods:
            self.give_back(taken.order, refundable, back.at, goods, "RETURN", taken.preferred)
            asked = max(taken.order.created_at, back.at - timedelta(days=3))
            self.take_back(taken.order, asked, back.at, [(*one, "UNKNOWN") for one in goods])

    def take_back(
        self, order: Order, asked: datetime, closed: datetime | None, goods: list[tuple[int, int, str]]
    ) -> None:
        """The customer's return of (line id, quantity, reason)."""
        lines = []
        for line, count, reason in goods:
            number = FIRST_RETURN_LINE_ID + self._offset + self._return_lines
            lines.append(ReturnLine(number, line, count, reason))
            self._return_lines += 1
        number = FIRST_RETURN_ID + self._offset + self._returns
        order.returns.append(Return(number, asked, closed, tuple(lines)))
        self._returns += 1

    def _refund_line(
        self, refundable: Refundable, line: int, count: int, restock: str, location: Location
    ) -> RefundLine:
        number = FIRST_REFUND_LINE_ID + self._offset + self._refund_lines
        self._refund_lines += 1
        return refundable.take(number, line, count, restock, location.id if restock == "RETURN" else None)

    def _void(self, roll: Random, taken: Taken) -> None:
        order = taken.order
        order.paid_at = None
        order.cancelled_at = order.created_at + timedelta(seconds=roll.randint(20_000, 260_000))
        order.cancel_reason = "DECLINED"
        self._release(order.cancelled_at, taken.allotments)

    def _cancel(self, roll: Random, taken: Taken, refundable: Refundable, at: datetime) -> None:
        order = taken.order
        order.cancelled_at, order.cancel_reason = at, roll.choice(CANCEL_REASONS)
        goods = [(line.id, line.quantity) for line in order.lines]
        self.give_back(order, refundable, at, goods, "CANCEL", taken.preferred, shipping=order.shipping_minor)
        self._release(at, taken.allotments)

    def _cancel_line(self, roll: Random, taken: Taken, refundable: Refundable, at: datetime) -> None:
        """The customer, or the shop, thinks better of one line."""
        chosen = roll.choice([one for one in taken.allotments if one.location])
        count = roll.randint(1, chosen.line.quantity)
        self.give_back(taken.order, refundable, at, [(chosen.line.id, count)], "CANCEL", taken.preferred)
        if chosen.location:
            self._agenda.at(at, self._stock.release, chosen.line.variant_id, chosen.location, count)

    def _release(self, at: datetime, allotments: list[Allotment]) -> None:
        for one in allotments:
            if one.location:
                self._agenda.at(at, self._stock.release, one.line.variant_id, one.location, one.line.quantity)

    def _pack(self, taken: Taken, day: date, label_at: datetime, refundable: Refundable) -> list[Journey]:
        """Parcels by location; big ones are sometimes two. Gift cards go with the first."""
        roll = self._dice.roll("parcels", day)
        order, journeys = taken.order, []
        by_place: dict[int, list[Allotment]] = {}
        for one in taken.allotments:
            if one.location and refundable.quantity(one.line.id):
                by_place.setdefault(one.location.id, []).append(one)
        cards = {one.line.id: one.line.quantity for one in taken.allotments if one.location is None}
        for place in by_place.values():
            half = len(place) // 2 if len(place) > 3 and roll.random() < 0.12 else len(place)
            for content in filter(None, (place[:half], place[half:])):
                origin = content[0].location or taken.preferred
                at = label_at if not order.parcels else label_at + timedelta(seconds=roll.randint(300, 9_000))
                at = max(at, self._clock.hour(self._clock.day_of(at), 9))
                quantities = {one.line.id: refundable.quantity(one.line.id) for one in content} | cards
                cards = {}
                parcel, journey = self._warehouse.pack(
                    roll,
                    order.id,
                    order.ship_to,
                    quantities,
                    origin,
                    taken.service,
                    at,
                    origin is not taken.preferred,
                )
                order.parcels.append(parcel)
                journeys.append(journey)
                for one in content:
                    self._stock.ship(at, one.line.variant_id, origin, quantities[one.line.id], order.name)
        return journeys

    def _aftermath(self, roll: Random, taken: Taken, refundable: Refundable, journeys: list[Journey]) -> None:
        order, fate, delay = taken.order, roll.random(), roll.randint(30_000, 1_100_000)
        for parcel, journey in zip(order.parcels, journeys, strict=True):
            ended = journey.back_at or journey.lost_at
            if ended is None:
                continue
            stocked = {one.line.id: one.location for one in taken.allotments if one.location}
            goods = [(line, count) for line, count in parcel.line_quantities.items() if line in stocked]
            was_damaged = any(scan.status_detail in ("damaged", "lost") for scan in parcel.scans)
            restock = "RETURN" if journey.back_at and not was_damaged else "NO_RESTOCK"
            refund_at = ended + timedelta(seconds=90_000)
            self.give_back(order, refundable, refund_at, goods, restock, stocked[goods[0][0]])
        delivered = [journey.delivered_at for journey in journeys if journey.delivered_at]
        if not delivered or len(delivered) < len(journeys):
            return
        asked = max(delivered) + timedelta(seconds=delay)
        if fate < 0.045:
            self._return(roll, taken, refundable, asked)
        elif fate < 0.057:
            goods_minor = sum(
                line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines
            )
            goodwill = max(1, goods_minor * roll.randint(5, 20) // 100)
            if goodwill <= goods_minor:
                self.give_back(order, refundable, asked, [], "NO_RESTOCK", taken.preferred, goodwill=goodwill)

    def _return(self, roll: Random, taken: Taken, refundable: Refundable, asked: datetime) -> None:
        order = taken.order
        open_ones = [one for one in taken.allotments if one.location and refundable.quantity(one.line.id)]
        chosen = roll.sample(open_ones, min(len(open_ones), roll.choice((1, 1, 2))))
        reason = roll.choices(REASONS, REASON_WEIGHTS)[0]
        goods = [(one.line.id, roll.randint(1, refundable.quantity(one.line.id))) for one in chosen]
        never_comes = roll.random() < 0.1
        refund_at = asked + timedelta(seconds=roll.randint(300_000, 1_000_000))
        self.take_back(order, asked, None if never_comes else refund_at, [(*one, reason) for one in goods])
        if not never_comes:
            is_broken = reason == "DEFECTIVE" and roll.random() < 0.85
            place = chosen[0].location or taken.preferred
            self.give_back(
                order, refundable, refund_at, goods, "NO_RESTOCK" if is_broken else "RETURN", place
            )
