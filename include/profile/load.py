"""A load of tonight beside the loads before it: what surprises in its fields, its newest day and its counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from include.profile.likeness import surprises
from include.profile.surprise import Past, Surprise
from include.profile.volume import Count, volume

COUNTED = {"records": "the number of records is", "new_payloads": "of them new or changed are"}


@dataclass
class Judged:
    """What stays of a load while the others are read: a backfill brings hundreds, each with what thirty before it looked like."""

    load_id: int
    source: str
    measures: dict[str, Any]
    found: list[Surprise]
    counts: dict[str, Count]
    first_told: Count


@dataclass
class Load:
    """A load of tonight, the loads before it, and what is told of it."""

    row: dict[str, Any]
    before: list[dict[str, Any]]
    measures: dict[str, Any] = field(default_factory=dict)
    moved: list[Surprise] = field(default_factory=list)

    @property
    def nights(self) -> list[dict[str, Any]]:
        """Those of a night with a window as long: neither a year's, nor a week asleep."""
        return [one for one in self.before if one["nightly"] and self._as_long(one["length"])]

    def _as_long(self, other: timedelta) -> bool:
        mine = self.row["window_end"] - self.row["window_start"]
        return other < 2 * mine and mine < 2 * other

    def count(self, name: str) -> Count:
        nights = self.nights if self.row["mode"] == "nightly" else []
        kind = "changes" if name == "new_payloads" and self.row["kind"] != "log" else self.row["kind"]
        return Count(
            self.row["source"], kind, self.row[name],
            [float(one[name]) for one in nights],
            [float(one[name]) for one in nights if one["released"]],
        )  # fmt: skip

    def first_told(self) -> Count:
        """How many of its records no load before has told; only known of logs that others listen to."""
        nights = self.nights if self.row["mode"] == "nightly" else []
        told = [one["measures"]["first_told"] for one in nights if "first_told" in (one["measures"] or {})]
        return Count(self.row["source"], "log", self.measures.get("first_told", 0), told)

    @property
    def touches_all(self) -> bool:
        """Whether somebody has touched the records of years: they are as old as a year's, not as a night's."""
        most = max((one["new_payloads"] for one in self.nights), default=0)
        return self.row["kind"] != "statement" and self.row["new_payloads"] > 3 * most + 30

    def judged(self) -> Judged:
        found = [*self.of_fields(), *self.of_newest_day(), *self.moved]
        counts = {name: self.count(name) for name in COUNTED}
        return Judged(
            self.row["load_id"], self.row["source"], self.measures, found, counts, self.first_told()
        )

    def of_fields(self) -> Iterator[Surprise]:
        past = [
            Past(one["measures"]["fields"], one in self.nights and not self.touches_all, one["released"])
            for one in self.before
            if one["measures"]
        ]
        yield from surprises(self.measures["fields"], past)

    def of_newest_day(self) -> Iterator[Surprise]:
        """A statement's newest day must not be a part of a day: that shows in most of its numbers, not in a rare one."""
        nights = [one for one in self.nights if one["measures"]]
        judged = 0
        found: list[Surprise] = []
        for path, total in self.measures["newest_day"].items():
            told = [(one["measures"]["newest_day"].get(path), one["released"]) for one in nights]
            sums = [value for value, _ in told if value is not None]
            count = Count(
                "", "newest day", total, sums, [value for value, released in told if released and value]
            )
            if sums and count.is_judged:
                judged += 1
                found += volume(f"the newest day's {path} adds up to", count, 0)
        short = sum(one.by > 1 for one in found)
        if 2 * short > judged:
            yield from found
