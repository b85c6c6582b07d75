"""Klaviyo's manners: who may ask, how filters are written, how long a cursor lives, how often one may ask."""

import time

import pytest
import requests

from include.sandbox import credentials
from include.sandbox.faces import Limits
from include.sandbox.faces.klaviyo.errors import Refused
from include.sandbox.faces.klaviyo.filters import conditions
from tests.sandbox import browsers
from tests.sandbox.tiny import at, served, strict

HEADERS = {"Authorization": f"Klaviyo-API-Key {credentials.KLAVIYO_API_KEY}", "revision": "2026-07-15"}
WINDOW = {"updated": ("greater-than", "less-than"), "email": ("any", "equals")}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with served(tmp_path_factory.mktemp("klaviyo"), "klaviyo", of=browsers.world()) as running:
        yield running


def get(running, path: str, headers: dict | None = None, **params) -> requests.Response:
    url = path if path.startswith("http") else f"{running.url}/klaviyo/api/{path}"
    return requests.get(url, params=params, headers=HEADERS if headers is None else headers, timeout=10)


def error(answer: requests.Response) -> dict:
    (found,) = answer.json()["errors"]
    assert {"id", "status", "code", "title", "detail", "source"} == found.keys()
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    return found


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({}, 401, "not_authenticated", id="nobody"),
        pytest.param(
            {"Authorization": "Klaviyo-API-Key pk_other"}, 401, "authentication_failed", id="wrong key"
        ),
        pytest.param({"Authorization": "Bearer pk_sandbox"}, 401, "authentication_failed", id="wrong scheme"),
        pytest.param({"Authorization": HEADERS["Authorization"]}, 400, "invalid", id="no revision"),
        pytest.param({**HEADERS, "revision": "latest"}, 400, "invalid", id="no date"),
    ],
)
def test_who_may_ask(running, headers, status, code):
    answer = get(running, "metrics", headers)
    assert (answer.status_code, error(answer)["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("profiles", {"page[size]": 101}, "page[size]"),
        ("lists", {"page[size]": 11}, "page[size]"),
        ("events", {"page[size]": 1001}, "page[size]"),
        ("events", {"sort": "name"}, "sort"),
        ("events", {"include": "flows"}, "include"),
        ("profiles", {"filter": "greater-or-equal(updated,2026-01-01T00:00:00Z)"}, "filter"),
        ("profiles", {"filter": "equals(email"}, "filter"),
        ("profiles", {"page[cursor]": "nonsense"}, "page[cursor]"),
        ("profiles", {"additional-fields[profile]": "secrets"}, "additional-fields[profile]"),
    ],
)
def test_what_cannot_be_asked_is_named(running, path, params, parameter):
    answer = get(running, path, **params)
    assert (answer.status_code, error(answer)["source"]) == (400, {"parameter": parameter})


def test_filters_may_be_nested_or_joined_by_commas():
    nested = conditions(
        'and(greater-than(updated,2026-03-01T12:00:00Z),any(email,["a@x.com",\'b"x\']))', WINDOW
    )
    joined = conditions(
        'greater-than(updated,2026-03-01T12:00:00+00:00),any(email,["a@x.com","b\\"x"])', WINDOW
    )
    assert nested == joined
    assert [(one.operator, one.field) for one in nested] == [("greater-than", "updated"), ("any", "email")]
    assert nested[0].value == at(1)
    assert not nested[0].holds(at(1))
    assert nested[1].holds('b"x')


@pytest.mark.parametrize(
    "text", ["or(equals(email,'a'))", "equals(email,'a'", "equals(name,'a')", "equals(email,x y)"]
)
def test_other_filters_are_refused(text):
    with pytest.raises(Refused):
        conditions(text, WINDOW)


def test_the_next_page_is_an_absolute_link_and_sparse_fields_are_kept(running):
    page = get(running, "events", **{"page[size]": 5, "fields[event]": "datetime"})
    assert set(page.json()["data"][0]["attributes"]) == {"datetime"}
    link = page.json()["links"]["next"]
    assert link.startswith(f"{running.url}/klaviyo/api/events?")
    last = get(running, link).json()
    assert "next" not in last["links"]
    assert not {one["id"] for one in last["data"]} & {one["id"] for one in page.json()["data"]}


def test_a_cursor_expires(tmp_path):
    with served(tmp_path, "klaviyo", of=browsers.world(), limits=Limits(token_seconds=0.2)) as running:
        link = get(running, "events", **{"page[size]": 1}).json()["links"]["next"]
        assert get(running, link).status_code == 200
        time.sleep(0.3)
        refused = get(running, link)
        assert (refused.status_code, error(refused)["source"]) == (400, {"parameter": "page[cursor]"})


def test_limits_are_told_and_kept(tmp_path):
    with served(tmp_path, "klaviyo", of=browsers.world(), limits=strict()) as running:
        answer = get(running, "metrics")
        assert answer.headers["RateLimit-Limit"] == "1, 1;w=1, 15;w=60"
        assert {"RateLimit-Remaining", "RateLimit-Reset"} <= answer.headers.keys()
        refused = get(running, "metrics")
        assert (refused.status_code, error(refused)["code"]) == (429, "throttled")
        assert int(refused.headers["Retry-After"]) >= 1
        assert "RateLimit-Limit" not in refused.headers
        assert get(running, "lists").ok, "every endpoint has a budget of its own"


def test_changes_must_be_json_api(running):
    url = f"{running.url}/klaviyo/api/lists"
    plain = requests.post(url, data="x", headers={**HEADERS, "Content-Type": "text/plain"}, timeout=5)
    assert (plain.status_code, error(plain)["code"]) == (415, "unsupported_media_type")
    empty = requests.post(url, json={}, headers=HEADERS, timeout=5)
    assert (empty.status_code, error(empty)["code"]) == (400, "invalid")
    unknown = get(running, "lists/Nobody/profiles")
    assert (unknown.status_code, error(unknown)["code"]) == (404, "not_found")


def test_what_was_received_can_be_read(running):
    body = {"data": {"type": "list", "attributes": {"name": "Told"}}}
    key = requests.post(f"{running.url}/klaviyo/api/lists", json=body, headers=HEADERS, timeout=5).json()[
        "data"
    ]["id"]
    members = {"data": [{"type": "profile", "id": "01KLAVIYO00000000000000002"}]}
    url = f"{running.url}/klaviyo/api/lists/{key}/relationships/profiles"
    answer = requests.post(url, json=members, headers=HEADERS, timeout=5)
    assert (answer.status_code, answer.content) == (204, b"")
    (told,) = requests.get(f"{running.url}/_sandbox/klaviyo-lists", timeout=5).json()
    assert (told["name"], told["people"], told["members"]) == ("Told", 1, ["bob@example.com"])
    assert requests.get(f"{running.url}/_sandbox/klaviyo-subscriptions", timeout=5).json() == []
