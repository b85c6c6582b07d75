"""The oracle's reorder advice, claims and lost sales, worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from include.sandbox.truth import Company
from include.sandbox.truth.claims import Claim, claims
from include.sandbox.truth.projection import project
from include.sandbox.truth.replenishment import Demand, needs
from include.sandbox.truth.stockouts import stockouts
from include.sandbox.truth.suppliers import Pace, longest_days
from include.sandbox.world.model import PurchaseLine, PurchaseOrder, StockMove
from tests.sandbox import tiny

NOW, DAY = tiny.at(11, 4), date(2026, 3, 10)  # midnight in New York
APPROVED = tiny.at(2)
EAST, WEST = ("COF-1", "CMH1"), ("COF-1", "RNO1")


def shelf(east: int, west: int = 0):
    moves = [
        StockMove(n, tiny.at(1), 101, None, place, units, "opening", "")
        for n, (place, units) in enumerate(((11, east), (12, west)))
        if units
    ]
    return replace(tiny.world(), orders=[], purchase_orders=[], stock_moves=moves)


def ordered(quantity: int, planned: date, approved=APPROVED):
    line = PurchaseLine(7001, 101, quantity, 400, planned)
    return PurchaseOrder(901, "P00901", 31, 11, tiny.at(1), approved, planned, [line])


def demand(daily: float = 2.0, point: str = "20") -> Demand:
    return Demand(daily, {}, Decimal(point))


def in_days(number: int) -> date:
    return DAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("available", "receipts", "out", "lasts"),
    [
        (10, {5: 20}, 2, 8),
        (12, {}, 3, 2.4),
        (0, {}, 0, 0),
        (-5, {1: 10, 5: 20}, 0, 8),
        (10, {2: 10}, 4, 4),
    ],
    ids=[
        "between two receipts",
        "alone",
        "empty",
        "what is owed is filled once",
        "arriving on the day it would end",
    ],
)
def test_a_shelf_is_walked_day_by_day(available, receipts, out, lasts):
    coming = {in_days(number): units for number, units in receipts.items()}
    found = project(available, 5.0, {}, coming, DAY)
    assert (found.stockout_date, found.days_of_cover_incl_on_order) == (in_days(out), lasts)


def test_an_overdue_order_is_given_up_after_its_suppliers_longest_time():
    assert longest_days(Pace(p95=30), 8) == 30
    assert longest_days(Pace(p95=2), 8) == 8, "never before the promise"
    assert longest_days(Pace(), 7) == 11, "one and a half promises where too little came"


def test_above_the_reorder_point_nothing_is_ordered():
    need = needs(shelf(21), NOW, DAY, {EAST: demand()})[EAST]
    assert (need.advice, need.accepted, need.severity) == ("NONE", 0, "ok")


def test_at_the_reorder_point_the_target_is_filled_in_whole_packs():
    """Target 20 + 2 * (28 - 7) = 62: 42 more, in packs of six."""
    need = needs(shelf(20), NOW, DAY, {EAST: demand()})[EAST]
    assert (need.advice, need.target, need.wanted, need.accepted) == ("ORDER", 62, 42, 42)
    assert need.projection.stockout_date == in_days(10)
    assert need.latest_order_date == in_days(3)
    assert need.row(shelf(20))["order_value_amount"] == Decimal("168.00")


def test_a_small_want_is_raised_to_the_moq():
    need = needs(shelf(20), NOW, DAY, {EAST: Demand(0.1, {}, Decimal(20))})[EAST]
    assert (need.wanted, need.accepted) == (3, 12)


def test_a_draft_is_in_the_quantity_and_leaves_the_need_open():
    world = replace(shelf(5), purchase_orders=[ordered(57, in_days(7), None)])
    need = needs(world, NOW, DAY, {EAST: demand()})[EAST]
    assert (need.have.confirmed, need.have.position, need.advice, need.accepted) == (5, 62, "ORDER", 0)
    assert need.row(world)["is_awaiting_approval"]


def test_an_order_that_comes_after_the_shelf_is_empty_is_hurried():
    world = replace(shelf(6), purchase_orders=[ordered(60, in_days(8))])
    need = needs(world, NOW, DAY, {EAST: demand()})[EAST]
    assert (need.advice, need.projection.stockout_date, need.gap_units) == ("EXPEDITE", in_days(3), 10)


def test_another_location_helps_first_and_keeps_more_than_its_own_reorder_point():
    both = {EAST: demand(), WEST: demand(1.0, "10")}
    rich = needs(shelf(5, 68), NOW, DAY, both)[EAST]
    assert (rich.advice, rich.donor, rich.transfer_qty) == ("TRANSFER", WEST, 57)
    poor = needs(shelf(5, 67), NOW, DAY, both)[EAST]
    assert (poor.advice, poor.donor) == ("TRANSFER", WEST), (
        "an order would come too late: enough to get through"
    )
    assert poor.transfer_qty == 56
    assert needs(shelf(5, 20), NOW, DAY, both)[EAST].advice == "ORDER", (
        "nine units would not reach the reorder point"
    )


def parcel_of(service: str, scans, guaranteed: bool, shipping_minor: int = 900):
    parcel = tiny.parcel(1, tiny.at(2), scans, guaranteed=guaranteed, service=service)
    order = replace(tiny.order(5001, tiny.at(1), [parcel]), shipping_minor=shipping_minor)
    return claims(replace(tiny.world(), orders=[order]), NOW, DAY)["1Z000000001"]


@pytest.mark.parametrize(
    ("service", "detail", "guaranteed", "shipping", "claim"),
    [
        (
            "2ndDayAir",
            "in_transit",
            True,
            900,
            Claim("claimable", "late", date(2026, 3, 20), Decimal("9.00")),
        ),
        ("2ndDayAir", "in_transit", True, 0, Claim("claimable", "late", date(2026, 3, 20), None)),
        ("2ndDayAir", "weather_delay", True, 900, Claim("ineligible", "late")),
        ("2ndDayAir", "in_transit", False, 900, Claim("ineligible", "late")),
        ("Ground", "in_transit", True, 900, Claim("ineligible", "late")),
        ("Ground", "damaged", False, 900, Claim("claimable", "damaged", date(2026, 5, 1), Decimal("10.00"))),
    ],
    ids=[
        "broken guarantee",
        "free freight",
        "excused",
        "no guaranteed day",
        "no guaranteed service",
        "damaged",
    ],
)
def test_what_can_be_claimed(service, detail, guaranteed, shipping, claim):
    scans = [tiny.scan(tiny.at(3), "in_transit", detail), tiny.scan(tiny.at(9), "delivered")]
    assert parcel_of(service, scans, guaranteed, shipping) == claim


def test_a_sale_is_lost_only_when_no_location_had_it_all_day():
    world = shelf(0)
    day, before = DAY, DAY - timedelta(days=1)
    shelves = {
        (*place, when): {"available": units, "is_out_of_stock": not units}
        for place, when, units in ((EAST, before, 3), (WEST, before, 2), (EAST, day, 0), (WEST, day, 2))
    }
    asked = {(*EAST, day): (4.0, 1)}
    world.orders = [tiny.order(5001, tiny.at(5), [], quantity=2)]
    rows = stockouts(Company(world, NOW), DAY, shelves, asked)
    assert (rows["CMH1", day]["shelves_out"], rows["CMH1", day]["lost_units"]) == (1, 0)
    shelves[*WEST, day] = {"available": -3, "is_out_of_stock": True}
    lost = stockouts(Company(world, NOW), DAY, shelves, asked)["CMH1", day]
    assert (lost["stockout_rate"], lost["lost_units"], lost["lost_sales_amount"]) == (1, 3, Decimal("30.00"))
