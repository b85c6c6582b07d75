"""A load is measured field by field and held against those before; chance, habit and a person's word are allowed for."""

import random
from datetime import UTC, datetime, timedelta

from include.profile.likeness import surprises
from include.profile.measures import day_sums, measured
from include.profile.surprise import Past
from include.profile.volume import Count, moods, volume
from include.sources.fields import tree

END = datetime(2026, 3, 2, 7, tzinfo=UTC)
KEPT = tree("id price# status paid? at@ lines { sku quantity# }")


def record(dice, number, **changes):
    day = END - timedelta(hours=dice.triangular(2, 24, 10))
    return {
        "id": f"r{number}", "price": f"{dice.lognormvariate(3, 0.6):.2f}",
        "status": dice.choice(["PAID"] * 9 + ["OPEN"]),
        "paid": dice.random() < 0.9, "at": day.isoformat(),
        "lines": [{"sku": f"sku-{dice.randrange(50)}", "quantity": dice.randint(1, 3)}],
    } | changes  # fmt: skip


def night(seed, many=60, **changes):
    dice = random.Random(seed)
    return measured([record(dice, n, **changes) for n in range(many)], KEPT, END)


def past(nights=10, **more):
    return [Past(night(seed), comparable=True, **more) for seed in range(nights)]


def stopped(now, before):
    return {one.measure for one in surprises(now, before) if one.by > 1}


def test_a_night_like_the_others_surprises_nobody():
    before = past()
    assert [seed for seed in range(100, 300) if stopped(night(seed), before)] == []


def test_prices_in_cents_are_seen_whatever_the_window():
    known = [Past(night(seed, 30), comparable=False) for seed in range(7)]
    (surprise,) = (one for one in surprises(night(8, price="2000"), known) if one.by > 1)
    assert str(surprise).startswith("half of price is up to 2e+03, usually 2")


def test_each_kind_of_change_is_seen_by_its_own_measure():
    before = past()
    assert "new_words" in stopped(night(3, status="PAID_V2"), before)
    assert "words" in stopped(night(3, status="OPEN"), before)
    assert "filled" in stopped(night(3, price=None), before)
    assert "zero" in stopped(night(3, price="0"), before)
    assert "negative" in stopped(night(3, price="-20"), before)
    assert "true" in stopped(night(3, paid=False), before)
    assert "top" in stopped(night(3, id="r1"), before)
    assert "future" in stopped(night(3, at=(END + timedelta(days=9)).isoformat()), before)
    assert "hour" in stopped(night(3, at=(END - timedelta(hours=2)).isoformat()), before)
    assert "age" in stopped(night(3, at=(END - timedelta(days=200)).isoformat()), before)


def test_records_that_come_twice_under_new_ids_are_seen():
    dice = random.Random(3)
    told = [record(dice, n) for n in range(60)]
    again = [one | {"id": f"again-{n}"} for n, one in enumerate(told)]
    assert "twins" in stopped(measured([*told, *again], KEPT, END), past())


def test_times_told_in_another_part_of_the_world_are_seen_against_the_time_of_change():
    """A parcel's scans five hours off, while the record itself changed when it did."""

    def told(seed, hours):
        dice = random.Random(seed)
        scanned = [END - timedelta(hours=dice.uniform(6, 20)) for _ in range(40)]
        records = [
            {
                "at": (scan - timedelta(hours=hours)).isoformat(),
                "changed": (scan + timedelta(minutes=5)).isoformat(),
            }
            for scan in scanned
        ]
        return measured(records, tree("at@ changed@"), END, changed="changed")

    before = [Past(told(seed, 0), comparable=True) for seed in range(10)]
    assert stopped(told(99, 0), before) == set()
    assert stopped(told(99, 5), before) == {"late"}
    # every parcel of the last weeks is told so, as if somebody had touched them all
    assert stopped(told(99, 5), [Past(one.measures, comparable=False) for one in before]) == {"late"}


def test_what_never_was_is_seen_whatever_the_window():
    """Lists that somebody asks for now and then have no nights to be compared with."""
    known = [Past(night(seed, 30), comparable=False) for seed in range(7)]
    assert "zero" in stopped(night(8, price="0"), known)
    assert "filled" in stopped(night(8, price=None), known)


def test_before_a_week_is_known_nothing_is_out_of_the_ordinary():
    """Our own first drafts are orders without a day on which they are due: no reason to hold the orders."""
    assert stopped(night(8, price=None, status="DRAFT"), past(6)) == set()


def test_of_a_handful_of_records_shares_say_nothing():
    assert stopped(night(3, 5, status="OPEN", price=None, paid=False), past()) == set()


def test_what_a_person_let_in_is_as_usual_from_then_on():
    let_in = Past(night(4, price="2000", status="PAID_V2"), comparable=True, released=True)
    assert stopped(night(5, price="2100", status="PAID_V2"), [*past(), let_in]) == set()


def test_a_days_sums_are_those_of_the_newest_day():
    days = [("2026-03-01", [{"price": "2"}, {"price": -3}]), ("2026-02-28", [{"price": "9"}])]
    assert day_sums(days, tree("price#")) == {"price": 5.0}


def counts(now, **nights):
    """Stream → its count: tonight's, and thirty nights of about a hundred."""
    dice = random.Random(1)
    usual = [dice.gauss(100, 8) for _ in range(30)]
    return {
        n: Count(source, "log", tonight, usual) for n, (source, tonight) in enumerate(now.items())
    } | nights


def surprise_of(count, mood=0.0):
    return next(volume("records", count, mood)).by


def test_a_silent_stream_among_talking_ones_is_a_surprise_and_silence_everywhere_is_a_holiday():
    alone = counts({"shop": 0, "mail": 104, "erp": 97, "parcels": 90})
    assert surprise_of(alone[0], moods(alone)["shop"]) > 1
    holiday = counts({"shop": 0, "mail": 2, "erp": 0, "parcels": 1})
    assert surprise_of(holiday[0], moods(holiday)["shop"]) < 1


def test_a_source_that_listens_to_a_shop_is_as_quiet_as_the_shops_new_orders():
    """The warehouse still ships those of the days before: nothing else is quiet."""
    tonight = counts({"klaviyo": 1, "shopify": 96, "easypost": 155, "odoo": 97, "amazon": 104})
    usual = [20.0, 23, 18, 22, 19, 25] * 4
    busy, quiet = (Count("shopify", "log", orders, usual) for orders in (21, 1))
    assert surprise_of(tonight[0], moods(tonight)["klaviyo"]) > 1
    assert surprise_of(tonight[0], moods(tonight, [busy])["klaviyo"]) > 1
    assert surprise_of(tonight[0], moods(tonight, [quiet])["klaviyo"]) < 1
    parcels = tonight | {0: Count("easypost", "log", 1, [100.0] * 20)}
    assert surprise_of(parcels[0], moods(parcels, [quiet])["easypost"]) > 1


def test_half_of_what_never_varies_is_a_surprise_and_half_of_a_fickle_handful_is_not():
    assert surprise_of(Count("erp", "snapshot", 50, [100.0] * 20)) > 1
    assert surprise_of(Count("shop", "log", 15, [30.0, 22, 41, 35, 26] * 4)) < 1


def test_what_a_released_night_brought_is_no_surprise_again():
    assert list(volume("records", Count("erp", "snapshot", 50, [100.0] * 20, released=[50.0]), 0)) == []


def test_a_field_that_the_shop_begins_to_use_is_no_loss_and_one_that_it_lost_is():
    """A sale's discounts, a new tax: zero until last night, now in every record."""
    never = [Past(night(seed, price="0"), comparable=True) for seed in range(10)]
    assert stopped(night(3), never) - {"top"} == set()
    assert "zero" in stopped(night(3, price="0"), past())


def test_a_sale_at_half_the_price_is_an_ordinary_day():
    dice = random.Random(5)
    half = [record(dice, n) for n in range(200)]
    half = [one | {"price": f"{float(one['price']) / 2:.2f}"} for one in half]
    assert stopped(measured(half, KEPT, END), past()) == set()


def test_keys_and_dates_in_digits_are_no_words():
    dice = random.Random(6)
    told = [record(dice, n, status=f"2026030{n % 3}") for n in range(60)]
    assert "words" not in measured(told, KEPT, END)["status"]


def test_more_than_ever_is_no_surprise_and_neither_is_the_third_quiet_sunday():
    assert list(volume("records", Count("shop", "log", 4000, [100.0] * 20), 0)) == []
    weeks = [0.0, 100, 97, 104, 99, 103, 98] * 2
    assert surprise_of(Count("parcels", "log", 0, weeks)) < 1
    assert surprise_of(Count("parcels", "log", 0, [100.0, 97, 104, 99, 103, 98, 101] * 2)) > 1


def fees_among_sales(seed, fees, many=40):
    dice = random.Random(seed)
    told = [record(dice, n, status="SALE") for n in range(many - fees)]
    told += [record(dice, n, status="FEE", price=f"-{dice.uniform(0.02, 0.09):.3f}") for n in range(fees)]
    return measured(told, KEPT, END)


def test_a_months_fees_among_a_days_sales_are_records_of_another_kind():
    before = [Past(fees_among_sales(seed, fees=2 + seed % 6), comparable=True) for seed in range(20)]
    assert stopped(fees_among_sales(99, fees=37), before) == set()
    assert "level" in stopped(night(99, 40, price="0.07"), past())


def test_a_months_fees_are_of_another_kind_where_a_weeks_fees_are_habit():
    """Fees on every seventh night, nearly half of a night's records; then those of a month, nearly alone."""
    weekly = [fees_among_sales(seed, fees=0 if seed % 7 else 7, many=15) for seed in range(21)]
    before = [Past(one, comparable=True) for one in weekly]
    assert stopped(fees_among_sales(99, fees=52, many=56), before) == set()
    assert "level" in stopped(night(99, 40, price="2000", status="SALE"), before)
