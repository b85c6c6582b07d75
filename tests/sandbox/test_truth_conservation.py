"""Units and parcels are conserved in the oracle, whatever happens in the world: nothing is made and nothing is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from include.sandbox.truth.buying import purchase_lines
from include.sandbox.truth.claims import claims
from include.sandbox.truth.delivery import shipments
from include.sandbox.truth.lanes import Lanes
from include.sandbox.truth.projection import project
from include.sandbox.truth.shelves import shelf_days
from include.sandbox.truth.statistics import percentile, wilson
from include.sandbox.truth.suppliers import performance
from include.sandbox.world.model import PurchaseLine, PurchaseOrder, Receipt, StockMove, World
from tests.sandbox import tiny

NOW, DAY = tiny.at(20, 4), tiny.at(19).date()  # midnight in New York
PLACES = (11, 12, None)
FEW = settings(max_examples=30, deadline=None)
hours = st.integers(0, 18 * 24)
moves = st.lists(
    st.tuples(hours, st.sampled_from([(a, b) for a in PLACES for b in PLACES if a != b]), st.integers(1, 50)),
    min_size=1, max_size=25,
)  # fmt: skip


def when(hour: int) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)


def moved(told: list[tuple[int, tuple[int | None, int | None], int]]) -> World:
    ledger = [
        StockMove(n, when(hour), 101, source, target, quantity, "adjustment", "")
        for n, (hour, (source, target), quantity) in enumerate(sorted(told, key=lambda one: one[0]))
    ]
    return replace(tiny.world(), orders=[], purchase_orders=[], stock_moves=ledger)


@FEW
@given(moves)
def test_the_units_on_all_shelves_are_what_came_less_what_went_on_every_day(told):
    world = moved(told)
    rows = shelf_days(world, [(DAY, NOW)], NOW, DAY)
    for day in {key[2] for key in rows}:
        held = sum(row["on_hand"] for (_, _, on), row in rows.items() if on == day)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=4)
        end += timedelta(hours=1) if day < tiny.at(8).date() else timedelta(0)  # summer time began on the 8th
        past = [move for move in world.stock_moves if move.at < end]
        came = sum(move.quantity for move in past if move.from_location_id is None)
        went = sum(move.quantity for move in past if move.to_location_id is None)
        assert held == came - went


@FEW
@given(moves, st.lists(st.integers(2, 19), unique=True, max_size=4))
def test_looking_more_often_changes_no_count_of_recorded_shelves(told, looked):
    world = moved(told)
    nights = [(tiny.at(one).date(), tiny.at(one + 1, 5 if one < 8 else 4)) for one in sorted(looked)]
    once, often = (shelf_days(world, seen, NOW, DAY) for seen in ([(DAY, NOW)], nights))
    assert {key: row["on_hand"] for key, row in once.items()} == {
        key: row["on_hand"] for key, row in often.items()
    }


purchases = st.lists(
    st.tuples(
        st.integers(1, 60), st.lists(st.tuples(hours, st.integers(1, 40)), max_size=3), hours,
        st.sampled_from(["draft", "purchase", "cancel"]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@FEW
@given(purchases)
def test_ordered_is_received_and_open_and_every_confirmed_line_has_one_month(told):
    orders = [
        PurchaseOrder(
            n, f"P{n}", 31, 11, when(0), None if state == "draft" else when(1), when(planned).date(),
            [PurchaseLine(n, 101, quantity, 400, when(planned).date(), [Receipt(when(at), got) for at, got in came])],
            when(2) if state == "cancel" else None,
        )
        for n, (quantity, came, planned, state) in enumerate(told)
    ]  # fmt: skip
    world = replace(tiny.world(), purchase_orders=orders)
    lines = purchase_lines(world, NOW, DAY)
    assert len(lines) == len(orders)
    for line in lines:
        if line["state"] != "cancel":
            assert line["open_quantity"] == max(0, line["ordered_quantity"] - line["received_quantity"])
        assert (line["fully_received_at"] is not None) == (
            line["received_quantity"] >= line["ordered_quantity"]
        )
    months, confirmed = performance(world, NOW, DAY), [line for line in lines if line["state"] == "purchase"]
    assert sum(row["lines_ordered"] for row in months.values()) == len(confirmed)
    for kind in ("ordered", "received"):
        total = sum(line[f"{kind}_quantity"] for line in confirmed)
        assert sum(row[f"units_{kind}"] for row in months.values()) == total
    assert sum(row["overdue_lines"] for row in months.values()) == sum(
        line["is_overdue"] for line in confirmed
    )


STATUSES = (
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "failure",
    "delivered",
    "return_to_sender",
    "unknown",
)
journeys = st.lists(
    st.tuples(hours, st.lists(st.tuples(hours, st.integers(0, 60), st.sampled_from(STATUSES)), max_size=5)),
    min_size=1, max_size=12,
)  # fmt: skip


@FEW
@given(journeys)
def test_every_parcel_is_one_row_and_in_one_cohort_once_its_day_is_over(told):
    orders = []
    for n, (created, scans) in enumerate(told):
        trip = [tiny.scan(when(at), status, seen=when(at + later)) for at, later, status in scans]
        orders.append(tiny.order(6000 + n, when(created), [tiny.parcel(n, when(created), trip, 6000 + n)]))
    world = replace(tiny.world(), orders=orders)
    judged = shipments(world, NOW, DAY)
    assert sorted(one.tracking_code for one in judged) == sorted(
        parcel.tracking_code for order in orders for parcel in order.parcels
    )
    assert all(one.is_delivered + one.is_lost + one.is_returned <= 2 for one in judged)
    assert not any(one.is_lost and (one.is_delivered or one.is_returned) for one in judged)
    cohorts = Lanes(world, NOW, DAY).rows().values()
    due = [one for one in judged if one.promised_date and one.promised_date <= DAY]
    assert sum(row["shipments_due"] for row in cohorts) == len(due)
    for row in cohorts:
        assert row["late"] + row["delivered_on_time"] == row["shipments_due"]
        assert row["attempted_on_time"] >= row["delivered_on_time"]
    for claim in claims(world, NOW, DAY).values():
        assert claim.claim_status == "claimable" or claim.claim_amount is None


@FEW
@given(
    st.integers(-20, 80),
    st.integers(1, 40),
    st.dictionaries(st.integers(1, 100), st.integers(1, 90), max_size=4),
)
def test_a_shelf_lasts_for_all_units_it_gets_but_what_is_owed(available, tenths, arrivals):
    """What is sold, lost units aside, is what lay there and came less what was owed."""
    daily = tenths / 10
    receipts = {DAY + timedelta(days=number): units for number, units in arrivals.items()}
    found = project(available, daily, {}, receipts, DAY)
    most = max(available + sum(arrivals.values()), 0) / daily
    assert found.days_of_cover <= found.days_of_cover_incl_on_order + 1e-9
    assert found.days_of_cover_incl_on_order <= max(arrivals, default=0) + most + 1e-6
    if found.stockout_date and available > 0:
        assert DAY < found.stockout_date <= DAY + timedelta(days=int(found.days_of_cover_incl_on_order) + 1)


@FEW
@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.floats(0, 1))
def test_a_percentile_lies_between_the_extremes_and_moves_with_its_values(values, fraction):
    found = percentile(values, fraction)
    assert min(values) <= found <= max(values)
    assert abs(percentile([value + 7 for value in values], fraction) - found - 7) < 1e-9


@FEW
@given(st.integers(1, 500), st.floats(0, 1))
def test_a_score_interval_holds_its_rate(trials, share):
    successes = round(trials * share)
    low, high = wilson(successes, trials)
    assert -1e-9 <= low <= successes / trials + 1e-9
    assert successes / trials - 1e-9 <= high <= 1 + 1e-9
