from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.window import Window, day_window, days_window, last_closed_day

ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "UTC",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(2000, 1, 1), date(2037, 12, 30))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))
widths = st.timedeltas(timedelta(minutes=1), timedelta(days=400))


@st.composite
def windows(draw, longest=timedelta(days=60)):
    start = draw(instants)
    return Window(start, start + draw(st.timedeltas(timedelta(seconds=1), longest)))


@given(windows(), st.timedeltas(timedelta(hours=1), timedelta(days=90)))
def test_tiles_touch_and_do_not_overlap(window, width):
    tiles = list(window.tiles(width))
    assert tiles[0].start == window.start
    assert tiles[-1].end == window.end
    assert all(left.end == right.start for left, right in pairwise(tiles))
    assert all(tile.end - tile.start <= width for tile in tiles)


@given(days, zones)
def test_days_tile_time(day, zone):
    assert day_window(day, zone).end == day_window(day + timedelta(days=1), zone).start


@given(days, zones)
def test_a_day_knows_its_own_date(day, zone):
    assert day_window(day, zone).dates(zone) == [day]


@given(days, st.integers(0, 40), zones)
def test_a_span_of_days_is_its_days(first, more, zone):
    last = first + timedelta(days=more)
    span = days_window(first, last, zone)
    assert span.start == day_window(first, zone).start
    assert span.end == day_window(last, zone).end


@given(instants, zones)
def test_the_last_closed_day_has_ended_and_the_next_has_not(now, zone):
    day = last_closed_day(now, zone)
    assert day_window(day, zone).end <= now
    assert day_window(day + timedelta(days=1), zone).end > now


@given(windows())
def test_the_start_is_inside_and_the_end_is_not(window):
    assert window.start in window
    assert window.end not in window
    assert window.end - timedelta(microseconds=1) in window


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 3, 8), "America/New_York", 23),
        (date(2026, 11, 1), "America/New_York", 25),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 10, 4), "Australia/Lord_Howe", 23.5),
        (date(2026, 6, 1), "Asia/Tokyo", 24),
    ],
)
def test_days_are_as_long_as_their_clocks_say(day, zone, hours):
    window = day_window(day, ZoneInfo(zone))
    assert window.end - window.start == timedelta(hours=hours)


def test_windows_are_held_in_utc():
    berlin = ZoneInfo("Europe/Berlin")
    window = Window(datetime(2026, 7, 1, tzinfo=berlin), datetime(2026, 7, 2, tzinfo=berlin))
    assert str(window) == "2026-06-30T22:00:00Z..2026-07-01T22:00:00Z"


@pytest.mark.parametrize("end", [datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)])
def test_an_empty_window_is_refused(end):
    with pytest.raises(ValueError, match="before it starts"):
        Window(datetime(2026, 1, 1, tzinfo=UTC), end)


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Window(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))
