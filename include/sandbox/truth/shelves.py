"""Stock at the end of every day, as it can be known from the nights on which somebody looked.

The ERP writes down every move, so each of its days is known exactly, though what open orders held is known for the days
that were looked at only. A shop's and a marketplace's own shelves are known by looking: before the first look there is
nothing, between two looks the earlier one stands (`is_estimated`), and what is listed no more has no shelf.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.truth.stock import Place, shelf_rows
from include.sandbox.truth.unit_costs import unit_costs
from include.sandbox.world.model import World

DAY = timedelta(days=1)
Row = dict[str, object]
Key = tuple[str, str, date]  # sku, location code, business date


def shelf_days(
    world: World, looked: Sequence[tuple[date, datetime]], now: datetime, day: date
) -> dict[Key, Row]:
    """The rows of `fct_inventory_snapshot_daily` up to `day`; `looked` are the days that were closed by looking, oldest
    first, each with the instant of the look."""
    looks = {closed: shelf_rows(world, at) for closed, at in looked if closed <= day}
    recorded = {place.code for place in world.locations}
    rows = dict(_walked(world, looks, now, day)) | dict(_seen(looks, recorded, day))
    costs = _costs(world)
    for (sku, _, _), row in rows.items():
        row["unit_cost_amount"], row["currency"] = costs.get(sku, (None, world.company.currency))
    return rows


def _walked(
    world: World, looks: dict[date, dict[Place, Row]], now: datetime, day: date
) -> Iterator[tuple[Key, Row]]:
    """Every day of a shelf from its first move on."""
    for (sku, code), moves in _moves(world, now).items():
        held, today = 0, min(moves)
        while today <= day:
            opening, (came, left) = held, moves.get(today, (0, 0))
            held += came - left
            is_closed = today in looks
            taken = int(str(looks[today].get((sku, code), {}).get("reserved", 0))) if is_closed else 0
            yield (sku, code, today), _row(held, taken, opening > 0 or left > 0, not is_closed)
            today += DAY


def _moves(world: World, now: datetime) -> dict[Place, dict[date, tuple[int, int]]]:
    """Units that came to and left each shelf, by day."""
    skus = {variant.id: variant.sku for variant in world.variants}
    codes = {location.id: location.code for location in world.locations}
    found: dict[Place, dict[date, tuple[int, int]]] = defaultdict(lambda: defaultdict(lambda: (0, 0)))
    for move in world.stock_moves:
        if happened(move.at, now):
            sku, day = skus[move.variant_id], local_day(world, move.at)
            if move.to_location_id is not None:
                came, left = found[sku, codes[move.to_location_id]][day]
                found[sku, codes[move.to_location_id]][day] = came + move.quantity, left
            if move.from_location_id is not None:
                came, left = found[sku, codes[move.from_location_id]][day]
                found[sku, codes[move.from_location_id]][day] = came, left + move.quantity
    return found


def _seen(looks: dict[date, dict[Place, Row]], recorded: set[str], day: date) -> Iterator[tuple[Key, Row]]:
    """What each look found where nobody records moves, until the next look."""
    days: list[date] = sorted(looks)
    before: dict[Place, int] = {}
    for closed, following in zip(days, [*days[1:], day + DAY], strict=False):
        for (sku, code), told in looks[closed].items():
            if code in recorded:
                continue
            held, taken = int(str(told["on_hand"])), int(str(told["reserved"]))
            today = closed
            while today < following:
                opening = before.get((sku, code), 0)
                yield (sku, code, today), _row(held, taken, opening > 0, today > closed)
                before[sku, code] = held
                today += DAY


def _row(held: int, taken: int, had_some: bool, is_estimated: bool) -> Row:
    return {
        "on_hand": held,
        "reserved": taken,
        "available": held - taken,
        "is_out_of_stock": held <= taken,
        "sold_out_that_day": held <= taken and had_some,
        "is_estimated": is_estimated,
    }


def _costs(world: World) -> dict[str, tuple[Decimal, str]]:
    """What a unit costs, in the currency its company pays in."""
    return {
        sku: (money(shop, minor), shop.company.currency)
        for shop in (*world.branches, world)
        for sku, minor in unit_costs(shop).items()
    }
