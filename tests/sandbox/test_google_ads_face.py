"""Google Ads as the sandbox plays it, checked against Google's own message types."""

from datetime import date

import pytest
import requests

from include.sandbox import credentials
from include.sandbox.faces.google_ads.gaql import QueryRefused, parse
from tests.sandbox.tiny import at, served, strict

FIELDS = (
    "campaign.id, campaign.name, campaign.advertising_channel_type, segments.date, metrics.impressions, "
    "metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value, "
    "metrics.all_conversions, customer.currency_code, customer.time_zone"
)
DAYS = "segments.date BETWEEN '2026-03-01' AND '2026-03-31'"


class Account:
    """A client as small as can be."""

    def __init__(self, running):
        self.running, self.url = running, running.url
        self.headers = {"developer-token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN}

    def token(self, **changes) -> requests.Response:
        form = {
            "grant_type": "refresh_token",
            "client_id": credentials.GOOGLE_CLIENT_ID,
            "client_secret": credentials.GOOGLE_CLIENT_SECRET,
            "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
        }
        return requests.post(f"{self.url}/google-oauth/token", data={**form, **changes}, timeout=5)

    def login(self) -> "Account":
        self.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"
        return self

    def post(
        self, method: str, query: str, customer=credentials.GOOGLE_ADS_CUSTOMER_ID, **body
    ) -> requests.Response:
        url = f"{self.url}/google-ads/v26/customers/{customer}/googleAds:{method}"
        return requests.post(url, json={"query": query, **body}, headers=self.headers, timeout=5)

    def rows(self, query: str) -> list[dict]:
        answer = self.post("search", query)
        assert answer.status_code == 200, answer.text
        return answer.json().get("results", [])


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with served(tmp_path_factory.mktemp("ads"), "google_ads") as running:
        yield running


@pytest.fixture
def account(running):
    running.sandbox.clock.set(None)
    return Account(running).login()


def test_google_s_own_messages_accept_both_answers(account):
    services = pytest.importorskip("google.ads.googleads.v26.services.types.google_ads_service")
    from google.protobuf import json_format

    query = f"SELECT {FIELDS} FROM campaign WHERE {DAYS} ORDER BY segments.date DESC"
    page = services.SearchGoogleAdsResponse.pb(services.SearchGoogleAdsResponse())
    json_format.ParseDict(account.post("search", query).json(), page)
    batch = services.SearchGoogleAdsStreamResponse.pb(services.SearchGoogleAdsStreamResponse())
    json_format.ParseDict(account.post("searchStream", query).json()[0], batch)

    assert page.results == batch.results
    assert [row.segments.date for row in page.results] == ["2026-03-09", "2026-03-01"]
    assert page.results[1].metrics.cost_micros == 12_345_678
    assert page.field_mask.paths[0] == "campaign.id"


def test_only_selected_fields_in_camel_case_with_big_integers_as_text(account):
    [row] = account.rows(
        f"SELECT campaign.id, metrics.cost_micros FROM campaign WHERE {DAYS} AND campaign.id = 91"
    )
    assert row == {
        "campaign": {"resourceName": "customers/1234567890/campaigns/91", "id": "91"},
        "metrics": {"costMicros": "22345678"},
    }


def test_conversions_grow_with_the_age_of_the_day(account, running):
    query = "SELECT segments.date, metrics.conversions, metrics.conversions_value FROM campaign WHERE segments.date = '2026-03-01'"
    claims = []
    for day in (2, 3, 4, 9):
        running.sandbox.clock.set(at(day, 5))
        claims.append(account.rows(query)[0]["metrics"])
    assert [claim["conversions"] for claim in claims] == [1.0, 1.5, 2.25, 2.25]
    assert [claim["conversionsValue"] for claim in claims] == [10.0, 15.0, 22.5, 22.5]


def test_the_account_s_day_ends_at_its_own_midnight(account, running):
    query = "SELECT segments.date, metrics.clicks FROM campaign WHERE segments.date >= '2026-03-09'"
    running.sandbox.clock.set(at(10, 3))
    assert account.rows(query) == []
    running.sandbox.clock.set(at(10, 4, 30))
    assert [row["segments"]["date"] for row in account.rows(query)] == ["2026-03-09"]


def test_rows_without_any_metric_are_left_out_when_segmented_only(account):
    by_day = account.rows(f"SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE {DAYS}")
    assert {row["campaign"]["id"] for row in by_day} == {"91"}
    whole = account.rows("SELECT campaign.id, metrics.clicks FROM campaign ORDER BY metrics.clicks LIMIT 1")
    assert [(row["campaign"]["id"], row["metrics"]["clicks"]) for row in whole] == [("92", "0")]


def test_customer_report_sums_the_campaigns(account):
    [row] = account.rows(f"SELECT customer.time_zone, metrics.clicks FROM customer WHERE {DAYS}")
    assert row["customer"]["timeZone"] == "America/New_York"
    assert row["metrics"]["clicks"] == "90"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT campaign.colour FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM ad_group", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT campaign.id FROM customer", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT campaign.id campaign.name FROM campaign", "EXPECTED_FROM"),
        ("SELECT campaign.id FROM campaign WHERE segments.date = 'soon'", "INVALID_DATE_FORMAT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id ~ 3", "BAD_OPERATOR"),
        (
            "SELECT campaign.id FROM campaign ORDER BY campaign.name",
            "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
        ),
        ("", "EXPECTED_SELECT"),
    ],
)
def test_a_bad_query_is_named_in_a_google_ads_failure(account, query, code):
    answer = account.post("search", query)
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0]["errors"][0]["errorCode"] == {"queryError": code}
    assert account.post("searchStream", query).json()[0]["error"]["code"] == 400


def test_page_size_cannot_be_set(account):
    answer = account.post("search", "SELECT campaign.id FROM campaign", pageSize=100)
    failure = answer.json()["error"]["details"][0]["errors"][0]
    assert failure["errorCode"] == {"requestError": "PAGE_SIZE_NOT_SUPPORTED"}


def test_long_answers_come_in_pages_of_ten_thousand(account, monkeypatch):
    monkeypatch.setattr("include.sandbox.faces.google_ads.PAGE_ROWS", 1)
    query = f"SELECT segments.date FROM campaign WHERE {DAYS} AND campaign.id IN (91)"
    first = account.post("search", query).json()
    second = account.post("search", query, pageToken=first["nextPageToken"]).json()
    assert "nextPageToken" not in second
    assert first["results"] + second["results"] == account.rows(f"{query} LIMIT 1") + second["results"]
    assert len(account.post("searchStream", query).json()) == 2


def test_refresh_token_errors_are_worded_as_oauth_does(account):
    granted = account.token().json()
    assert granted["token_type"] == "Bearer"
    assert granted["expires_in"] == 3599
    refused = account.token(refresh_token="revoked")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert account.token(client_secret="no").json()["error"] == "invalid_client"


def test_who_may_ask(account):
    query = "SELECT campaign.id FROM campaign"
    assert account.post("search", query, customer="777").json()["error"]["status"] == "PERMISSION_DENIED"
    account.headers["login-customer-id"] = "987-654-3210"
    assert account.post("search", query).status_code == 400
    account.headers["login-customer-id"] = credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID
    assert account.post("search", query).status_code == 200
    account.headers["developer-token"] = ""
    failure = account.post("search", query).json()["error"]["details"][0]["errors"][0]
    assert failure["errorCode"] == {"requestError": "DEVELOPER_TOKEN_PARAMETER_MISSING"}
    account.headers["Authorization"] = "Bearer old"
    assert account.post("search", query).json()["error"]["status"] == "UNAUTHENTICATED"


def test_too_many_questions_exhaust_the_quota(tmp_path):
    with served(tmp_path, "google_ads", limits=strict()) as running:
        account = Account(running).login()
        answers = [account.post("search", "SELECT campaign.id FROM campaign") for _ in range(3)]
    error = answers[-1].json()["error"]
    assert (answers[-1].status_code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "quotaError" in error["details"][0]["errors"][0]["errorCode"]


def test_the_parser_reads_every_clause():
    query = parse(
        "SELECT a.b , c.d FROM campaign WHERE a.b IN ('x', \"y\") AND c.d BETWEEN '2026-01-01' AND '2026-01-02' "
        "AND c.e DURING LAST_7_DAYS ORDER BY a.b DESC, c.d LIMIT 3 PARAMETERS include_drafts=true"
    )
    assert query.fields == ("a.b", "c.d")
    assert [condition.value for condition in query.conditions] == [
        ["x", "y"],
        ["2026-01-01", "2026-01-02"],
        "LAST_7_DAYS",
    ]
    assert query.order == (("a.b", True), ("c.d", False))
    assert query.limit == 3
    with pytest.raises(QueryRefused, match="positive number"):
        parse("SELECT a.b FROM campaign LIMIT 0")


def test_during_counts_whole_days_before_today(account):
    query = "SELECT segments.date FROM campaign WHERE segments.date DURING YESTERDAY AND campaign.id = 91"
    assert [row["segments"]["date"] for row in account.rows(query)] == [date(2026, 3, 9).isoformat()]
