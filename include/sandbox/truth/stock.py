"""Stock at an instant, added up from the moves, and what open orders hold of it."""

from collections import defaultdict
from datetime import datetime

from include.sandbox.truth.moments import happened, local_day
from include.sandbox.truth.rules import components
from include.sandbox.world.model import Location, Order, World

Place = tuple[str, str]
FBA = "AMAZON_FBA"
SIGNS = {"received": 1, "return": 1, "sale": -1, "lost": -1}


def on_hand(world: World, now: datetime) -> dict[Place, int]:
    """Units by (sku, location code) of every shelf of a store that ever had a move."""
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


def on_shelves(world: World, now: datetime) -> dict[Place, int]:
    """Units on the shelves of all stores, as somebody counts them: a branch has no ERP, and what it deleted
    from its shop is counted by nobody."""
    units = on_hand(world, now)
    for branch in world.branches:
        deleted = {product.id for product in branch.products if happened(product.deleted_at, now)}
        forgotten = {variant.sku for variant in branch.variants if variant.product_id in deleted}
        units |= {place: held for place, held in on_hand(branch, now).items() if place[0] not in forgotten}
    return units


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
    """Shelves of all stores and of the marketplace's warehouse where nothing can be sold: on hand less
    reserved is zero or below."""
    held = {place: units for shop in (world, *world.branches) for place, units in reserved(shop, now).items()}
    out = {place for place, units in on_shelves(world, now).items() if units - held.get(place, 0) <= 0}
    there, promised = fba_on_hand(world, now), fba_reserved(world, now)
    return out | {(sku, FBA) for sku, units in there.items() if units - promised.get(sku, 0) <= 0}


def shelf_rows(world: World, now: datetime) -> dict[Place, dict[str, object]]:
    """The rows of `fct_inventory_snapshot_daily` at an instant, of all stores and the marketplace's warehouse."""
    held = {place: units for shop in (world, *world.branches) for place, units in reserved(shop, now).items()}
    there, promised = fba_on_hand(world, now), fba_reserved(world, now)
    units = {place: (count, held.get(place, 0)) for place, count in on_shelves(world, now).items()}
    units |= {(sku, FBA): (count, promised.get(sku, 0)) for sku, count in there.items()}
    return {
        place: {
            "on_hand": count,
            "reserved": taken,
            "available": count - taken,
            "is_out_of_stock": count <= taken,
        }
        for place, (count, taken) in units.items()
    }


def fba_on_hand(world: World, now: datetime) -> dict[str, int]:
    """Units of our SKUs in the marketplace's warehouse: what it can sell and what it promised. Sets and packs
    count as what they hold; listings that nobody mapped are not known to be ours."""
    if world.marketplace is None:
        return {}
    units: dict[str, int] = {}
    for move in world.marketplace.fba_moves:
        if happened(move.at, now):
            _add(units, world, move.seller_sku, move.quantity * SIGNS.get(move.kind, 0), now)
    return units


def fba_reserved(world: World, now: datetime) -> dict[str, int]:
    """Units of our SKUs that open orders hold in the marketplace's warehouse."""
    units: dict[str, int] = {}
    for order in world.marketplace.orders if world.marketplace else ():
        is_open = happened(order.created_at, now) and not happened(order.cancelled_at, now)
        if order.fulfilled_by == "AMAZON" and is_open and not happened(order.shipped_at, now):
            for line in order.lines:
                _add(units, world, line.seller_sku, line.quantity, now)
    return units


def _add(units: dict[str, int], world: World, seller_sku: str, quantity: int, now: datetime) -> None:
    for sku, per in components("amazon", seller_sku, local_day(world, now)):
        units[sku] = units.get(sku, 0) + quantity * per


def _waiting(world: World, order: Order, now: datetime) -> list[tuple[int, dict[int, int]]]:
    """(location, line -> units) not sent yet. Units that will be cancelled wait with the rest of their line."""
    ahead = [parcel for parcel in order.parcels if not happened(parcel.created_at, now)]
    waiting = [(parcel.location_id, parcel.line_quantities) for parcel in ahead]
    for line in order.lines:
        packed = sum(parcel.line_quantities.get(line.id, 0) for parcel in order.parcels)
        left = line.quantity - packed - _cancelled(order, line.id, now)
        if left > 0:
            planned = (parcel.location_id for parcel in ahead if line.id in parcel.line_quantities)
            waiting.append((next(planned, serving(world, order).id), {line.id: left}))
    return waiting


def _cancelled(order: Order, line_id: int, now: datetime) -> int:
    parts = (part for refund in order.refunds if happened(refund.at, now) for part in refund.lines)
    return sum(part.quantity for part in parts if part.line_id == line_id and part.restock_type == "CANCEL")


def serving(world: World, order: Order) -> Location:
    """The location that serves an order's destination first."""
    province = order.ship_to.province
    near = [place for place in world.locations if province in place.provinces]
    general = [place for place in world.locations if not place.provinces]
    return (near or general or world.locations)[0]
