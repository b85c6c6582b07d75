"""Stock is conserved: every unit comes from somewhere, goes somewhere, and none is sold twice."""

from collections import Counter, defaultdict

import pytest

from include.sandbox.world.model import Address, Location, StockMove, World
from include.sandbox.world.stock import Stock
from tests.sandbox.worlds import small_world


def moves_of(world: World, kind: str) -> list[StockMove]:
    return [move for move in world.stock_moves if move.kind == kind]


def test_no_shelf_is_ever_below_zero():
    on_hand: dict[tuple[int, int], int] = defaultdict(int)
    for move in small_world().stock_moves:
        if move.to_location_id is not None:
            on_hand[move.variant_id, move.to_location_id] += move.quantity
        if move.from_location_id is not None:
            key = (move.variant_id, move.from_location_id)
            on_hand[key] -= move.quantity
            assert on_hand[key] >= 0, move


def test_sales_moves_are_the_parcels():
    world = small_world()
    variant_of = {line.id: line.variant_id for order in world.orders for line in order.lines}
    gift_cards = {variant.id for variant in world.variants if variant.sku.startswith("GIFT-")}
    packed: Counter[tuple[int, int, object]] = Counter()
    for order in world.orders:
        for parcel in order.parcels:
            for line, units in parcel.line_quantities.items():
                if variant_of[line] not in gift_cards:
                    packed[variant_of[line], parcel.location_id, parcel.created_at] += units
    components = {one.seller_sku: one.components for one in world.marketplace.listings}
    seller_sku_of = {
        int(line.id): line.seller_sku for order in world.marketplace.orders for line in order.lines
    }
    for order in world.marketplace.orders:
        for parcel in order.parcels:
            for line, count in parcel.line_quantities.items():
                for variant, units in components[seller_sku_of[line]]:
                    packed[variant, parcel.location_id, parcel.created_at] += units * count
    without_parcel = {
        order.id for order in world.marketplace.orders if order.shipped_at and not order.parcels
    }
    moved: Counter[tuple[int, int, object]] = Counter()
    for move in (one for one in moves_of(world, "sale") if one.reference not in without_parcel):
        moved[move.variant_id, move.from_location_id, move.at] += move.quantity
    assert moved == packed


def test_receipt_moves_are_the_purchase_orders_receipts():
    world = small_world()
    end = max(move.at for move in world.stock_moves if move.kind != "sale")
    received = Counter(
        {
            (line.id, receipt.at): receipt.quantity
            for order in world.purchase_orders
            for line in order.lines
            for receipt in line.receipts
            if receipt.at <= end
        }
    )
    moved = Counter({(move.purchase_line_id, move.at): move.quantity for move in moves_of(world, "receipt")})
    assert moved
    assert moved == received


def test_goods_go_back_on_the_shelf_only_when_restocked():
    world = small_world()
    end = max(move.at for move in moves_of(world, "return"))
    restocked = sum(
        line.quantity
        for order in world.orders
        for refund in order.refunds
        for line in refund.lines
        if line.restock_type == "RETURN" and refund.at <= end
    )
    assert sum(move.quantity for move in moves_of(world, "return")) == restocked


def test_shelves_run_empty_and_sales_are_lost():
    world = small_world()
    on_hand: dict[tuple[int, int], int] = defaultdict(int)
    ran_out = 0
    for move in world.stock_moves:
        if move.to_location_id is not None:
            on_hand[move.variant_id, move.to_location_id] += move.quantity
        if move.from_location_id is not None:
            on_hand[move.variant_id, move.from_location_id] -= move.quantity
            ran_out += move.kind == "sale" and on_hand[move.variant_id, move.from_location_id] == 0
    assert ran_out > 10


def test_nothing_is_stocked_or_bought_before_it_is_in_the_shop():
    world = small_world()
    launched = {product.id: product.created_at for product in world.products}
    in_shop = {variant.id: launched[variant.product_id] for variant in world.variants}
    assert any(at > world.orders[0].created_at for at in in_shop.values())
    assert [move for move in world.stock_moves if move.at < in_shop[move.variant_id]] == []
    bought = [(order, line) for order in world.purchase_orders for line in order.lines]
    assert [order.name for order, line in bought if order.created_at < in_shop[line.variant_id]] == []


def test_stock_cannot_be_promised_twice():
    address = Address("US", "OH", "Columbus", "43004")
    place = Location(1, 8, "CMH1", "CMH1", address, frozenset())
    stock = Stock([place])
    stock.free[7, 1] = 2
    stock.promise(7, place, 2)
    with pytest.raises(ValueError, match="1 units short"):
        stock.promise(7, place, 1)
