"""Parcels over three nights through the real models: what nights leave of trackers and their scans is what one full refresh
makes, whatever a tracker is told to follow and whoever learns of it when."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.shop_payloads import STORE, a_line, a_shop, an_order, gid
from tests.warehouse.helpers import call_published, line, load

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 20)
ONE = timedelta(days=1)
MODELS = (
    "+fct_shipment_events",
    "+mart_carrier_sla_daily",
    "+int_inputs__used",
    "delivery_scans_are_told_once",
)
"""With what a build remembers of stores: without it every order of a store is touched each night."""
TABLES = (
    "stg_ups__trackers", "stg_ups__tracker_events",
    "int_trackers__paired", "int_trackers__united", "int_tracker_events__united", "int_trackers__scanned",
    "int_parcels__sent", "int_parcels__matched", "int_shipments__judged", "fct_shipments", "fct_shipment_events",
    "int_lane_days__counted", "int_service_days__counted", "int_lanes__timed", "mart_carrier_sla_daily",
)  # fmt: skip
Rows = list[dict[str, Any]]


def order(
    number: int, *, code: str | None = None, sent: str = "2026-11-18T15", again: bool = False
) -> dict[str, Any]:
    """An order sent at an hour with the tracking code 1Z and its number, or another; again on the second day."""
    told = an_order(number, f"{sent}:00:00Z", [a_line(number)])
    told["fulfillments"][0]["trackingInfo"][0]["number"] = code or f"1Z{number}"
    return told | {"updatedAt": "2026-11-21T12:00:00Z" if again else told["updatedAt"]}


def scan(at: str, status: str = "in_transit") -> dict[str, str]:
    return {"datetime": f"2026-11-{at}:00Z", "status": status, "status_detail": status}


def tracker(
    key: str, code: str | None, *scans: dict[str, str], made: str = "18T16:00", promised: int = 20
) -> dict[str, Any]:
    """A parcel promised for a day of November."""
    return {
        "id": key, "tracking_code": code, "carrier": "UPS", "status": "in_transit",
        "created_at": f"2026-11-{made}:00Z", "tracking_details": list(scans),
        "est_delivery_date": f"2026-11-{promised}T00:00:00Z",
    }  # fmt: skip


def number(code: str, *scans: tuple[str, str, str]) -> dict[str, Any]:
    """A number as UPS tells of it; a scan is a day of November, a time and a type."""
    activity = [
        {"gmtDate": f"202611{day}", "gmtTime": time, "status": {"type": kind, "code": "*"}}
        for day, time, kind in scans
    ]
    return {"inquiryNumber": code, "package": [{"currentStatus": {"type": "I"}, "activity": activity}]}


ORDERS = [
    *(order(one) for one in range(1, 11)),
    order(11, code="BOX", sent="2026-08-31T15"),
    order(12, code="BOX", sent="2026-10-10T15"),
    order(13, code="BOX"),
    order(14, code="AGAIN", sent="2026-09-16T15"),
    order(15, code="AGAIN", sent="2026-11-21T15"),
    order(16),
]
"""The code BOX was never unused for two months; AGAIN is used again tomorrow, which is known today."""
UNDER_WAY = scan("19T10:00")
DELIVERED = scan("20T10:00", "delivered")
TRACKERS = [
    tracker("another_parcel", "1Z1", UNDER_WAY),
    tracker("delivered", "1Z3", UNDER_WAY, DELIVERED),
    tracker("knows_tomorrow", "1Z4", UNDER_WAY, scan("21T10:00", "delivered"), promised=21),
    tracker("made_tomorrow", "1Z5", scan("21T11:00"), made="21T10:00"),
    tracker("of_nobody_yet", "9Z6", UNDER_WAY),
    tracker("of_nobody_soon", "1Z7", UNDER_WAY),
    tracker("followed_twice", "1Z8", UNDER_WAY, DELIVERED),
    tracker("deleted", "1Z9", UNDER_WAY, DELIVERED, promised=17),
    tracker("at_rest", "1Z16", UNDER_WAY, DELIVERED, promised=17),
    tracker("astray", "1Z10", UNDER_WAY, DELIVERED),
    tracker("nameless", None, UNDER_WAY),
    tracker("of_the_next", "AGAIN", UNDER_WAY, DELIVERED, made="14T16:00"),
]
NUMBERS = [number("1Z1", ("19", "120000", "I"))]


@dataclass(frozen=True)
class Nights:
    """Tables by name: after each night, and after one full refresh."""

    first: dict[str, Rows]
    second: dict[str, Rows]
    third: dict[str, Rows]
    refreshed: dict[str, Rows]


@pytest.fixture(scope="module")
def nights(module_warehouse: Settings) -> Nights:
    bring(module_warehouse, DAY, ORDERS, TRACKERS, NUMBERS)
    first = build(module_warehouse, DAY)
    bring(
        module_warehouse, DAY + ONE,
        [
            order(6, code="9Z6", again=True),
            order(7, code="9Z7", again=True),
            order(12, code="9Z12", sent="2026-10-10T15", again=True),
        ],
        [
            tracker("another_parcel", "1Z2", UNDER_WAY),
            tracker("delivered", "1Z3", UNDER_WAY, scan("19T20:00"), DELIVERED),
            tracker("astray", "9Z10", UNDER_WAY, DELIVERED),
            tracker("nameless", None, UNDER_WAY, DELIVERED),
        ],
        [number("1Z8", ("19", "120000", "I"), ("20", "100000", "D"))],
    )  # fmt: skip
    tell_of_numbers(module_warehouse, DAY + ONE, [number("1Z1", ("20", "150000", "I"))], "another account")
    delete_at_source(module_warehouse, "deleted")
    second = build(module_warehouse, DAY + ONE)
    bring(
        module_warehouse, DAY + 2 * ONE, [],
        [tracker("followed_twice", "1Z8", UNDER_WAY, DELIVERED, scan("22T10:00"))], [],
    )  # fmt: skip
    third = build(module_warehouse, DAY + 2 * ONE)
    return Nights(first, second, third, build(module_warehouse, DAY + 2 * ONE, "--full-refresh"))


@pytest.mark.parametrize("table", TABLES)
def test_incremental_nights_equal_a_full_refresh(nights: Nights, table: str) -> None:
    assert nights.third[table] == nights.refreshed[table]


def test_a_tracker_told_with_another_code_follows_another_parcel(nights: Nights) -> None:
    assert tracker_of(1, nights.first) == "ups:1Z1"
    assert scans_of("ups:1Z1", nights.first) == [("easypost", 1), ("ups", 1)]
    assert tracker_of(1, nights.second) == "ups:1Z1"
    assert scans_of("ups:1Z1", nights.second) == [("ups", 2)]
    assert tracker_of(2, nights.second) == "another_parcel"


def test_a_parcel_whose_tracker_follows_another_is_followed_by_nobody(nights: Nights) -> None:
    assert [tracker_of(10, tables) for tables in (nights.first, nights.second)] == ["astray", None]
    assert parcels_of("astray", nights.second) == {None}


def test_what_two_accounts_are_told_of_a_number_is_kept_of_both(nights: Nights) -> None:
    told = [
        row["occurred_at"][:13]
        for row in nights.second["fct_shipment_events"]
        if row["tracker_id"] == "ups:1Z1"
    ]
    assert sorted(told) == ["2026-11-19T12", "2026-11-20T15"]


def test_a_scan_of_a_delivered_parcel_may_come_late(nights: Nights) -> None:
    late = [row for row in nights.second["fct_shipment_events"] if row["is_late_scan"]]
    assert [(row["tracker_id"], row["shipment_id"]) for row in late] == [("delivered", parcel(3))]


def test_what_was_told_too_early_counts_when_it_has_happened(nights: Nights) -> None:
    assert scans_of("knows_tomorrow", nights.first) == [("easypost", 1)]
    assert scans_of("knows_tomorrow", nights.second) == [("easypost", 2)]
    assert tracker_of(5, nights.first) is None
    assert tracker_of(5, nights.second) == "made_tomorrow"


def test_an_order_may_get_the_code_of_a_parcel_that_is_followed_and_lose_it(nights: Nights) -> None:
    told = [
        (parcels_of("of_nobody_yet", one), parcels_of("of_nobody_soon", one))
        for one in (nights.first, nights.second)
    ]
    assert told == [({None}, {parcel(7)}), ({parcel(6)}, {None})]


def test_the_word_on_a_parcel_goes_to_the_carrier_and_back_to_who_knows_more(nights: Nights) -> None:
    told = [tracker_of(8, tables) for tables in (nights.first, nights.second, nights.third)]
    assert told == ["followed_twice", "ups:1Z8", "followed_twice"]
    assert scans_of("ups:1Z8", nights.third) == []


def test_a_box_falls_in_two_when_what_lay_between_was_sent_in_another(nights: Nights) -> None:
    named = [{row["shipment_id"] for row in one["fct_shipments"]} for one in (nights.first, nights.second)]
    ours = {parcel(number) for number in (11, 12, 13)}
    assert [found & ours for found in named] == [{parcel(11)}, ours]


def test_a_tracker_goes_on_to_the_box_that_was_told_ahead_of_its_time(nights: Nights) -> None:
    assert tracker_of(14, nights.first) == "of_the_next"
    assert (tracker_of(14, nights.second), tracker_of(15, nights.second)) == (None, "of_the_next")


def test_a_tracker_that_is_gone_leaves_nothing(nights: Nights) -> None:
    assert tracker_of(9, nights.first) == "deleted"
    assert tracker_of(9, nights.second) is None
    assert scans_of("deleted", nights.second) == []


def test_a_days_parcels_are_counted_again_when_one_of_them_is_nobodys(nights: Nights) -> None:
    assert [due_on("2026-11-17", tables) for tables in (nights.first, nights.second)] == [2, 1]


def test_a_parcel_is_due_from_its_day_on(nights: Nights) -> None:
    assert [due_on("2026-11-21", tables) for tables in (nights.first, nights.second)] == [0, 1]


def test_a_tracker_without_a_code_has_scans_all_the_same(nights: Nights) -> None:
    assert scans_of("nameless", nights.second) == [("easypost", 2)]


def parcel(number: int) -> str:
    return gid("Fulfillment", number)


def tracker_of(number: int, tables: dict[str, Rows]) -> str | None:
    (found,) = [row["tracker_id"] for row in tables["fct_shipments"] if row["shipment_id"] == parcel(number)]
    return found


def due_on(day: str, tables: dict[str, Rows]) -> int:
    return sum(row["shipments_due"] for row in tables["mart_carrier_sla_daily"] if row["due_date"] == day)


def parcels_of(key: str, tables: dict[str, Rows]) -> set[str | None]:
    return {row["shipment_id"] for row in tables["fct_shipment_events"] if row["tracker_id"] == key}


def scans_of(key: str, tables: dict[str, Rows]) -> list[tuple[str, int]]:
    """How many scans of a tracker each source told."""
    told = [row["source"] for row in tables["fct_shipment_events"] if row["tracker_id"] == key]
    return [(source, told.count(source)) for source in sorted(set(told))]


def bring(settings: Settings, day: date, orders: Rows, trackers: Rows, numbers: Rows) -> None:
    """What everybody told of a day, two hours after its end."""
    window = day_window(day, settings.timezone)
    here = {"account": STORE, "window": window}
    load(settings, [line(a_shop()["id"], a_shop())], stream="shop", kind="snapshot", **here)
    load(settings, [line(one["id"], one, one["updatedAt"]) for one in orders], stream="orders", **here)
    told = window.end.isoformat()
    lines = [line(one["id"], one | {"updated_at": told}, told) for one in trackers]
    load(settings, lines, source="easypost", stream="trackers", account="easypost", window=window)
    tell_of_numbers(settings, day, numbers, "ups")


def tell_of_numbers(settings: Settings, day: date, numbers: Rows, account: str) -> None:
    lines = [line(one["inquiryNumber"], one, None) for one in numbers]
    window = day_window(day, settings.timezone)
    load(settings, lines, source="ups", stream="tracking", account=account, window=window)


def delete_at_source(settings: Settings, key: str) -> None:
    with connect(settings, "loader") as conn:
        conn.execute(
            "INSERT INTO ops.tombstone (source, account, stream, scope, detected_at)"
            " VALUES ('easypost', 'easypost', 'trackers', %s, greatest(now(), '2026-11-22 12:00Z'))",
            [key],
        )


def build(settings: Settings, day: date, *flags: str) -> dict[str, Rows]:
    """The models of parcels and our test of them, called published; returns what the tables hold."""
    with holding_build(settings, day) as build_id:
        chosen = ("--select", *MODELS, "--indirect-selection", "empty")
        result = dbt_runner.run(settings, "build", *chosen, "--exclude-resource-type", "unit_test", *flags)
        assert not dbt_runner.failing_nodes(result)
        call_published(settings, build_id)
    return {table: contents(settings, table) for table in TABLES}


def contents(settings: Settings, table: str) -> Rows:
    with connect(settings, "transformer") as conn:
        rows = conn.execute(f"SELECT to_jsonb(told) FROM build.{table} AS told").fetchall()  # type: ignore[call-overload]
    return sorted((row for (row,) in rows), key=repr)
