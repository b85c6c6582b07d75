"""Stock at an instant, added up from the moves, and what open orders hold of it."""

from collections import defaultdict
from datetime import datetime

from include.sandbox.truth.moments import happened
from include.sandbox.world.model import Order, World

Place = tuple[str, str]


def on_hand(world: World, now: datetime) -> dict[Place, int]:
    """Units by (sku, location code) of every shelf that ever had a move."""
    skus = {variant.id: variant.sku for variant in world.variants}
    codes = {location.id: location.code for location in world.locations}
    units: dict[Place, int] = defaultdict(int)
    for move in world.stock_moves:
        if not happened(move.at, now):
            break
        if move.from_location_id is not None:
            units[skus[move.variant_id], codes[move.from_location_id]] -= move.quantity
        if move.to_location_id is not None:
            units[skus[move.variant_id], codes[move.to_location_id]] += move.quantity
    return dict(units)


def reserved(world: World, now: datetime) -> dict[Place, int]:
    """Units of open orders that have not left: where their parcel will be packed, else (an order that
    will be cancelled) at the location that serves its destination."""
    skus = {variant.id: variant.sku for variant in world.variants}
    codes = {location.id: location.code for location in world.locations}
    units: dict[Place, int] = defaultdict(int)
    for order in world.orders:
        if order.test or not happened(order.created_at, now) or happened(order.cancelled_at, now):
            continue
        for location_id, quantities in _waiting(world, order, now):
            for line in order.lines:
                if quantities.get(line.id):
                    units[skus[line.variant_id], codes[location_id]] += quantities[line.id]
    return dict(units)


def out_of_stock(world: World, now: datetime) -> set[Place]:
    """Shelves where nothing can be sold: on hand less reserved is zero or below."""
    held = reserved(world, now)
    return {place for place, units in on_hand(world, now).items() if units - held.get(place, 0) <= 0}


def _waiting(world: World, order: Order, now: datetime) -> list[tuple[int, dict[int, int]]]:
    if order.parcels:
        ahead = [parcel for parcel in order.parcels if not happened(parcel.created_at, now)]
        return [(parcel.location_id, parcel.line_quantities) for parcel in ahead]
    province = order.ship_to.province
    serving = [place for place in world.locations if province in place.provinces]
    general = [place for place in world.locations if not place.provinces]
    place = (serving or general or world.locations)[0]
    return [(place.id, {line.id: line.quantity for line in order.lines})]
