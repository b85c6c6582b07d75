"""What we have and what is coming, by SKU and location, and when we believe it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.sandbox.truth.buying import purchase_lines
from include.sandbox.truth.moments import happened, local_day
from include.sandbox.truth.rules import components
from include.sandbox.truth.stock import FBA, Place, shelf_rows
from include.sandbox.truth.suppliers import Pace, Terms, longest_days, paces
from include.sandbox.world.model import World


@dataclass(slots=True)
class Position:
    """Units. `confirmed` is what somebody has promised to send or what lies there; drafts are only wished for."""

    on_hand: int = 0
    available: int = 0
    on_order: int = 0
    in_transit: int = 0
    draft_on_order: int = 0

    @property
    def confirmed(self) -> int:
        return self.available + self.on_order + self.in_transit

    @property
    def position(self) -> int:
        return self.confirmed + self.draft_on_order


@dataclass(frozen=True, slots=True)
class Coming:
    """An open line of a confirmed order. `expected` is None when it is so late that nobody knows."""

    order_name: str
    quantity: int
    expected: date | None


def positions(world: World, now: datetime, day: date) -> dict[Place, Position]:
    """Of every shelf and every place something was ordered for."""
    found: dict[Place, Position] = defaultdict(Position)
    for place, row in shelf_rows(world, now).items():
        found[place].on_hand, found[place].available = int(str(row["on_hand"])), int(str(row["available"]))
    for line in purchase_lines(world, now, day):
        here = found[line["sku"], line["location_code"]]
        if line["state"] == "purchase":
            here.on_order += line["open_quantity"]
        elif line["state"] == "draft":
            here.draft_on_order += line["open_quantity"]
    for sku, units in on_the_way_to_fba(world, now).items():
        found[sku, FBA].in_transit += units
    return found


def on_the_way_to_fba(world: World, now: datetime) -> dict[str, int]:
    """Units of our SKUs that left us for the marketplace's warehouse and have not been counted in."""
    units: dict[str, int] = defaultdict(int)
    for move in world.marketplace.fba_moves if world.marketplace else ():
        sign = {"inbound": 1, "received": -1}.get(move.kind, 0)
        if sign and happened(move.at, now):
            for sku, per in components("amazon", move.seller_sku, local_day(world, now)):
                units[sku] += sign * per * move.quantity
    return units


def coming(world: World, now: datetime, day: date, terms: dict[str, Terms]) -> dict[Place, list[Coming]]:
    """The open lines of confirmed orders. A promise in the future stands; an overdue order comes when its supplier's
    longest time has passed, and after that nobody knows."""
    measured = paces(world, now, day)
    found: dict[Place, list[Coming]] = defaultdict(list)
    for line in purchase_lines(world, now, day):
        if line["state"] == "purchase" and line["open_quantity"]:
            known = terms.get(line["sku"])
            pace = measured.get(line["supplier_id"], Pace())
            longest = longest_days(pace, known.promised_days if known else 0)
            given_up = local_day(world, line["approved_at"]) + timedelta(days=longest)
            promised = line["promised_date"]
            expected = promised if promised > day else given_up if given_up > day else None
            found[line["sku"], line["location_code"]].append(
                Coming(line["purchase_order_name"], line["open_quantity"], expected)
            )
    return found
