"""Meta's Custom Audiences as the sandbox plays them, driven by Meta's own SDK."""

import hashlib
import hmac
import json

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from include.sandbox import credentials
from tests.sandbox.tiny import served, strict

NEW = {"name": "Carts", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def running(tmp_path):
    with served(tmp_path, "meta") as running:
        yield running


@pytest.fixture
def account(running) -> AdAccount:
    session = FacebookSession("app", credentials.META_APP_SECRET, credentials.META_ACCESS_TOKEN)
    session.GRAPH = f"{running.url}/meta"
    return AdAccount(credentials.META_AD_ACCOUNT_ID, api=FacebookAdsApi(session))


def members(running) -> list[str]:
    [audience] = requests.get(f"{running.url}/_sandbox/audiences", timeout=5).json()
    return audience["members"]


def users(running, audience_id: str, method: str = "POST", **body) -> requests.Response:
    url = f"{running.url}/meta/v26.0/{audience_id}/users"
    headers = {"Authorization": f"Bearer {credentials.META_ACCESS_TOKEN}"}
    return requests.request(method, url, json=body, headers=headers, timeout=10)


def test_the_official_sdk_creates_adds_reads_and_removes(running, account):
    audience = account.create_custom_audience(params=NEW)
    audience = CustomAudience(audience["id"], api=account.get_api())
    schema = CustomAudience.Schema.email_hash
    added = audience.add_users(schema, [sha("a@x.com"), sha("b@x.com")], pre_hashed=True).json()
    assert (added["num_received"], added["num_invalid_entries"]) == (2, 0)
    assert members(running) == sorted([sha("a@x.com"), sha("b@x.com")])
    audience.add_users(["EMAIL", "PHONE"], [[sha("b@x.com"), sha("1415")]], is_raw=True, pre_hashed=True)
    audience.remove_users(schema, [sha("b@x.com")], pre_hashed=True)
    assert members(running) == [sha("a@x.com")]
    read = audience.api_get(fields=["name", "operation_status", "approximate_count_lower_bound"])
    assert (read["name"], read["operation_status"]["code"]) == ("Carts", 200)
    assert [found["name"] for found in account.get_custom_audiences(fields=["name"])] == ["Carts"]
    audience.api_delete()
    with pytest.raises(FacebookRequestError) as refused:
        audience.api_get()
    assert (refused.value.api_error_code(), refused.value.api_error_subcode()) == (100, 33)


def test_the_sdk_pages_through_many_audiences(account):
    for number in range(5):
        account.create_custom_audience(params={**NEW, "name": f"List {number}"})
    found = account.get_custom_audiences(fields=["name"], params={"limit": 2})
    assert [audience["name"] for audience in found] == [f"List {number}" for number in range(5)]


def test_invalid_hashes_are_counted_and_left_out(running, account):
    number = account.create_custom_audience(params=NEW)["id"]
    data = [[sha("a@x.com"), ""], ["a@x.com", ""], ["", ""], [sha("c@x.com").upper(), ""]]
    answer = users(running, number, payload={"schema": ["EMAIL", "PHONE"], "data": data}).json()
    assert (answer["num_received"], answer["num_invalid_entries"]) == (4, 3)
    assert members(running) == [sha("a@x.com")]


def test_a_repeated_batch_of_a_session_is_not_applied_again(running, account):
    number = account.create_custom_audience(params=NEW)["id"]
    payload = {"schema": ["EMAIL"], "data": [[sha("a@x.com")]]}
    session = {"session_id": 7, "batch_seq": 1, "last_batch_flag": True, "estimated_num_total": 1}
    first = users(running, number, payload=payload, session=session).json()
    users(running, number, "DELETE", payload=payload)
    assert users(running, number, payload=payload, session=session).json() == first
    assert members(running) == []


def test_members_survive_a_restart(tmp_path):
    with served(tmp_path, "meta") as running:
        url = f"{running.url}/meta/v26.0/{credentials.META_AD_ACCOUNT_ID}/customaudiences"
        form = {**NEW, "access_token": credentials.META_ACCESS_TOKEN}
        number = requests.post(url, data=form, timeout=5).json()["id"]
        form = {"payload": json.dumps({"schema": "EMAIL_SHA256", "data": [sha("a@x.com")]})}
        query = {"access_token": credentials.META_ACCESS_TOKEN}
        requests.post(f"{running.url}/meta/v26.0/{number}/users", data=form, params=query, timeout=5)
    with served(tmp_path, "meta") as running:
        assert members(running) == [sha("a@x.com")]


def test_a_replacement_leaves_only_the_new_ones(running, account):
    number = account.create_custom_audience(params=NEW)["id"]
    users(running, number, payload={"schema": ["EMAIL"], "data": [[sha("a@x.com")]]})
    body = {
        "payload": {"schema": ["EMAIL"], "data": [[sha("b@x.com")]]},
        "session": {"session_id": 1, "batch_seq": 1},
    }
    url = f"{running.url}/meta/v26.0/{number}/usersreplace"
    query = {"access_token": credentials.META_ACCESS_TOKEN}
    assert requests.post(url, json=body, params=query, timeout=5).ok
    assert members(running) == [sha("b@x.com")]


def test_ten_thousand_rows_at_once_and_no_more(running, account):
    number = account.create_custom_audience(params=NEW)["id"]
    rows = [[sha(str(n))] for n in range(10_001)]
    refused = users(running, number, payload={"schema": ["EMAIL"], "data": rows})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    assert (
        users(running, number, payload={"schema": ["EMAIL"], "data": rows[:10_000]}).json()["num_received"]
        == 10_000
    )
    removed = users(running, number, "DELETE", payload={"schema": ["EMAIL"], "data": rows[:9_999]})
    assert removed.json()["num_received"] == 9_999
    assert members(running) == [sha("9999")]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param({}, 104, id="no token"),
        pytest.param({"access_token": "EAAOTHER"}, 190, id="wrong token"),
        pytest.param({"access_token": "EAASANDBOX", "appsecret_proof": "0"}, 100, id="wrong proof"),
        pytest.param({"access_token": "EAASANDBOX"}, 100, id="unknown object"),
    ],
)
def test_errors_are_objects_with_codes(running, query, code):
    answer = requests.get(f"{running.url}/meta/v26.0/123", params=query, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert {"message", "type", "fbtrace_id"} <= answer.json()["error"].keys()


def test_a_right_proof_is_accepted(running):
    token = credentials.META_ACCESS_TOKEN
    proof = hmac.new(credentials.META_APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    url = f"{running.url}/meta/v26.0/{credentials.META_AD_ACCOUNT_ID}/customaudiences"
    answer = requests.get(url, params={"access_token": token, "appsecret_proof": proof}, timeout=5)
    assert answer.json() == {"data": []}


def test_too_many_calls_are_told_in_percent_and_then_refused(tmp_path):
    with served(tmp_path, "meta", limits=strict()) as running:
        url = f"{running.url}/meta/v26.0/{credentials.META_AD_ACCOUNT_ID}/customaudiences"
        query = {"access_token": credentials.META_ACCESS_TOKEN}
        answers = [requests.get(url, params=query, timeout=5) for _ in range(4)]
    usage = json.loads(answers[-1].headers["X-Business-Use-Case-Usage"])
    assert next(iter(usage.values()))[0]["call_count"] > 50
    assert (answers[-1].status_code, answers[-1].json()["error"]["code"]) == (400, 80003)
