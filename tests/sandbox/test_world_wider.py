"""The European store, browsing, paid social and exchange rates of the simulated company."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from include.sandbox.world import build
from include.sandbox.world.model import Campaign
from include.sandbox.world.rates import is_target_day, published_at
from tests.sandbox.worlds import TODAY, night_world, small_config, small_world, write_orders

NUMBERED = ("orders", "customers", "checkouts", "products", "variants", "locations", "stock_moves")


def test_the_branch_is_a_store_of_its_own():
    main, branch = night_world(), night_world().branches[0]
    assert (branch.company.currency, branch.company.timezone) == ("EUR", "Europe/Berlin")
    assert branch.company.taxes_included
    assert branch.company.shop_domain != main.company.shop_domain
    assert 1 / 14 < len(branch.orders) / len(main.orders) < 1 / 4
    assert {one.code for one in branch.locations}.isdisjoint(one.code for one in main.locations)
    assert all(one.sku.startswith("EU-") for one in branch.variants)
    assert all(one.ship_to.country == "DE" for one in branch.orders)
    assert not branch.purchase_orders
    assert not branch.suppliers
    assert not branch.offers
    assert not branch.campaigns
    assert not branch.browsing
    assert branch.marketplace is None
    assert not [one for one in branch.orders if one.utm_medium in ("cpc", "paid_social")]


def test_ids_of_the_branch_lie_outside_the_main_shops():
    main, branch = night_world(), night_world().branches[0]
    for name in NUMBERED:
        ours = {one.id for one in getattr(main, name)}
        theirs = {one.id for one in getattr(branch, name)}
        assert theirs, name
        assert ours.isdisjoint(theirs), name
    lines = [{line.id for one in world.orders for line in one.lines} for world in (main, branch)]
    refunds = [{back.id for one in world.orders for back in one.refunds} for world in (main, branch)]
    codes = [{p.tracking_code for one in world.orders for p in one.parcels} for world in (main, branch)]
    for ours, theirs in (lines, refunds, codes):
        assert theirs
        assert ours.isdisjoint(theirs)


def test_a_few_people_buy_in_both_stores():
    main, branch = night_world(), night_world().branches[0]
    ours = {one.email.lower() for one in main.customers if one.email}
    theirs = [one.email.lower() for one in branch.customers if one.email]
    assert len(theirs) == len(set(theirs))
    assert 0 < len(ours & set(theirs)) < len(theirs) / 4


def test_the_branchs_shelves_are_never_below_zero():
    on_hand: dict[tuple[int, int], int] = defaultdict(int)
    for move in night_world().branches[0].stock_moves:
        if move.to_location_id is not None:
            on_hand[move.variant_id, move.to_location_id] += move.quantity
        if move.from_location_id is not None:
            on_hand[move.variant_id, move.from_location_id] -= move.quantity
            assert on_hand[move.variant_id, move.from_location_id] >= 0
        assert move.purchase_line_id is None


def test_a_started_checkout_leads_to_its_order_or_is_a_checkout_left():
    world = night_world()
    orders: dict[int, list] = defaultdict(list)
    for order in world.orders:
        orders[order.customer_id or 0].append(order)
    left = {one.id: one for one in world.checkouts}
    started: dict[int, list] = defaultdict(list)
    for event in world.browsing:
        if event.checkout_id:
            started[event.checkout_id].append(event)
    outcomes = Counter()
    for number, events in started.items():
        wants = {(event.variant_id, event.quantity, event.value_minor) for event in events}
        known = left.get(number)
        bought = (
            [known] if known else [o for o in orders[events[0].customer_id] if o.id % 10**9 == number % 10**9]
        )
        assert len({event.customer_id for event in events}) == 1
        assert len(bought) == 1
        assert wants == {
            (line.variant_id, line.quantity, line.unit_price_minor * line.quantity)
            for line in bought[0].lines
        }
        assert all(event.at < bought[0].created_at for event in events)
        assert bought[0].customer_id == events[0].customer_id
        outcomes["left" if known else "bought"] += 1
    assert outcomes["left"] > 5
    assert outcomes["bought"] > 20


def test_browsing_is_of_known_people_and_of_things_that_are_in_the_shop():
    world = night_world()
    people = {one.id: one for one in world.customers}
    products = {one.id: one for one in world.products}
    product_of = {one.id: products[one.product_id] for one in world.variants}
    assert len({event.id for event in world.browsing}) == len(world.browsing)
    assert [event.at for event in world.browsing] == sorted(event.at for event in world.browsing)
    for event in world.browsing:
        assert people[event.customer_id].email
        assert event.at >= people[event.customer_id].created_at
        product = product_of[event.variant_id]
        assert product.created_at <= event.at + timedelta(hours=1)
        assert product.deleted_at is None or event.at < product.deleted_at
    kinds = Counter(event.kind for event in world.browsing)
    assert set(kinds) == {"Viewed Product", "Added to Cart", "Started Checkout"}


def test_most_visits_come_to_nothing_and_some_things_are_looked_at_more_than_bought():
    world = night_world()
    viewed = Counter(event.variant_id for event in world.browsing if event.kind == "Viewed Product")
    wanted = Counter(event.variant_id for event in world.browsing if event.kind == "Started Checkout")
    assert any(count >= 10 and wanted[variant] == 0 for variant, count in viewed.items())


def test_meta_tells_each_placement_and_restates_four_weeks():
    world = small_world()
    meta = {one.id: one for one in world.campaigns if one.platform == "meta"}
    days = [ad for ad in world.ad_days if ad.campaign_id in meta]
    assert len(meta) == 4
    assert {ad.placement for ad in days} == {"facebook", "instagram"}
    assert all(len(ad.conversions_at) == len(ad.value_minor_at) == 29 for ad in days)
    keys = [(ad.campaign_id, ad.day, ad.placement) for ad in world.ad_days]
    assert len(keys) == len(set(keys))
    assert all(not ad.placement for ad in world.ad_days if ad.campaign_id not in meta)
    assert Campaign(1, "Old", "SEARCH", "old").platform == "google_ads"


def test_orders_of_paid_social_name_a_campaign_and_a_placement():
    world = small_world()
    known = {one.utm_campaign for one in world.campaigns if one.platform == "meta"}
    social = [one for one in world.orders if one.utm_medium == "paid_social"]
    assert social
    assert {one.utm_campaign for one in social} <= known
    assert {one.utm_source for one in social} == {"facebook", "instagram"}
    days = {(ad.campaign_id, ad.placement, ad.day): ad for ad in world.ad_days if ad.placement}
    assert sum(ad.clicks for ad in days.values()) >= len(social)


def test_rates_are_published_on_target_days_only_from_a_fortnight_before():
    world = small_world()
    days = list(world.exchange_rates)
    assert days == sorted(days)
    assert all(is_target_day(day) for day in days)
    assert world.first_day - timedelta(days=14) <= days[0] <= world.first_day - timedelta(days=10)
    assert world.last_day - timedelta(days=4) <= days[-1] <= world.last_day
    for rates in world.exchange_rates.values():
        assert {"USD", "GBP", "JPY", "CHF", "SEK", "PLN", "CAD"} <= set(rates)
        assert all(isinstance(rate, Decimal) and rate > 0 for rate in rates.values())
        assert Decimal("0.9") < rates["USD"] < Decimal("1.3")


def test_easter_and_the_first_of_may_have_no_rates():
    assert not is_target_day(date(2026, 4, 3))
    assert not is_target_day(date(2026, 4, 6))
    assert not is_target_day(date(2026, 5, 1))
    assert not is_target_day(date(2027, 3, 26))
    assert is_target_day(date(2026, 4, 2))
    assert is_target_day(date(2026, 4, 7))
    assert published_at(date(2026, 4, 7)).isoformat() == "2026-04-07T14:00:00+00:00"


def test_another_shops_book_gets_rates_and_nothing_else(tmp_path):
    path = write_orders(tmp_path, ["A1,2026-04-01T10:00,C1,S1,Tea,2,5.00,USD,US,web"])
    world = build(small_config(order_book=path, today=TODAY))
    assert world.exchange_rates
    assert world.marketplace is None
    assert not world.branches
    assert not world.browsing
    assert {one.platform for one in world.campaigns} == {"google_ads"}
