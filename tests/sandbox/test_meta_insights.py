"""Meta's insights as the sandbox plays them, driven by Meta's own SDK."""

import json

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from include.sandbox import credentials
from tests.sandbox import paid_social
from tests.sandbox.google_account import google_rows
from tests.sandbox.paid_social import AWARENESS, SALES
from tests.sandbox.tiny import at, served, strict

FIELDS = ["campaign_id", "campaign_name", "objective", "account_currency", "spend", "impressions", "clicks"]
FIELDS += ["inline_link_clicks", "actions", "action_values"]
DAILY = {
    "level": "campaign",
    "time_increment": 1,
    "breakdowns": ["publisher_platform"],
    "time_range": {"since": "2026-03-01", "until": "2026-03-31"},
    "action_attribution_windows": ["7d_click", "1d_view"],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("meta")
    with served(home, "meta", "google_ads", of=paid_social.world()) as running:
        yield running


@pytest.fixture
def account(running) -> AdAccount:
    running.sandbox.clock.set(None)
    session = FacebookSession("app", credentials.META_APP_SECRET, credentials.META_ACCESS_TOKEN)
    session.GRAPH = f"{running.url}/meta"
    return AdAccount(credentials.META_AD_ACCOUNT_ID, api=FacebookAdsApi(session))


def told(rows) -> list[dict]:
    return sorted(
        (dict(row) for row in rows),
        key=lambda row: (row["date_start"], row["campaign_id"], row["publisher_platform"]),
    )


def finished(run: AdReportRun) -> AdReportRun:
    """Looks until a report is at 100 percent."""
    for _ in range(10):
        run = run.api_get()
        if run["async_percent_completion"] == 100:
            return run
    raise AssertionError("the report is never finished")


def purchases(row: dict, name: str = "actions") -> dict:
    [found] = [one for one in row.get(name, []) if one["action_type"] == "purchase"]
    return dict(found)


def test_the_sdk_reads_days_by_placement_and_every_metric_is_text(account):
    rows = told(account.get_insights(fields=FIELDS, params=DAILY))
    assert [(row["date_start"], row["campaign_id"], row["publisher_platform"]) for row in rows] == [
        ("2026-03-01", str(SALES), "facebook"),
        ("2026-03-01", str(SALES), "instagram"),
        ("2026-03-09", str(SALES), "facebook"),
        ("2026-03-09", str(AWARENESS), "instagram"),
    ]
    first = rows[0]
    numbers = (first["spend"], first["impressions"], first["clicks"], first["inline_link_clicks"])
    assert numbers == ("12.34", "1000", "65", "50")
    assert {row["date_stop"] == row["date_start"] for row in rows} == {True}
    assert {type(value) for row in rows for value in row.values()} == {str, list}


def test_what_there_was_none_of_is_missing(account):
    film = told(account.get_insights(fields=FIELDS, params=DAILY))[-1]
    assert not {"actions", "action_values", "inline_link_clicks"} & film.keys()


def test_a_purchase_is_told_three_times_and_by_window(account):
    first = told(account.get_insights(fields=FIELDS, params=DAILY))[0]
    assert purchases(first) == {"action_type": "purchase", "value": "4", "7d_click": "3.4", "1d_view": "0.6"}
    assert purchases(first, "action_values")["value"] == "40"
    kinds = [action["action_type"] for action in first["actions"]]
    assert len([kind for kind in kinds if "purchase" in kind]) == 3


def test_a_window_that_was_taken_away_is_left_out(account):
    asked = {**DAILY, "action_attribution_windows": ["7d_view", "28d_click"]}
    first = told(account.get_insights(fields=FIELDS, params=asked))[0]
    assert purchases(first) == {"action_type": "purchase", "value": "4", "28d_click": "4.4"}


def test_a_day_has_more_conversions_when_asked_again_later(account, running):
    claims = []
    for day in (2, 3, 4, 9):
        running.sandbox.clock.set(at(day, 5))
        claims.append(purchases(told(account.get_insights(fields=FIELDS, params=DAILY))[0])["value"])
    assert claims == ["1", "2", "4", "4"]


def test_without_a_breakdown_the_placements_are_one(account):
    params = {name: value for name, value in DAILY.items() if name != "breakdowns"}
    rows = [dict(row) for row in account.get_insights(fields=["spend"], params=params)]
    assert [row["spend"] for row in rows] == ["17.35", "10.00", "4.00"]
    whole = account.get_insights(fields=["spend"], params={"time_range": DAILY["time_range"]})
    assert [dict(row)["spend"] for row in whole] == ["31.35"]


def test_the_sdk_pages_through_short_pages_until_there_is_no_next(account):
    rows = account.get_insights(fields=["campaign_id"], params={**DAILY, "limit": 2})
    assert len(list(rows)) == 4
    assert len(account.get_insights(fields=["campaign_id"], params={**DAILY, "limit": 3})._queue) == 2


def test_the_sdk_reads_a_report_once_it_is_at_a_hundred_percent(account):
    run = account.get_insights_async(fields=FIELDS, params=dict(DAILY))
    found = finished(AdReportRun(run["report_run_id"], api=account.get_api()))
    assert found["async_status"] == "Job Completed"
    assert told(found.get_insights()) == told(account.get_insights(fields=FIELDS, params=DAILY))


def test_a_report_says_completed_before_it_is_and_then_lacks_rows(account):
    run = account.get_insights_async(fields=["spend"], params=dict(DAILY))
    run = AdReportRun(run["report_run_id"], api=account.get_api())
    with pytest.raises(FacebookRequestError, match="not ready"):
        run.get_insights()
    while run.api_get()["async_status"] != "Job Completed":
        pass
    assert len(list(run.get_insights())) == 2


def test_a_report_over_too_many_days_fails_with_a_code(account):
    params = {**DAILY, "time_range": {"since": "2024-01-01", "until": "2026-03-01"}}
    run = AdReportRun(account.get_insights_async(params=params)["report_run_id"], api=account.get_api())
    run.api_get()
    failed = run.api_get(fields=["async_status", "error_code", "error_subcode"])
    assert (failed["async_status"], failed["error_code"], failed["error_subcode"]) == (
        "Job Failed",
        -2,
        2490547,
    )


@pytest.mark.parametrize(
    ("changes", "code", "subcode"),
    [
        ({"time_range": {"since": "2025-12-01", "until": "2026-03-01"}}, 100, 1504018),
        ({"time_range": {"since": "2023-01-01", "until": "2023-01-02"}}, 3018, 1487534),
        ({"time_range": {"since": "2026-03-02", "until": "2026-03-01"}}, 100, None),
        ({"breakdowns": ["country"]}, 100, None),
        ({"level": "ad"}, 100, None),
        ({"action_attribution_windows": ["skan_view"]}, 100, None),
    ],
)
def test_questions_that_are_refused(account, changes, code, subcode):
    with pytest.raises(FacebookRequestError) as refused:
        account.get_insights(fields=["spend"], params={**DAILY, **changes})
    assert (refused.value.api_error_code(), refused.value.api_error_subcode()) == (code, subcode)


def test_unknown_fields_are_refused(running):
    url = f"{running.url}/meta/v26.0/{credentials.META_AD_ACCOUNT_ID}/insights"
    query = {"access_token": credentials.META_ACCESS_TOKEN, "fields": "spend,colour"}
    query["time_range"] = json.dumps(DAILY["time_range"])
    error = requests.get(url, params=query, timeout=5).json()["error"]
    assert (error["code"], "colour is not valid for fields param" in error["message"]) == (100, True)


def test_the_account_tells_its_zone_and_currency(account):
    found = account.api_get(fields=["timezone_name", "currency"])
    assert (found["timezone_name"], found["currency"]) == ("America/New_York", "USD")


def test_every_field_is_one_of_metas_own():
    from include.sandbox.faces.meta.insights import FIELDS as ANSWERED

    assert set(AdsInsights.Field.__dict__.values()) >= set(ANSWERED)


def test_neither_platform_tells_of_the_others_campaigns(account, running):
    found = {row["campaign_id"] for row in account.get_insights(fields=["campaign_id"], params=DAILY)}
    assert found == {str(SALES), str(AWARENESS)}
    assert {row["campaign"]["id"] for row in google_rows(running, "SELECT campaign.id FROM campaign")} == {
        "91",
        "92",
    }


def test_insights_have_a_budget_of_their_own(tmp_path):
    with served(tmp_path, "meta", of=paid_social.world(), limits=strict()) as running:
        url = f"{running.url}/meta/v26.0/{credentials.META_AD_ACCOUNT_ID}"
        query = {"access_token": credentials.META_ACCESS_TOKEN, "time_range": json.dumps(DAILY["time_range"])}
        answers = [requests.get(f"{url}/insights", params=query, timeout=5) for _ in range(4)]
        audiences = requests.get(f"{url}/customaudiences", params=query, timeout=5)
    assert (answers[-1].status_code, answers[-1].json()["error"]["code"]) == (400, 80000)
    [[usage]] = json.loads(answers[-1].headers["X-Business-Use-Case-Usage"]).values()
    assert (usage["type"], usage["call_count"] > 50) == ("ads_insights", True)
    assert audiences.status_code == 200
