"""Meta's insights, read from the sandbox's face and from a server that answers as written down."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from include.clients.pace import Clock
from include.errors import FixCredentials, Stop, Wait
from include.sandbox.server import Running
from include.sandbox.truth.ads import placements
from include.sources import meta
from include.sources.base import Account
from include.sources.meta import META
from include.window import Window
from tests.clients.faulty import Asked, Faulty, Say, faulty
from tests.sandbox import tiny
from tests.sandbox.tiny import at
from tests.sandbox.worlds import small_world
from tests.sources.company import HISTORY, account, read, served

STREAM = META.stream("campaigns_daily")
WEEK = Window(datetime(2026, 3, 3, 5, tzinfo=UTC), datetime(2026, 3, 10, 5, tzinfo=UTC))
ACCOUNT = Say.json({"id": "act_1", "timezone_name": "America/New_York"})


def error(
    code: int, subcode: int | None = None, status: int = 400, message: str = "no", **headers: str
) -> Say:
    body = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return Say.json({"error": body}, status, **headers)


def row(day: str, campaign: str = "1", placement: str = "facebook", **more: Any) -> dict[str, Any]:
    return {
        "campaign_id": campaign, "publisher_platform": placement, "date_start": day, "date_stop": day, **more
    }  # fmt: skip


def rows(*found: dict[str, Any], **paging: Any) -> Say:
    return Say.json({"data": list(found), **({"paging": paging} if paging else {})})


def run(percent: int, status: str = "Job Completed", **more: Any) -> Say:
    return Say.json({"id": "77", "async_status": status, "async_percent_completion": percent, **more})


STARTED = Say.json({"report_run_id": "77"})


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's reports are ready after four looks, however short the pauses."""
    monkeypatch.setattr(meta, "FIRST_LOOK", 0.01)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Sleeping takes no time and is written down."""
    slept: list[float] = []
    monkeypatch.setattr(meta, "FIRST_LOOK", 0.5)
    monkeypatch.setattr(Clock, "__init__", _quiet_clock(slept))
    return slept


def _quiet_clock(slept: list[float]):
    def init(self) -> None:
        self.monotonic = lambda: sum(slept)
        self.now = lambda: datetime(2026, 3, 10, tzinfo=UTC)
        self.sleep, self.chance = slept.append, lambda: 1.0

    return init


def pages(
    vendor: Faulty, window: Window = WEEK, **credentials: str
) -> dict[str | None, list[dict[str, Any]]]:
    opened = META.connect(Account("meta", "act_1", vendor.url, credentials or {"password": "EAA"}))
    return {page.scope: page.records for page in STREAM.pull(opened, window)}


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query))


# ---------------------------------------------------------------------------- from the sandbox


def test_every_ended_day_is_a_statement_of_campaigns_and_placements(company: Running):
    days = {line.scope: json.loads(line.payload) for line in read(company, "meta", "campaigns_daily")}
    assert (len(days), min(days), max(days)) == (61, "2026-01-08", "2026-03-09")
    assert days["2026-03-05"] == []
    facebook, instagram = days["2026-03-01"]
    assert (facebook["publisher_platform"], instagram["publisher_platform"]) == ("facebook", "instagram")
    assert (facebook["spend"], facebook["inline_link_clicks"]) == ("12.34", "50")
    assert {"action_type": "purchase", "value": "4", "7d_click": "3.4", "1d_view": "0.6"} in facebook[
        "actions"
    ]


def test_what_was_asked_for_is_written_beside_each_row(company: Running):
    lines = read(company, "meta", "campaigns_daily")
    asked = {json.dumps(one["asked"]) for line in lines for one in json.loads(line.payload)}
    assert [json.loads(text) for text in asked] == [
        {
            "timezone_name": "America/New_York",
            "attribution_windows": "7d_click,1d_view",
            "report_time": "impression",
        }
    ]


def test_a_day_counts_only_when_it_has_ended(company: Running):
    midnight = at(9, 4)  # in New York; summer time began on the 8th
    eighth = read(company, "meta", "campaigns_daily", Window(midnight - timedelta(hours=23), midnight))
    assert [line.scope for line in eighth] == ["2026-03-08"]


def test_a_report_brings_what_an_answer_at_once_brings(company: Running, monkeypatch: pytest.MonkeyPatch):
    at_once = read(company, "meta", "campaigns_daily", WEEK)
    monkeypatch.setattr(meta, "LONGEST_SYNC_DAYS", 0)
    assert read(company, "meta", "campaigns_daily", WEEK) == at_once
    year = Window(HISTORY.end - timedelta(days=365), HISTORY.end)
    by_day = {line.scope: line for line in read(company, "meta", "campaigns_daily", year)}
    assert [by_day[line.scope] for line in at_once] == at_once


@pytest.mark.parametrize("kind", ["429", "500", "html", "truncate", "reset"])
def test_a_stumbling_vendor_is_read_all_the_same(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(meta, "backoff", lambda tries, clock: 0.0)
    with served(tmp_path) as company:
        wanted = read(company, "meta", "campaigns_daily", WEEK)
        fault = {"vendor": "meta", "kind": kind, "times": 1}
        requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
        assert read(company, "meta", "campaigns_daily", WEEK) == wanted


def test_the_proof_of_another_app_is_refused(company: Running):
    given = {**account(company, "meta").credentials, "app_secret": "canary"}
    with pytest.raises(Stop, match=r"code 100") as refused:
        read(company, "meta", "campaigns_daily", WEEK, credentials=given)
    assert "canary" not in str(refused.value)


def test_an_account_that_is_not_ours_stops(company: Running):
    with pytest.raises(Stop, match="code 100/33"):
        read(company, "meta", "campaigns_daily", WEEK, name="act_404")
    with pytest.raises(Stop, match="needs extra `account`"):
        META.connect(account(company, "meta", name="1122334455"))


# ---------------------------------------------------------------------------- from a script


def test_pages_are_followed_until_there_is_no_next_and_not_until_a_short_one():
    more = {"cursors": {"after": "b"}, "next": "https://graph.facebook.com/secret"}
    with faulty() as vendor:
        vendor.will(ACCOUNT, rows(row("2026-03-03")), rows(row("2026-03-04")))
        vendor.answers[1] = rows(row("2026-03-03"), **more)
        vendor.answers.insert(2, rows(cursors={"after": "c"}, next="https://graph.facebook.com/secret"))
        found = pages(vendor)
        assert [query(one).get("after") for one in vendor.asked] == [None, None, "b", "c"]
    assert [len(found[f"2026-03-0{day}"]) for day in (3, 4, 5)] == [1, 1, 0]


def test_the_attribution_is_fixed_and_every_call_proves_its_app():
    with faulty() as vendor:
        vendor.will(ACCOUNT, rows())
        pages(vendor, access_token="EAA", app_secret="s")
        asked = query(vendor.asked[1])
        proof = hmac.new(b"s", b"EAA", hashlib.sha256).hexdigest()
        assert {query(one)["appsecret_proof"] for one in vendor.asked} == {proof}
        assert vendor.asked[1].headers["authorization"] == "Bearer EAA"
        assert "EAA" not in vendor.asked[1].path
    assert json.loads(asked["action_attribution_windows"]) == ["7d_click", "1d_view"]
    assert json.loads(asked["time_range"]) == {"since": "2026-03-03", "until": "2026-03-09"}
    assert (asked["level"], asked["time_increment"], asked["breakdowns"], asked["action_report_time"]) == (
        "campaign",
        "1",
        "publisher_platform",
        "impression",
    )


@pytest.mark.parametrize(
    "refusal",
    [
        error(100, 1504018),
        error(2, 1504038, 500),
        error(1, None, 500, "Please reduce the amount of data you're asking for, then retry your request"),
    ],
)
def test_what_is_too_much_at_once_is_asked_for_as_a_report(naps: list[float], refusal: Say):
    with faulty() as vendor:
        vendor.will(
            ACCOUNT, refusal, STARTED, run(0, "Job Not Started"), run(98), run(100), rows(row("2026-03-04"))
        )
        assert pages(vendor)["2026-03-04"][0]["campaign_id"] == "1"
        assert [one.method for one in vendor.asked] == ["GET", "GET", "POST", "GET", "GET", "GET", "GET"]
    assert naps == [0.5, 0.75]


def test_a_report_that_failed_is_made_again_and_told_when_it_keeps_failing(naps: list[float], monkeypatch):
    monkeypatch.setattr(meta, "LONGEST_SYNC_DAYS", 0)
    failed = run(0, "Job Failed", error_code=-2, error_subcode=2490547, error_message="canary")
    with faulty() as vendor:
        vendor.will(ACCOUNT, STARTED, failed, STARTED, run(100), rows())
        assert not any(pages(vendor).values())
        vendor.will(ACCOUNT, STARTED, failed, STARTED, failed, STARTED, failed)
        with pytest.raises(
            Wait, match=r"3 reports failed, the last with code -2/2490547 \(Job Failed\)"
        ) as told:
            pages(vendor)
    assert "canary" not in str(told.value)


def test_a_report_that_never_ends_is_left_after_an_hour(naps: list[float], monkeypatch):
    monkeypatch.setattr(meta, "LONGEST_SYNC_DAYS", 0)
    with faulty() as vendor:
        vendor.will(ACCOUNT, STARTED, run(40, "Job Running"))
        with pytest.raises(Wait, match="not finished after an hour"):
            pages(vendor)
    assert max(naps) == 30.0
    assert sum(naps) >= 3600


def test_too_many_calls_are_waited_for_and_a_long_wait_is_left_to_a_later_run(naps: list[float]):
    usage = {"1": [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 7}]}
    with faulty() as vendor:
        vendor.will(ACCOUNT, error(80000, 2446079), error(4, 1504022), rows())
        pages(vendor)
        vendor.will(ACCOUNT, error(17, 2446079, X_Business_Use_Case_Usage=json.dumps(usage)))
        with pytest.raises(Wait) as told:
            pages(vendor)
    assert naps == [1.0, 2.0]
    assert told.value.retry_after == timedelta(minutes=7)


def test_a_refused_token_asks_for_a_person():
    with faulty() as vendor:
        vendor.will(error(190, message="canary"))
        with pytest.raises(FixCredentials, match="code 190") as told:
            pages(vendor)
    assert "canary" not in str(told.value)
    with pytest.raises(FixCredentials, match="lacks access_token"):
        META.connect(Account("meta", "act_1", "https://graph.facebook.com", {"app_secret": "s"}))


def test_days_nobody_asked_for_stop():
    with faulty() as vendor:
        vendor.will(ACCOUNT, rows(row("2026-03-01")))
        with pytest.raises(Stop, match="'2026-03-01', which was not asked for"):
            pages(vendor)
        vendor.will(ACCOUNT, rows({**row("2026-03-03"), "date_stop": "2026-03-04"}))
        with pytest.raises(Stop, match="not asked for"):
            pages(vendor)
        vendor.will(ACCOUNT, rows(row("x" * 100_000)))
        with pytest.raises(Stop, match="not asked for") as told:
            pages(vendor)
        assert len(str(told.value)) < 200, "a vendor's text is told as if it were a day"


def test_a_night_of_thirty_days_is_asked_at_once_and_a_year_in_quarters():
    assert STREAM.overlap == timedelta(days=28)
    assert meta.LONGEST_SYNC_DAYS > 28 + 2
    assert (date(2026, 12, 31) - date(2026, 1, 1)) / meta.DAYS_AT_ONCE < 4


def test_a_simulated_companys_figures_are_the_worlds_own(tmp_path: Path):
    """Face, paging and windows together bring what the oracle reads from the world: each placement's day."""
    world = small_world()
    with tiny.served(tmp_path, "meta", of=world) as running:
        now = running.sandbox.clock.now()
        window = Window(now - timedelta(days=20), now)
        lines = read(running, "meta", "campaigns_daily", window)
        last = date.fromisoformat(lines[-1].scope)
        wanted = placements(world, now, date.fromisoformat(lines[0].scope), last)
    found = {
        (int(one["campaign_id"]), date.fromisoformat(line.scope), one["publisher_platform"]): told(one)
        for line in lines
        for one in json.loads(line.payload)
    }
    shown = {key: tuple(row.values()) for key, row in wanted.items() if key[2] and row["impressions"]}
    assert found == shown
    assert {key[2] for key in found} == {"facebook", "instagram"}


def told(one: dict[str, Any]) -> tuple[Any, ...]:
    """Impressions, clicks, spend, conversions and value of a row, in the windows we asked for."""
    sums = []
    for name in ("actions", "action_values"):
        bought = [action for action in one.get(name, []) if action["action_type"] == "purchase"]
        sums.append(sum((Decimal(action.get(w, "0")) for action in bought for w in meta.WINDOWS), Decimal(0)))
    return (int(one["impressions"]), int(one.get("inline_link_clicks", 0)), Decimal(one["spend"]), *sums)
