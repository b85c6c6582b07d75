"""A warehouse to which anything happens in any order: changes at the vendors, readings of any window, builds.

Only the gates are left out: what they refuse is not the question here, and a held load has an operation of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from include import dbt_runner
from include.errors import Wait
from include.privacy.erase import erase
from include.privacy.keys import customer_key
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.warehouse.load import load_manifest, next_epoch
from include.warehouse.nights import hold_load, release_load
from include.warehouse.publish import publish
from include.window import Window, midnight
from tests.flows.any_order import other_changes, shop_changes, visit_changes
from tests.flows.any_order.sources import Place, Sources, places
from tests.warehouse.helpers import spool

DAY = timedelta(days=1)
PEOPLE = ("ann@example.com",)
NO_TESTS = ("--exclude-resource-type", "test")
CHANGES = {
    one.__name__: one for one in (*shop_changes.CHANGES, *other_changes.CHANGES, *visit_changes.CHANGES)
}
Operation = tuple[str, int, int]


@dataclass
class Nights:
    """One warehouse, the vendors it reads from, and a diary of what happened."""

    settings: Settings
    sources: Sources
    diary: list[str] = field(default_factory=list)
    read_until: datetime | None = None
    loads: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    underway: list[Callable[[], Any]] = field(default_factory=list)

    @property
    def as_of(self) -> Any:
        """The day the coming build is about."""
        return self.sources.today

    def do(self, operation: Operation) -> None:
        name, a, b = operation
        try:
            said = CHANGES[name](self.sources, a, b) if name in CHANGES else OPERATIONS[name](self, a, b)
        except Exception as error:
            error.add_note("\n".join([f"during {name}({a}, {b}), after:", *self.diary]))
            raise
        self.diary.append(f"{name}({a}, {b}): {said}")

    def night(self, _a: int = 0, b: int = 0) -> str:
        """Read everything that changed since the last night, with an overlap, and sleep until the next day."""
        start = (self.read_until or self.sources.now - 2 * DAY) - timedelta(hours=b % 48)
        self._read(places(self.sources), start, "nightly")
        self.read_until = self.sources.now
        return f"since {start:%d %b %H:%M}"

    def whole(self, _a: int = 0, _b: int = 0) -> str:
        """Everything that every vendor holds, in one window."""
        self._read(places(self.sources), self.sources.now - 3650 * DAY, "nightly")
        return "from the beginning"

    def next_day(self, _a: int = 0, b: int = 0) -> str:
        """One day later, or two: a night that was skipped."""
        self.sources.today += DAY * (1 + b % 2)
        self.sources.ticks = 0
        return f"it is {self.sources.today}"

    def backfill(self, a: int, b: int) -> str:
        """Some sources' past again: any window, over others or not."""
        end = self.sources.now - timedelta(days=b % 9)
        chosen = (
            ("shopify",),
            ("amazon",),
            ("ecb", "google_ads", "meta"),
            ("klaviyo", "easypost", "odoo"),
            (),
        )[a % 5]
        wanted = [place for place in places(self.sources, chosen) if self.sources.kinds[place] != "snapshot"]
        self._read(wanted, end - timedelta(days=a % 30 + 1), "backfill", end)
        return f"{', '.join(chosen) or 'everybody'} until {end:%d %b %H:%M}"

    def begin_reading(self, a: int, b: int) -> str:
        """An extraction that asks now and lands later, after others that asked after it."""
        chosen = ("shopify", "amazon", "easypost", "ecb", "meta", "klaviyo", "odoo")[a % 7]
        for place in places(self.sources, (chosen,)):
            uri = self._spooled(
                place, self.sources.now - timedelta(days=b % 20 + 1), "nightly", self.sources.now
            )
            self.underway.append(lambda uri=uri: self._loaded(uri))
        return chosen

    def reading_lands(self, _a: int, _b: int) -> str:
        """What an erasure took out of the lake meanwhile lands no more."""
        landed = 0
        while self.underway:
            with suppress(Wait):
                self.underway.pop()()
                landed += 1
        return f"{landed} extractions"

    def hold(self, a: int, _b: int) -> str:
        if not self.loads:
            return "nothing to hold"
        load_id = self.loads[a % len(self.loads)]
        if hold_load(self.settings, load_id, "a person's word"):
            self.held.append(load_id)
        return f"load {load_id}"

    def release(self, a: int, _b: int) -> str:
        if not self.held:
            return "nothing is held"
        load_id = self.held.pop(a % len(self.held))
        release_load(self.settings, load_id, "a person's word")
        return f"load {load_id}"

    def delete(self, a: int, b: int) -> str:
        found = other_changes.deleted(self.sources, a, b)
        if not found:
            return "nothing"
        self._tombstone(
            "INSERT INTO ops.tombstone (source, stream, account, scope) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING", *found,
        )  # fmt: skip
        return found[1]

    def come_back(self, _a: int, _b: int) -> str:
        """The scan of all keys sees a record again that it had missed: nobody tells it anew."""
        found = self.sources.bring_back()
        if not found:
            return "nothing"
        self._tombstone(
            "DELETE FROM ops.tombstone WHERE (source, stream, account, scope) = (%s, %s, %s, %s)", *found
        )
        return found[1]

    def address_changed(self, a: int, _b: int) -> str:
        """A customer is known under another key from now on; orders under the old one are hers as well."""
        place, scope, person = self.sources.pick("shopify", "customers", a)
        email = f"new{self.sources.new_id()}@example.com"
        person |= {
            "customer_key": customer_key(self.settings.secret("customer_key"), email),
            "updatedAt": self.sources.now.isoformat(),
        }
        moment = self.sources.now
        self.sources.tell(place, scope, person)
        told = {
            "customer_key": person["customer_key"], "alias_key": person["customer_key"], "vendor_id": scope,
            "email": email, "updated_at": moment.isoformat(), "suppression": [], "consents": [],
        }  # fmt: skip
        self._loaded(self._spooled(place, moment, "nightly", moment + timedelta(seconds=1), vault=[told]))
        return f"{scope} has another address"

    def forget_person(self, a: int, _b: int) -> str:
        done = erase(self.settings, PEOPLE[a % len(PEOPLE)])
        return f"{done.raw_records} records"

    def fail(self, _a: int, b: int) -> str:
        """A build that dies half-way, or before it could be published."""
        scope = ("--select", "path:models/staging") if b % 2 else ()
        with holding_build(self.settings, self.as_of):
            dbt_runner.build(self.settings, False, *NO_TESTS, *scope)
        return "after staging" if scope else "before publishing"

    def build(self, _a: int = 0, b: int = 0, full_refresh: bool = False) -> str:
        """As of the day it is; in one of eight cases as of a day long past, as somebody may wish to see it again."""
        day = self.as_of - (b % 8 == 7) * 5 * DAY
        with holding_build(self.settings, day, full_refresh) as build_id:
            dbt_runner.build(self.settings, full_refresh, *NO_TESTS)
            publish(self.settings, build_id, dbt_runner.manifest(self.settings))
        return f"build {build_id} as of {day}"

    def _read(self, wanted: list[Place], start: datetime, mode: str, end: datetime | None = None) -> None:
        for place in wanted:
            self._loaded(self._spooled(place, start, mode, end or self.sources.now))

    def _spooled(self, place: Place, start: datetime, mode: str, end: datetime, **more: Any) -> str:
        taken = self.sources.now if mode == "backfill" else midnight(self.as_of + DAY, self.settings.timezone)
        return spool(
            self.settings, self.sources.lines(place, start, end), source=place.source, stream=place.stream,
            kind=self.sources.kinds[place], mode=mode, account=place.account, epoch=next_epoch(self.settings),
            window=Window(start, end), taken_at=taken + timedelta(minutes=90), **more,
        )  # fmt: skip

    def _loaded(self, uri: str) -> None:
        self.loads.append(load_manifest(self.settings, uri).load_id)

    def _tombstone(self, statement: str, place: Place, scope: str) -> None:
        with connect(self.settings, "loader") as conn:
            conn.execute(statement, [place.source, place.stream, place.account, scope])  # type: ignore[call-overload]


OPERATIONS: dict[str, Callable[[Nights, int, int], str]] = {
    "night": Nights.night, "whole": Nights.whole, "next_day": Nights.next_day, "backfill": Nights.backfill,
    "begin_reading": Nights.begin_reading, "reading_lands": Nights.reading_lands, "hold": Nights.hold,
    "release": Nights.release, "delete": Nights.delete, "come_back": Nights.come_back,
    "address_changed": Nights.address_changed, "forget_person": Nights.forget_person, "fail": Nights.fail,
    "build": Nights.build,
}  # fmt: skip


@contextmanager
def parsed_once(settings: Settings) -> Iterator[None]:
    """dbt's project does not change between these builds: it is parsed for the first of them only."""
    really, kept = dbt_runner.run, dbt_runner.run(settings, "parse")

    def run(settings: Settings, command: str, *args: str, **more: Any) -> Any:
        return kept if command == "parse" else really(settings, command, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_runner, "run", run)
        yield


def copied(sources: Sources) -> Sources:
    """The same vendors, for another history."""
    records = {place: dict(held) for place, held in sources.records.items()}
    return replace(sources, records=records, gone=list(sources.gone))
