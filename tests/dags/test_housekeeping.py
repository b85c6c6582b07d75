"""Chores that reach the outside world."""

from datetime import UTC, datetime

from nightshift import connections, housekeeping

from include.privacy import inbox
from include.privacy.webhooks import Secret
from include.settings import Settings
from include.sources.base import Account
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


def test_the_inbox_is_checked_by_what_each_shops_app_signs_with(monkeypatch):
    def shop(name, **credentials):
        return Account("shopify", name, "https://x", credentials)

    shops = [
        shop("one", login="client id", password="client secret"),
        shop("two", password="shpat_a-token-signs-nothing"),
        shop("three", password="shpat_token", webhook_secret="its own"),
    ]
    monkeypatch.setattr(connections, "accounts", lambda source: shops)
    assert connections.webhook_secrets() == [Secret("one", "client secret"), Secret("three", "its own")]


def test_a_file_in_the_inbox_becomes_a_request_and_is_answered(monkeypatch, warehouse):
    monkeypatch.setattr(housekeeping, "load_settings", lambda: warehouse)
    monkeypatch.setattr(housekeeping, "webhook_secrets", list)
    (inbox.folder(warehouse) / "one.json").write_text('{"kind": "opt_out", "email": "ann@example.com"}')
    taken = housekeeping.TakePrivacyInbox(task_id="take").execute({})
    assert taken == {"taken": 1, "known": 0, "set_aside": 0}
    assert housekeeping.AnswerRequests(task_id="answer").execute({"run_id": "manual"}) == 1
