"""The marketplace in the simulated company: its orders, money and stock agree with the rest."""

import csv
from collections import Counter, defaultdict
from datetime import timedelta

from include.sandbox.truth.rules import SEEDS
from include.sandbox.world import build
from include.sandbox.world.listings import SKUS, UNMAPPED, table
from include.sandbox.world.model import Marketplace, MarketplaceOrder
from tests.sandbox.worlds import night_config, night_world, small_config, small_world


def market() -> Marketplace:
    return night_world().marketplace


def shipped(keeper: str) -> list[MarketplaceOrder]:
    return [one for one in market().orders if one.shipped_at and one.fulfilled_by == keeper]


def test_about_a_fifth_of_the_orders_are_the_marketplaces_most_of_them_kept_there():
    ours = len(night_world().orders)
    keepers = Counter(one.fulfilled_by for one in market().orders)
    assert 0.15 * ours < keepers.total() < 0.26 * ours
    assert 0.6 < keepers["AMAZON"] / keepers.total() < 0.8


def test_a_small_company_has_every_kind_of_marketplace_story():
    until = night_config().today
    orders = [one for one in market().orders if one.created_at.date() < until]
    sold = {line.seller_sku for one in orders for line in one.lines}
    assert any(one.refunds for one in orders)
    assert any(one.cancelled_at for one in orders)
    assert any(sku.endswith(("-2PK", "-SET")) for sku in sold)
    assert UNMAPPED in sold
    assert any(one.rating for one in orders)
    assert any(line.shipping_discount_minor for one in orders for line in one.lines), "one was sent for free"
    assert any(one.shipped_at and one.shipped_at > one.ship_by for one in orders), "one was late"
    dispositions = {line.disposition for one in market().orders for r in one.refunds for line in r.lines}
    assert "SELLABLE" in dispositions
    assert None in dispositions


def test_seller_skus_are_never_ours_and_the_seed_knows_all_but_one():
    with (SEEDS / "sku_map.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["channel"] == "amazon"]
    seeded: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        seeded[row["channel_sku"]].append((row["sku"], int(row["units_per"])))
    assert {sku: tuple(parts) for sku, parts in seeded.items()} == {sku: parts for sku, _, parts in table()}
    skus = {variant.id: variant.sku for variant in night_world().variants}
    assert not {one.seller_sku for one in market().listings} & set(skus.values())
    missing = [one.seller_sku for one in market().listings if one.seller_sku not in seeded]
    assert missing == [UNMAPPED]
    for one in market().listings:
        if one.seller_sku != UNMAPPED:
            assert [(skus[variant], units) for variant, units in one.components] == seeded[one.seller_sku]


def test_goods_outside_a_small_assortment_are_not_offered():
    world = build(small_config(assortment=20))
    offered = {variant for one in world.marketplace.listings for variant, _ in one.components}
    assert offered <= {variant.id for variant in world.variants}
    assert 0 < len(world.marketplace.listings) < len(SKUS)


def test_numbers_are_unique_and_unlike_the_shops():
    orders = market().orders
    lines = [line.id for one in orders for line in one.lines]
    assert len({one.id for one in orders}) == len(orders)
    assert len(set(lines)) == len(lines)
    parcels = [parcel for one in orders for parcel in one.parcels]
    shop = [parcel for one in night_world().orders for parcel in one.parcels]
    codes = {parcel.tracking_code for parcel in parcels + shop}
    assert len(codes) == len(parcels) + len(shop)
    assert len({parcel.id for parcel in parcels + shop}) == len(codes)


def test_every_parcel_names_its_order_and_lines():
    for one in shipped("MERCHANT"):
        for parcel in one.parcels:
            assert parcel.order_id == int(one.id.replace("-", ""))
            assert parcel.line_quantities == {int(line.id): line.quantity for line in one.lines}
            assert parcel.created_at == one.shipped_at
    assert not [one for one in shipped("AMAZON") if one.parcels]


def test_an_order_lives_forward():
    for one in market().orders:
        assert one.created_at < one.ship_by < one.deliver_by
        if one.cancelled_at:
            assert one.cancelled_at > one.created_at
            assert one.cancelled_by in ("BUYER", "SELLER")
            assert one.shipped_at is one.posted_at is one.released_at is None
            assert not one.parcels
            assert not one.refunds
            assert not one.rating
            continue
        assert one.created_at < one.shipped_at < one.posted_at <= one.released_at
        for refund in one.refunds:
            assert refund.at > one.posted_at
            assert all(line.returned_at is None or line.returned_at > one.shipped_at for line in refund.lines)
        assert (one.rating is None) == (one.rated_at is None)
        assert one.claim_at is None or one.claim_at > one.shipped_at


def test_most_money_is_deferred_and_released_later():
    shipped_ones = [one for one in market().orders if one.posted_at]
    deferred = [one for one in shipped_ones if one.released_at > one.posted_at]
    assert 0.85 < len(deferred) / len(shipped_ones) < 1
    assert min(one.released_at - one.posted_at for one in deferred) > timedelta(days=6)


def test_we_pay_fees_and_get_some_back_with_refunds():
    for one in market().orders:
        keeper_fee = "FBAPerUnitFulfillmentFee"
        for line in one.lines:
            kinds = {fee.kind for fee in line.fees}
            assert all(fee.amount_minor <= 0 for fee in line.fees)
            assert (keeper_fee in kinds) == (one.fulfilled_by == "AMAZON")
        paid = {line.id: -sum(fee.amount_minor for fee in line.fees) for line in one.lines}
        for refund in one.refunds:
            for line in refund.lines:
                back = sum(fee.amount_minor for fee in line.fees)
                assert 0 <= back <= paid[line.line_id]
    assert all(charge.amount_minor < 0 for charge in market().charges)
    assert {charge.kind for charge in market().charges} == {
        "Subscription", "FBAStorageFee", "FBAInboundTransportationFee"
    }  # fmt: skip


def test_refunds_never_exceed_the_line():
    for one in market().orders:
        lines = {line.id: line for line in one.lines}
        units: Counter[str] = Counter()
        money: Counter[str] = Counter()
        for refund in one.refunds:
            for back in refund.lines:
                units[back.line_id] += back.quantity
                money[back.line_id] += back.amount_minor
        for line_id, count in units.items():
            line = lines[line_id]
            paid = line.unit_price_minor * line.quantity - line.discount_minor
            assert 0 < count <= line.quantity
            assert 0 <= money[line_id] <= paid


def test_the_marketplaces_shelves_are_never_below_zero_and_nothing_arrives_that_was_not_sent():
    there: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    for move in market().fba_moves:
        if move.kind == "inbound":
            under_way[move.seller_sku] += move.quantity
        if move.kind == "received":
            under_way[move.seller_sku] -= move.quantity
        there[move.seller_sku] += {"received": 1, "return": 1, "sale": -1, "lost": -1}.get(
            move.kind, 0
        ) * move.quantity
        assert there[move.seller_sku] >= 0, move
        assert under_way[move.seller_sku] >= 0, move


def test_what_the_marketplace_keeps_left_our_house():
    first = min(move.at for move in night_world().stock_moves)
    components = {one.seller_sku: one.components for one in market().listings}
    sent: Counter[tuple[int, object]] = Counter()
    for move in market().fba_moves:
        if move.kind == "inbound" and move.at >= first:
            for variant, units in components[move.seller_sku]:
                sent[variant, move.at] += units * move.quantity
    left: Counter[tuple[int, object]] = Counter()
    for move in night_world().stock_moves:
        if move.kind == "transfer" and move.to_location_id is None:
            left[move.variant_id, move.at] += move.quantity
    assert sent
    assert sent == left


def test_sales_of_the_marketplaces_stock_are_its_orders():
    ordered: Counter[str] = Counter()
    for one in shipped("AMAZON"):
        for line in one.lines:
            ordered[line.seller_sku] += line.quantity
    moved: Counter[str] = Counter()
    for move in market().fba_moves:
        if move.kind == "sale":
            moved[move.seller_sku] += move.quantity
    assert moved == ordered


def test_only_the_shop_can_be_had_too():
    world = build(small_config(only_the_shop=True))
    assert world.marketplace is None
    assert not world.branches
    assert not world.browsing
    assert not world.simulated & {"marketplace", "branches", "browsing"}
    assert {"marketplace", "branches", "browsing", "rates"} <= small_world().simulated
