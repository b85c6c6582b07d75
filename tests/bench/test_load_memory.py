"""A pull's memory does not grow with its window."""

from tests.bench import load
from tests.bench.load_stage import stage

SHORT, LONG = 10_000, 60_000
ROOM = 6.0
"""Megabytes: what is remembered of values seen (10,000 each of numbers and instants) and the allocator's leftovers."""


def test_a_six_times_longer_window_needs_no_more_memory():
    peaks = []
    for records in (SHORT, LONG):
        with stage({"rows": records}) as place:
            _, (_, keyed), _ = load._contenders("rows")
            peaks.append(place.measure(keyed).mb)
    assert peaks[1] - peaks[0] < ROOM, peaks
