"""The simulated company: the same every time, and coherent in itself."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from include.sandbox.world import build
from include.sandbox.world.build import build_at, new_anchor
from include.sandbox.world.model import Order, World
from tests.sandbox.worlds import small_config, small_world

WORLD = small_world
LINE_NET = "unit price times quantity less discount"


def shipped_units(order: Order) -> Counter[int]:
    units: Counter[int] = Counter()
    for parcel in order.parcels:
        units.update(parcel.line_quantities)
    return units


def test_same_seed_gives_the_same_world():
    assert build(small_config()) == small_world()


def test_another_seed_gives_another_world():
    other = build(small_config(seed=8))
    assert [order.created_at for order in other.orders] != [
        order.created_at for order in small_world().orders
    ]


def test_a_story_told_further_begins_with_the_same_facts():
    config = small_config()
    anchor = new_anchor(config)
    further, _ = build_at(small_config(today=config.today + timedelta(days=20)), _later(anchor, 20))
    known_until = small_world().orders[-1].created_at - timedelta(days=8)

    def facts(world: World) -> tuple:
        return (
            [one for one in world.orders if one.created_at < known_until],
            [one for one in world.stock_moves if one.at < known_until],
            [one for one in world.customers if one.created_at < known_until],
            [
                one
                for one in world.checkouts
                if one.updated_at < known_until and _is_settled(one, known_until)
            ],
            [one for one in world.purchase_orders if one.created_at < known_until],
            [one for one in world.ad_days if one.day < known_until.date()],
            [one for one in world.marketplace.orders if one.created_at < known_until],
            [one for one in world.marketplace.fba_moves if one.at < known_until],
            [one for one in world.marketplace.charges if one.at < known_until],
            [one for one in world.branches[0].orders if one.created_at < known_until],
            [one for one in world.browsing if one.at < known_until],
            [rates for day, rates in world.exchange_rates.items() if day < known_until.date()],
            [(one.sku, one.cost_minor, one.prices[0]) for one in world.variants],
        )

    for before, after in zip(facts(small_world()), facts(further), strict=True):
        assert before == after


def test_every_day_has_orders_also_those_ahead():
    world = small_world()
    days = Counter((order.created_at - timedelta(hours=5)).date() for order in world.orders)
    ahead = [day for day in days if day > small_config().today]
    assert len(days) >= 70
    assert len(ahead) >= 30


def test_ids_and_mail_addresses_are_unique():
    world = small_world()
    for name in (
        "orders",
        "customers",
        "checkouts",
        "products",
        "variants",
        "purchase_orders",
        "stock_moves",
    ):
        ids = [one.id for one in getattr(world, name)]
        assert len(ids) == len(set(ids)), name
    emails = [one.email.lower() for one in world.customers if one.email]
    phones = [one.phone for one in world.customers if one.phone]
    assert len(emails) == len(set(emails))
    assert len(phones) == len(set(phones))
    assert len({parcel.tracking_code for order in world.orders for parcel in order.parcels}) == sum(
        len(order.parcels) for order in world.orders
    )


def test_orders_charge_the_price_of_their_moment():
    world = small_world()
    prices = {variant.id: variant.prices for variant in world.variants}
    for order in world.orders:
        for line in order.lines:
            valid = [
                change.price_minor for change in prices[line.variant_id] if change.at <= order.created_at
            ]
            assert line.unit_price_minor == valid[-1], order.name


def test_discounts_never_exceed_the_line_and_tax_follows_what_is_paid():
    for order in small_world().orders:
        for line in order.lines:
            listed = line.unit_price_minor * line.quantity
            assert 0 <= line.discount_minor <= listed, LINE_NET
            assert abs(line.tax_minor - (listed - line.discount_minor) * line.tax_rate) <= 0.5 + 1e-9


def test_refunds_never_exceed_what_was_bought():
    for order in small_world().orders:
        units: Counter[int] = Counter()
        for refund in order.refunds:
            for line in refund.lines:
                units[line.line_id] += line.quantity
        bought = {line.id: line.quantity for line in order.lines}
        assert all(count <= bought[line] for line, count in units.items()), order.name
        goods = sum(line.subtotal_minor for refund in order.refunds for line in refund.lines)
        paid = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
        goodwill = sum(refund.goodwill_minor for refund in order.refunds)
        assert goods + goodwill <= paid, order.name


def test_parcels_hold_what_was_bought_and_not_cancelled():
    for order in small_world().orders:
        if order.test or order.cancelled_at:
            assert not order.parcels
            continue
        cancelled = Counter(
            {
                line.line_id: line.quantity
                for refund in order.refunds
                for line in refund.lines
                if line.restock_type == "CANCEL"
            }
        )
        bought = Counter({line.id: line.quantity for line in order.lines})
        assert shipped_units(order) == bought - cancelled, order.name


def test_instants_come_in_the_order_of_life():
    for order in small_world().orders:
        assert order.paid_at is None or order.paid_at >= order.created_at
        for parcel in order.parcels:
            assert order.paid_at is not None
            assert parcel.created_at > order.paid_at
            moments = [scan.at for scan in parcel.scans]
            assert all(before <= after for before, after in pairwise(moments)), parcel.tracking_code
            assert all(scan.seen_at >= scan.at for scan in parcel.scans)
        for refund in order.refunds:
            assert refund.at > order.created_at


def test_the_unpleasant_things_happen():
    world = build(small_config(household_share=0.2))
    orders = world.orders
    scans = [scan for order in orders for parcel in order.parcels for scan in parcel.scans]
    parcels = [parcel for order in orders for parcel in order.parcels]
    assert any(order.test for order in orders)
    assert any(order.paid_at is None and order.cancelled_at for order in orders)
    assert any(order.paid_at and order.cancelled_at and not order.test for order in orders)
    assert any(len(order.parcels) > 1 for order in orders)
    assert any(order.customer_id is None for order in orders)
    assert any(scan.seen_at - scan.at > timedelta(hours=5) for scan in scans)
    assert any(parcel.scans[-1].status == "return_to_sender" for parcel in parcels)
    assert any(parcel.scans[-1].status in ("in_transit", "failure") for parcel in parcels)
    assert any(scan.status_detail == "unable_to_deliver" for scan in scans)
    restocks = {line.restock_type for order in orders for refund in order.refunds for line in refund.lines}
    assert restocks == {"RETURN", "CANCEL", "NO_RESTOCK"}
    assert any(refund.goodwill_minor for order in orders for refund in order.refunds)
    promised = sum(order.promised_on is not None for order in orders if not order.test)
    assert 0.6 < promised / len(orders) < 0.8
    assert any(checkout.completed_at for checkout in world.checkouts)
    assert any(not checkout.completed_at for checkout in world.checkouts)
    assert any(customer.email is None for customer in world.customers)


def test_advertising_is_restated_for_a_month():
    days = [ad for ad in small_world().ad_days if ad.conversions_at[-1] > 0 and not ad.placement]
    assert days
    assert all(len(ad.conversions_at) == len(ad.value_minor_at) == 31 for ad in days)
    upward = sum(ad.value_minor_at[0] < ad.value_minor_at[-1] for ad in days)
    assert upward > 0.9 * len(days)
    assert any(max(ad.value_minor_at) > ad.value_minor_at[-1] for ad in days), "some are corrected downwards"


def test_suppliers_are_late_short_and_cancelled_at_times():
    orders = build(small_config(household_share=0.2, history_days=80)).purchase_orders
    lines = [line for order in orders for line in order.lines]
    assert any(order.cancelled_at and not order.approved_at for order in orders), (
        "a draft that came to nothing"
    )
    assert any(order.cancelled_at and order.approved_at for order in orders)
    assert any(len(line.receipts) > 1 for line in lines)
    assert any(receipt.at.date() > line.planned_on for line in lines for receipt in line.receipts)
    assert all(sum(one.quantity for one in line.receipts) in (0, line.quantity) for line in lines)


def _later(anchor, days: int):
    from dataclasses import replace

    return replace(anchor, last_day=anchor.last_day + timedelta(days=days))


def _is_settled(checkout, known_until) -> bool:
    return checkout.completed_at is None or checkout.completed_at < known_until
