"""Google Customer Match: what we send is what Google describes, and what its answers mean to us."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from include.activation.destinations.base import Destination, Identity, Platform
from include.activation.destinations.google_data_manager import GoogleDataManager
from include.errors import FixCredentials, Stop, Wait
from include.privacy import hashing
from include.privacy.consent import Contact
from include.sandbox import credentials
from tests.clients.faulty import Faulty, Say, faulty
from tests.sandbox.discovery import faults
from tests.sandbox.tiny import served

TOKEN = Say.json({"access_token": "ya29.a", "expires_in": 3600, "token_type": "Bearer"})
SECRETS = {
    "client_id": credentials.GOOGLE_CLIENT_ID,
    "client_secret": credentials.GOOGLE_CLIENT_SECRET,
    "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
}
OPTIONS = {"account": "123-456-7890", "login_customer_id": "987-654-3210", "customer_match_terms": "accepted"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)


@pytest.fixture
def running(tmp_path):
    with served(tmp_path, "google_data_manager", "google_ads") as running:
        yield running


@pytest.fixture
def vendor():
    with faulty() as vendor:
        yield vendor


def at_sandbox(running, **options: Any) -> GoogleDataManager:
    url = f"{running.url}/google-data-manager"
    given = {**OPTIONS, "token_url": f"{running.url}/google-oauth/token", "allow_http": True, **options}
    return GoogleDataManager(Destination("google_data_manager", "act", url, SECRETS, given))


def at_vendor(vendor: Faulty, **options: Any) -> GoogleDataManager:
    given = {**OPTIONS, "token_url": f"{vendor.url}/token", "allow_http": True, **options}
    return GoogleDataManager(Destination("google_data_manager", "act", vendor.url, SECRETS, given))


def ann(email: str | None = "Ann.Lee+shop@gmail.com", phone: str | None = "(415) 555-0100") -> Contact:
    return Contact("key-1", email, phone, "US", datetime(2026, 3, 1, tzinfo=UTC), "shopify")


def person(name: str) -> Identity:
    email = hashing.google_email(f"{name}@example.com")
    return Identity(name, email, handle=f"email:{email}")


def in_list(running) -> list[str]:
    [found] = requests.get(f"{running.url}/_sandbox/google-audiences", timeout=5).json()
    return found["members"]


def refusal(http: int, status: str, reason: str) -> Say:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "x"}
    return Say.json({"error": {"code": http, "status": status, "message": "canary", "details": [info]}}, http)


def outcome(*states: str, **more: Any) -> Say:
    return Say.json({"requestStatusPerDestination": [{"requestStatus": state, **more} for state in states]})


def test_it_is_a_platform_for_people_who_consented_to_ads(running):
    google: Platform = at_sandbox(running)
    assert (google.purpose, google.batch, google.smallest) == ("ads", 10_000, 100)


def test_a_person_is_their_hashes_and_nothing_else_is_said_of_them(running):
    google = at_sandbox(running)
    told = google.prepare(ann(), "ext-1")
    assert told is not None
    assert told.email == hashing.google_email("annlee@gmail.com")
    assert told.phone == hashing.google_phone("+14155550100")
    assert told.handle == f"email:{told.email} phone:{told.phone}"
    assert google.prepare(ann(phone=None), "ext-1").phone is None
    assert google.prepare(ann("no address", "no number"), "ext-1") is None
    kept = at_sandbox(running, keep_suffix=True).prepare(ann(), "ext-1")
    assert kept.email == hashing.google_email("annlee+shop@gmail.com", keep_suffix=True) != told.email


def test_people_come_and_go_and_the_request_is_followed_up(running):
    google = at_sandbox(running)
    audience, two = google.audience("carts"), [google.prepare(ann(), "ext-1"), person("bob")]
    receipt = google.add(audience, two, "batch")
    assert [google.settled(receipt).state for _ in range(2)] == ["pending", "done"]
    assert in_list(running) == sorted([two[0].email, two[0].phone, two[1].email])
    receipt = google.remove(audience, [two[0].handle, person("nobody").handle], "batch")
    assert [google.settled(receipt).state for _ in range(2)] == ["pending", "done"]
    assert in_list(running) == [two[1].email]


def test_a_handle_alone_is_enough_to_leave(running):
    google = at_sandbox(running)
    audience, told = google.audience("carts"), google.prepare(ann(), "ext-1")
    google.add(audience, [told], "batch")
    google.remove(audience, [f"email:{told.email}"], "batch")
    assert in_list(running) == []


def test_a_handle_without_a_hash_is_told_and_does_not_hold_up_the_others(running):
    google = at_sandbox(running)
    audience, told = google.audience("carts"), person("ann")
    google.add(audience, [told], "batch")
    receipt = google.remove(audience, [told.handle, "ext-2"], "batch")
    assert in_list(running) == []
    settled = [google.settled(receipt) for _ in range(2)][-1]
    assert (settled.state, settled.why) == ("partial", "1 people have no hash google knows them by")
    assert google.settled(google.remove(audience, ["ext-2"], "batch")).state == "partial"


def test_a_batch_that_is_repeated_changes_nothing(running):
    google, people = at_sandbox(running), [person(name) for name in "abc"]
    audience = google.audience("carts")
    for _ in range(2):
        google.add(audience, people, "batch")
        assert len(in_list(running)) == 3
    for _ in range(2):
        google.remove(audience, [people[0].handle], "batch")
        assert len(in_list(running)) == 2


def test_a_list_is_found_again_by_name_and_one_made_by_hand_is_taken_as_it_is(running):
    ids = {name: at_sandbox(running).audience(name) for name in ("a", "b")}
    assert {name: at_sandbox(running).audience(name) for name in ids} == ids
    assert at_sandbox(running, user_lists={"a": 7}).audience("a") == "7"


@pytest.mark.parametrize("kind", ["429", "500", "html", "reset", "truncate"])
def test_a_stumbling_google_is_tried_again(running, kind):
    google = at_sandbox(running)
    audience = google.audience("carts")
    fault = {"vendor": "google_data_manager", "kind": kind, "times": 1, "seconds": 0}
    requests.post(f"{running.url}/_sandbox/faults", json=fault, timeout=5).raise_for_status()
    google.add(audience, [person("ann")], "batch")
    assert in_list(running) == [person("ann").email]


def test_an_exhausted_quota_is_left_to_a_later_run(vendor):
    vendor.will(TOKEN, refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"))
    with pytest.raises(Wait, match="RESOURCE_EXHAUSTED: RATE_LIMIT_EXCEEDED"):
        at_vendor(vendor).add("7", [person("ann")], "batch")


def test_what_we_send_is_what_google_describes(vendor):
    google = at_vendor(vendor, membership_days=30)
    vendor.will(TOKEN, Say.json({"requestId": "r"}))
    receipt = google.add("7", [google.prepare(ann(), "ext-1"), person("bob")], "batch")
    added = vendor.asked[1].json()
    google.remove("7", [person("bob").handle], "batch")
    removed = vendor.asked[2].json()
    vendor.will(Say.json({}), Say.json({"id": "7"}))
    google.audience("carts")
    looked_up, made = vendor.asked
    assert faults(added, "IngestAudienceMembersRequest") == []
    assert faults(removed, "RemoveAudienceMembersRequest") == []
    assert faults(made.json(), "UserList") == []
    assert receipt == {"audience_id": "7", "request_id": "r", "num_received": 2, "num_invalid_entries": 0}
    assert added["consent"] == {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
    assert added["termsOfService"] == {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
    [destination] = added["destinations"]
    assert destination["operatingAccount"]["accountId"] == "1234567890"
    assert destination["loginAccount"]["accountId"] == "9876543210"
    assert len(added["audienceMembers"][0]["userData"]["userIdentifiers"]) == 2
    assert made.json()["membershipDuration"] == "2592000s"
    assert looked_up.headers["login-account"] == "accountTypes/GOOGLE_ADS/accounts/9876543210"


@pytest.mark.parametrize(
    ("said", "state", "why"),
    [
        (outcome("SUCCESS", "PROCESSING"), "pending", ""),
        (outcome("REQUEST_STATUS_UNKNOWN"), "pending", ""),
        (Say.json({}), "pending", ""),
        (outcome("SUCCESS", "SUCCESS"), "done", ""),
        (outcome("FAILED"), "failed", "google refused people: without a reason"),
        (
            outcome(
                "PARTIAL_SUCCESS",
                errorInfo={
                    "errorCounts": [
                        {"reason": "PROCESSING_ERROR_REASON_NO_CONSENT", "recordCount": "3"},
                        {"reason": "PROCESSING_ERROR_REASON_INVALID_FORMAT", "recordCount": "1"},
                    ]
                },
            ),
            "partial",
            "google refused people: INVALID_FORMAT 1, NO_CONSENT 3",
        ),
        (refusal(404, "NOT_FOUND", "NOT_FOUND"), "failed", "google does not know the request any more"),
    ],
)
def test_what_became_of_a_request(vendor, said, state, why):
    vendor.will(TOKEN, said)
    settled = at_vendor(vendor).settled({"request_id": "r"})
    assert (settled.state, settled.why) == (state, why)
    assert vendor.asked[1].path.endswith("/v1/requestStatus:retrieve?requestId=r")


def test_without_accepted_terms_nobody_is_added_and_people_may_still_leave(running, vendor):
    audience = at_sandbox(running).audience("carts")
    careless = at_sandbox(running, customer_match_terms="")
    with pytest.raises(
        Stop, match=r'accept Google\'s Customer Match terms .* "customer_match_terms": "accepted"'
    ):
        careless.add(audience, [person("ann")], "batch")
    careless.remove(audience, [person("ann").handle], "batch")
    vendor.will(TOKEN, refusal(400, "INVALID_ARGUMENT", "TERMS_AND_CONDITIONS_NOT_SIGNED"))
    with pytest.raises(FixCredentials, match="accept the Customer Match terms"):
        at_vendor(vendor).add("7", [person("ann")], "batch")


def test_refusals_name_the_reason_and_nothing_of_what_was_sent(running):
    google = at_sandbox(running)
    with pytest.raises(Stop, match="INVALID_ARGUMENT: INVALID_USER_LIST_ID") as told:
        google.add("1", [person("ann")], "batch")
    assert person("ann").email not in str(told.value)
    with pytest.raises(FixCredentials, match="PERMISSION_DENIED"):
        at_sandbox(running, account="777").audience("carts")
    with pytest.raises(Stop, match="10000 people at once, not 10001"):
        google.remove("1", ["email:x"] * 10_001, "batch")


@pytest.mark.parametrize("lost", [*SECRETS, "account"])
def test_what_the_connection_lacks_is_named(lost):
    options = {name: value for name, value in OPTIONS.items() if name != lost}
    secrets = {name: value for name, value in SECRETS.items() if name != lost}
    with pytest.raises(Stop, match=f"(lacks|needs extra).*{lost}"):
        GoogleDataManager(Destination("google_data_manager", "act", "https://x", secrets, options))


def test_secrets_and_hashes_stay_out_of_sight(running):
    told = at_sandbox(running).prepare(ann(), "ext-1")
    assert told.email not in repr(told)
    assert "sandbox-google" not in repr(Destination("g", "act", "https://x", SECRETS, OPTIONS))
