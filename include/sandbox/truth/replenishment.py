"""What to reorder: everything that follows from a forecast, a reorder point, stock and open orders.

Three remedies, the first that settles the need: TRANSFER from a location that can spare it, EXPEDITE an order that
comes after the shelf is empty, ORDER. The forecast itself is given (`Demand`): it is proved by its own twin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil, floor

from include.sandbox.truth.moments import money
from include.sandbox.truth.positions import Coming, Position, coming, positions
from include.sandbox.truth.projection import Projection, project
from include.sandbox.truth.statistics import rounded
from include.sandbox.truth.stock import FBA, Place
from include.sandbox.truth.suppliers import Terms, terms
from include.sandbox.world.model import World

REVIEW_DAYS, COVER_DAYS = 7, 28
SMALLEST_GAP = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """Given: average units a day, each ISO weekday's share of an average day, and the reorder point."""

    daily: float
    weekdays: Mapping[int, float]
    reorder_point: Decimal


@dataclass(slots=True)
class Need:
    """One SKU at one location, and what is advised."""

    place: Place
    demand: Demand
    terms: Terms
    have: Position
    projection: Projection
    late: Coming | None
    day: date
    donor: Place | None = None
    transfer_qty: int | None = None
    gap_units: float = field(init=False)

    def __post_init__(self) -> None:
        self.gap_units = self._gap()

    def _gap(self) -> float:
        """Demand that meets an empty shelf until the late order comes, or one placed today would be there."""
        out = self.projection.stockout_date
        if self.late is None or out is None:
            return 0.0
        settled = out + timedelta(days=self.terms.lead_time_days)
        until = min(self.late.expected or settled, settled)
        return self.demand.daily * (until - max(out, self.day + timedelta(days=1))).days

    @property
    def is_below(self) -> bool:
        return self.have.confirmed <= self.demand.reorder_point

    @property
    def is_gap(self) -> bool:
        return not self.is_below and self.late is not None and self.gap_units >= SMALLEST_GAP

    @property
    def is_open(self) -> bool:
        return self.is_below or self.is_gap

    @property
    def target(self) -> int:
        """Enough for lead time and cover: the reorder point holds lead time and review already."""
        more = self.demand.daily * (COVER_DAYS - REVIEW_DAYS)
        return ceil(rounded(self.demand.reorder_point + Decimal(repr(more)), 4))

    @property
    def wanted(self) -> int:
        """Up to the target, for a position at the reorder point or under it."""
        return (
            0 if self.have.position > self.demand.reorder_point else max(self.target - self.have.position, 0)
        )

    @property
    def accepted(self) -> int:
        """At least the MOQ, in whole packs."""
        moq, pack = self._lot()
        return ceil(max(self.wanted, moq) / pack) * pack if self.wanted > 0 else 0

    @property
    def latest_order_date(self) -> date | None:
        out = self.projection.stockout_date
        return out - timedelta(days=self.terms.lead_time_days) if out else None

    @property
    def severity(self) -> str:
        if not self.is_open:
            return "ok"
        if self.have.available <= 0:
            return "out"
        latest = self.latest_order_date
        return "late" if latest and latest <= self.day else "due"

    @property
    def advice(self) -> str:
        if not self.is_open:
            return "NONE"
        if self.donor:
            return "TRANSFER"
        return "EXPEDITE" if self.is_gap else "ORDER"

    def _lot(self) -> tuple[int, int]:
        offer = self.terms.offer
        return (offer.min_quantity, max(offer.pack_size, 1)) if offer else (1, 1)

    def row(self, world: World) -> dict[str, object]:
        """As `mart_restock_recommendation` tells it."""
        have, offer, is_order = self.have, self.terms.offer, self.advice == "ORDER"
        price = money(world, offer.price_minor) if offer else None
        ordered = self.accepted if is_order else 0
        moq, pack = self._lot()
        expected = self.demand.daily * (self.terms.lead_time_days + REVIEW_DAYS)
        return {
            "supplier_id": str(offer.supplier_id) if offer else None,
            "on_hand": have.on_hand,
            "available": have.available,
            "on_order": have.on_order,
            "in_transit": have.in_transit,
            "draft_on_order": have.draft_on_order,
            "position": have.position,
            "lead_time_days": self.terms.lead_time_days,
            "review_days": REVIEW_DAYS,
            "safety_stock": self.demand.reorder_point - rounded(expected, 2),
            "target_stock": self.target,
            "qty_raw": self.wanted if is_order else 0,
            "qty_to_order": ordered,
            "moq": moq,
            "pack_size": pack,
            "unit_cost_amount": price,
            "order_value_amount": None if price is None else price * ordered,
            "days_of_cover": rounded(self.projection.days_of_cover, 1),
            "days_of_cover_incl_on_order": rounded(self.projection.days_of_cover_incl_on_order, 1),
            "stockout_date": self.projection.stockout_date,
            "latest_order_date": self.latest_order_date,
            "advice": self.advice,
            "transfer_from": self.donor[1] if self.donor else None,
            "transfer_qty": self.transfer_qty,
            "expedite_po_name": self.late.order_name if self.late else None,
            "is_awaiting_approval": is_order and have.draft_on_order > 0,
            "severity": self.severity,
        }


def needs(world: World, now: datetime, day: date, demands: Mapping[Place, Demand]) -> dict[Place, Need]:
    """Every SKU and location with demand, advised."""
    have, known = positions(world, now, day), terms(world, now, day)
    open_lines = coming(world, now, day, known)
    found: dict[Place, Need] = {}
    for place, demand in demands.items():
        if place[0] not in known:
            continue
        here, lines = have.get(place, Position()), open_lines.get(place, [])
        receipts: dict[date, int] = {}
        for line in lines:
            if line.expected:
                receipts[line.expected] = receipts.get(line.expected, 0) + line.quantity
        ahead = project(here.available, demand.daily, demand.weekdays, receipts, day)
        late = _late(lines, ahead.stockout_date)
        found[place] = Need(place, demand, known[place[0]], here, ahead, late, day)
    _transfer(world, found, have)
    return found


def _late(lines: list[Coming], stockout: date | None) -> Coming | None:
    """The first order that comes after the shelf is empty, or that nobody can date any more."""
    late = [
        line for line in lines if line.expected is None or (stockout is not None and line.expected > stockout)
    ]
    return min(late, key=lambda line: (line.expected or date.max, line.order_name), default=None)


def _transfer(world: World, found: dict[Place, Need], have: Mapping[Place, Position]) -> None:
    """Give every need its donor. One donor serves one location a night, the one that runs out first; nothing crosses
    a border or leaves a marketplace's warehouse."""
    places = {one.code: one for shop in (world, *world.branches) for one in shop.locations}
    country = {code: one.address.country for code, one in places.items()} | {FBA: world.company.country}
    rank = {FBA: 0} | {code: one.id for code, one in places.items()}
    asking: dict[Place, list[Need]] = {}
    for need in found.values():
        offers = []
        for donor in [(need.place[0], code) for code in places if code != need.place[1]]:
            surplus = _surplus(donor, found, have)
            if country[donor[1]] == country[need.place[1]] and _helps(need, surplus):
                offers.append((-min(surplus, _asked(need)), rank[donor[1]], donor))
        if offers:
            quantity, _, donor = min(offers)
            need.transfer_qty = -quantity
            asking.setdefault(donor, []).append(need)
    for donor, asked in asking.items():
        served = min(asked, key=lambda need: (need.projection.stockout_date or date.max, rank[need.place[1]]))
        served.donor = donor
        for need in asked:
            if need is not served:
                need.transfer_qty = None


def _surplus(donor: Place, found: Mapping[Place, Need], have: Mapping[Place, Position]) -> int:
    """What a location can give and still be a unit above its own reorder point: of its shelf alone; all of it where
    nobody asks for the SKU."""
    if donor in found:
        here = found[donor]
        return floor(min(here.have.available, here.have.confirmed) - here.demand.reorder_point - 1)
    return have[donor].available if donor in have else 0


def _asked(need: Need) -> int:
    return ceil(rounded(need.gap_units, 4)) if need.is_gap else need.wanted


def _helps(need: Need, surplus: int) -> bool:
    """The whole quantity; or, where an order would come too late, enough to get through."""
    asked = _asked(need)
    if not need.is_open or asked <= 0 or surplus <= 0:
        return False
    least = max(need.demand.reorder_point - need.have.position + 1, Decimal(1))
    enough = Decimal(asked) if need.is_gap else least
    return surplus >= asked or (need.severity in ("out", "late") and surplus >= enough)
