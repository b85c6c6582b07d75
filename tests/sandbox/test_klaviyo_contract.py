"""What we ask of Klaviyo and what the face answers, both held against Klaviyo's own specification."""

import json
from collections.abc import Iterator

import pytest
import requests

from include.sandbox import credentials
from include.sandbox.faces.klaviyo.lists import NEWSLETTER
from include.sources.klaviyo import client as klaviyo
from tests.sandbox import browsers
from tests.sandbox.prism import prism, spec, violations
from tests.sandbox.tiny import served

HEADERS = {
    "Authorization": f"Klaviyo-API-Key {credentials.KLAVIYO_API_KEY}",
    "revision": klaviyo.REVISION,
    "Accept": "application/vnd.api+json",
    "Content-Type": "application/vnd.api+json",
}
EVENTS = {
    "filter": 'equals(metric_id,"VwPrd7"),greater-or-equal(datetime,2026-03-01T00:00:00Z)',
    "include": "profile,metric",
    "fields[profile]": "email",
    "sort": "datetime",
    "page[size]": 1,
}
PROFILES = {"additional-fields[profile]": "subscriptions", "sort": "updated", "page[size]": 1}
PERSON = {"type": "profile", "attributes": {"email": "new@example.com", "properties": {"nightshift_id": "x"}}}
IMPORT = {
    "type": "profile-bulk-import-job",
    "attributes": {"profiles": {"data": [PERSON]}},
    "relationships": {"lists": {"data": [{"type": "list", "id": NEWSLETTER}]}},
}
MEMBERS = [{"type": "profile", "id": "01KLAVIYO00000000000000002"}]
CALLS = {
    "get_metrics": ("GET", "metrics", {}, None, 200),
    "get_events": ("GET", "events", EVENTS, None, 200),
    "get_profiles": ("GET", "profiles", PROFILES, None, 200),
    "get_lists": ("GET", "lists", {"page[size]": 1}, None, 200),
    "get_list": ("GET", f"lists/{NEWSLETTER}", {"additional-fields[list]": "profile_count"}, None, 200),
    "get_profiles_for_list": ("GET", f"lists/{NEWSLETTER}/profiles", {"page[size]": 100}, None, 200),
    "create_list": ("POST", "lists", {}, {"type": "list", "attributes": {"name": "New"}}, 201),
    "bulk_import_profiles": ("POST", "profile-bulk-import-jobs", {}, IMPORT, 202),
    "get_bulk_import_profiles_job": ("GET", "profile-bulk-import-jobs/1", {}, None, 200),
    "add_profiles_to_list": ("POST", f"lists/{NEWSLETTER}/relationships/profiles", {}, MEMBERS, 204),
    "remove_profiles_from_list": ("DELETE", f"lists/{NEWSLETTER}/relationships/profiles", {}, MEMBERS, 204),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with served(tmp_path_factory.mktemp("klaviyo"), "klaviyo", of=browsers.world()) as running:
        yield running


def ask(url: str, method: str, path: str, params: dict, data, **headers) -> requests.Response:
    body = {"data": data} if data is not None else None
    return requests.request(
        method, f"{url}/api/{path}", params=params, json=body, headers={**HEADERS, **headers}, timeout=30
    )


@pytest.fixture(scope="module")
def checked(running, tmp_path_factory) -> Iterator[str]:
    """The face behind one proxy for all of Klaviyo's specifications: each file describes one endpoint."""
    whole: dict = {}
    for name in CALLS:
        merge(whole, json.loads(spec("klaviyo", name).read_text()))
    path = tmp_path_factory.mktemp("specification") / "klaviyo.json"
    path.write_text(json.dumps(whole))
    with prism(path, f"{running.url}/klaviyo") as url:
        yield url


def merge(whole: dict, part: dict) -> None:
    """What both say of the same thing must be the same; titles and the like are taken from the first."""
    for name, value in part.items():
        if isinstance(value, dict) and isinstance(whole.setdefault(name, {}), dict):
            merge(whole[name], value)
        else:
            whole.setdefault(name, value)
            whole[name] = whole[name] or value


@pytest.mark.parametrize("name", CALLS)
def test_every_exchange_is_as_klaviyo_specifies_it(checked, name):
    method, path, params, data, status = CALLS[name]
    if name == "get_bulk_import_profiles_job":
        ask(checked, "POST", "profile-bulk-import-jobs", {}, IMPORT)
    answer = ask(checked, method, path, params, data)
    assert (violations(answer), answer.status_code) == ([], status), answer.text[:400]


def test_what_is_not_specified_is_found_out(checked):
    assert violations(ask(checked, "POST", "lists", {}, {"type": "list", "attributes": {}}))
    assert violations(ask(checked, "GET", "flows", {}, None))


def test_errors_are_as_klaviyo_specifies_them(checked):
    for headers, status in (({"Authorization": "Klaviyo-API-Key pk_other"}, 401), ({}, 400)):
        answer = ask(checked, "GET", "profiles", {"filter": "equals(email"}, None, **headers)
        assert (violations(answer), answer.status_code) == ([], status)
