"""Chores that reach the outside world."""

from datetime import UTC, datetime

from nightshift import housekeeping

from include.settings import Settings
from include.window import last_closed_day


def test_people_leave_the_lists_of_every_connected_platform_for_the_newest_closed_day(monkeypatch, warehouse):
    asked = []

    def withdraw(settings: Settings, day, destinations):
        asked.append((settings, day, destinations))
        return {"meta": {}}

    monkeypatch.setattr(housekeeping, "load_settings", lambda: warehouse)
    monkeypatch.setattr(housekeeping, "destinations", lambda: {"meta": "connected"})
    monkeypatch.setattr("include.activation.audiences.withdraw", withdraw)
    assert housekeeping.WithdrawFromAudiences(task_id="withdraw").execute({}) == {"meta": {}}
    day = last_closed_day(datetime.now(UTC), warehouse.timezone)
    assert asked == [(warehouse, day, {"meta": "connected"})]
