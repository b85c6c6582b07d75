"""The oracle's visits, product interest and ads by placement, counted by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from include.sandbox.truth import interest, performance, placements, viewed_not_bought, visits
from include.sandbox.world.model import AdDay, Campaign
from tests.sandbox import tiny, tiny_wider
from tests.sandbox.tiny_wider import seen

NOW = datetime(2026, 3, 20, tzinfo=UTC)
DAY = date(2026, 3, 2)


def test_a_pause_of_more_than_half_an_hour_ends_a_visit():
    world = tiny_wider.company(
        browsing=[seen(tiny.at(2, 10)), seen(tiny.at(2, 10, 30)), seen(tiny.at(2, 11, 1))]
    )
    assert [(one.started_at, one.views) for one in visits(world, NOW)] == [
        (tiny.at(2, 10), 2), (tiny.at(2, 11, 1), 1)
    ]  # fmt: skip


def test_a_visit_counts_events_products_and_checkouts():
    events = [
        seen(tiny.at(2, 10, 0)),
        seen(tiny.at(2, 10, 1)),
        seen(tiny.at(2, 10, 2), variant=102),
        seen(tiny.at(2, 10, 3), "Added to Cart"),
        seen(tiny.at(2, 10, 4), "Started Checkout", checkout=7),
        seen(tiny.at(2, 10, 4), "Started Checkout", variant=102, checkout=7),
    ]
    (visit,) = visits(tiny_wider.company(browsing=events), NOW)
    assert (visit.views, visit.products_viewed, visit.carts_added, visit.checkouts_started) == (3, 2, 1, 1)
    assert visit.business_date == DAY


def test_a_visit_converts_until_a_day_after_its_end():
    event = seen(tiny.at(2, 10))
    for hours, name in ((-1, None), (0, "#5001"), (24, "#5001"), (25, None)):
        order = tiny.order(5001, tiny.at(2, 10) + timedelta(hours=hours), [])
        (visit,) = visits(tiny_wider.company(browsing=[event], orders=[order]), NOW)
        assert visit.order_name == name, hours


def test_tests_voided_orders_and_other_peoples_convert_nothing():
    at = tiny.at(2, 11)
    orders = [
        tiny.order(5001, at, [], test=True),
        tiny.order(5002, at, [], paid_at=None, cancelled_at=tiny.at(3)),
        replace(tiny.order(5003, at, []), customer_id=None),
    ]
    (visit,) = visits(tiny_wider.company(browsing=[seen(tiny.at(2, 10))], orders=orders), NOW)
    assert not visit.is_converted


def test_what_has_not_happened_yet_is_not_told():
    world = tiny_wider.company(browsing=[seen(tiny.at(2, 10)), seen(tiny.at(2, 10, 5))])
    (visit,) = visits(world, tiny.at(2, 10, 5))
    assert visit.views == 1
    assert visits(world, tiny.at(2, 10)) == []


def test_interest_counts_people_once_and_units_all():
    events = [seen(tiny.at(2, 10)), seen(tiny.at(2, 15)), seen(tiny.at(2, 16), "Added to Cart")]
    orders = [tiny.order(5001, tiny.at(2), [], quantity=3), tiny.order(5002, tiny.at(2), [], quantity=4)]
    found = interest(tiny_wider.company(browsing=events, orders=orders), NOW, date(2026, 3, 3))
    lately = {
        "viewers_28d": 1,
        "viewers_who_bought_28d": 1,
        "view_to_order_rate": 1,
        "is_viewed_not_bought": False,
    }
    nothing = dict.fromkeys(("viewers", "adders", "checkout_starters", "buyers", "units", "views"), 0)
    assert found == {
        (201, DAY): {"viewers": 1, "adders": 1, "checkout_starters": 0, "buyers": 1, "units": 7, "views": 2, **lately},
        (201, date(2026, 3, 3)): {**nothing, **lately},
    }  # fmt: skip


def test_a_campaigns_day_is_the_sum_of_its_placements():
    rows = [
        AdDay(93, date(2026, 3, 9), 100, 5, 2_500_000, (1.0, 2.0), (1000, 2000), "facebook"),
        AdDay(93, date(2026, 3, 9), 300, 7, 1_250_000, (0.0, 1.0), (0, 500), "instagram"),
    ]
    campaign = Campaign(93, "Reels", "OUTCOME_SALES", "reels", "meta")
    world = tiny_wider.company(ad_days=rows, campaigns=[campaign])
    now, first, last = tiny.at(11), date(2026, 3, 9), date(2026, 3, 9)
    whole = performance(world, now, first, last)[93, first]
    assert (whole["impressions"], whole["clicks"], float(whole["spend_amount"])) == (400, 12, 3.75)
    assert (whole["platform_reported_conversions"], whole["platform_reported_value_amount"]) == (3, 25)
    parts = placements(world, now, first, last)
    assert {key[2]: float(row["spend_amount"]) for key, row in parts.items()} == {
        "facebook": 2.5,
        "instagram": 1.25,
    }
    early = performance(world, tiny.at(10), first, last)[93, first]
    assert early["platform_reported_conversions"] == 1


def test_much_looked_at_and_little_bought_is_told_apart():
    people = [replace(tiny.world().customers[0], id=n, email=f"p{n}@example.com") for n in range(1, 41)]
    looks = [
        replace(seen(tiny.at(2, 10)), id=f"l{n}", customer_id=n, variant_id=101 if n <= 20 else 102)
        for n in range(1, 41)
    ]
    buyers = [replace(tiny.order(5000 + n, tiny.at(3), []), customer_id=n) for n in range(1, 11)]
    buyers.append(replace(tiny.order(5050, tiny.at(1), []), customer_id=30))
    world = tiny_wider.company(customers=people, browsing=looks, orders=buyers)
    assert viewed_not_bought(world, NOW, date(2026, 3, 19)) == {202}, (
        "ten of twenty bought coffee, nobody tea"
    )
    assert viewed_not_bought(replace(world, browsing=looks[:39]), NOW, date(2026, 3, 19)) == set(), (
        "too few looked"
    )
    assert viewed_not_bought(world, datetime(2026, 4, 20, tzinfo=UTC), date(2026, 4, 10)) == set(), "long ago"
