"""Google's Data Manager API as the sandbox plays it, driven by Google's own client and held against its schema."""

import hashlib
from dataclasses import replace

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from include.sandbox import credentials
from tests.sandbox import tiny
from tests.sandbox.discovery import faults
from tests.sandbox.google_account import google_token
from tests.sandbox.tiny import served, strict

PARENT = f"accountTypes/GOOGLE_ADS/accounts/{credentials.GOOGLE_ADS_CUSTOMER_ID}"
CONTACTS = {
    "uploadKeyTypes": ["CONTACT_ID"],
    "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"},
}
NEW = {"displayName": "Carts", "membershipDuration": "2592000s", "ingestedUserListInfo": CONTACTS}
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
DENIED = {"adUserData": "CONSENT_DENIED", "adPersonalization": "CONSENT_GRANTED"}
ACCEPTED = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
BERLIN = tiny.Address("DE", "BE", "Berlin", "10115")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def world():
    """The tiny company with a customer in Berlin."""
    base = tiny.world()
    greta = replace(base.customers[0], id=2, email="Greta.Huber@gmail.com", address=BERLIN)
    return replace(base, customers=[*base.customers, greta])


def client(running):
    """Google's client at the sandbox."""
    return build(
        "datamanager",
        "v1",
        static_discovery=True,
        credentials=Credentials(google_token(running)),
        client_options={"api_endpoint": f"{running.url}/google-data-manager"},
    )


@pytest.fixture
def running(tmp_path):
    with served(tmp_path, "google_data_manager", "google_ads", of=world()) as running:
        yield running


@pytest.fixture
def manager(running):
    with client(running) as manager:
        yield manager


@pytest.fixture
def lists(manager):
    return manager.accountTypes().accounts().userLists()


@pytest.fixture
def carts(lists) -> str:
    return lists.create(parent=PARENT, body=NEW).execute()["id"]


def member(*emails: str, **more) -> dict:
    return {"userData": {"userIdentifiers": [{"emailAddress": sha(email)} for email in emails]}, **more}


def body(number: str, *members: dict, **more) -> dict:
    account = {"accountType": "GOOGLE_ADS", "accountId": credentials.GOOGLE_ADS_CUSTOMER_ID}
    destination = {"operatingAccount": account, "productDestinationId": number}
    return {
        "destinations": [destination], "audienceMembers": list(members), "encoding": "HEX",
        "consent": GRANTED, "termsOfService": ACCEPTED, **more,
    }  # fmt: skip


def without(given: dict, *names: str) -> dict:
    return {name: value for name, value in given.items() if name not in names}


def in_list(running) -> list[str]:
    [found] = requests.get(f"{running.url}/_sandbox/google-audiences", timeout=5).json()
    return found["members"]


def told(manager, request_id: str) -> dict:
    """The status of a request at its second look, which Google's schema allows."""
    first = manager.requestStatus().retrieve(requestId=request_id).execute()
    assert first["requestStatusPerDestination"][0]["requestStatus"] == "PROCESSING"
    status = manager.requestStatus().retrieve(requestId=request_id).execute()
    assert faults(status, "RetrieveRequestStatusResponse") == []
    return status["requestStatusPerDestination"][0]


def refused(call) -> tuple[int, str, str]:
    """HTTP status, canonical status and reason."""
    with pytest.raises(HttpError) as error:
        call.execute()
    details = {detail["@type"].rpartition(".")[2]: detail for detail in error.value.error_details}
    return error.value.status_code, error.value.reason, details["ErrorInfo"]["reason"]


def test_googles_client_makes_finds_changes_and_deletes_lists(lists):
    made = lists.create(parent=PARENT, body=NEW).execute()
    assert faults(made, "UserList") == []
    assert (made["membershipDuration"], made["membershipStatus"]) == ("2592000s", "OPEN")
    lists.create(parent=PARENT, body={**NEW, "displayName": 'O"ther'}).execute()
    found = lists.list(parent=PARENT, filter='display_name = "O\\"ther"').execute()
    assert faults(found, "ListUserListsResponse") == []
    assert [one["displayName"] for one in found["userLists"]] == ['O"ther']
    first = lists.list(parent=PARENT, pageSize=1).execute()
    assert lists.list(parent=PARENT, pageToken=first["nextPageToken"]).execute() == found
    lists.patch(name=made["name"], body={"membershipStatus": "CLOSED"}).execute()
    assert lists.get(name=made["name"]).execute()["membershipStatus"] == "CLOSED"
    lists.delete(name=made["name"]).execute()
    assert refused(lists.get(name=made["name"]))[::2] == (404, "NOT_FOUND")
    assert lists.list(parent=PARENT, filter='id = "1"').execute() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"displayName": ""},
        {"membershipDuration": "100s"},
        {"membershipDuration": "86400000s"},
        {"ingestedUserListInfo": {"uploadKeyTypes": ["CONTACT_ID", "USER_ID"]}},
    ],
)
def test_a_list_that_makes_no_sense_is_refused(lists, changes):
    assert refused(lists.create(parent=PARENT, body={**NEW, **changes}))[0] == 400


def test_a_name_is_given_once_and_a_dry_run_keeps_nothing(lists):
    lists.create(parent=PARENT, body=NEW, validateOnly=True).execute()
    lists.create(parent=PARENT, body=NEW).execute()
    assert refused(lists.create(parent=PARENT, body=NEW))[2] == "INVALID_ARGUMENT"


def test_people_are_added_and_removed_by_any_of_their_hashes(running, manager, carts):
    given = body(carts, member("a@x.com", "+1415"), member("b@x.com"))
    assert faults(given, "IngestAudienceMembersRequest") == []
    answer = manager.audienceMembers().ingest(body=given).execute()
    assert faults(answer, "IngestAudienceMembersResponse") == []
    assert in_list(running) == sorted([sha("a@x.com"), sha("+1415"), sha("b@x.com")])
    status = told(manager, answer["requestId"])
    assert status["requestStatus"] == "SUCCESS"
    counts = status["audienceMembersIngestionStatus"]["userDataIngestionStatus"]
    assert (counts["recordCount"], counts["userIdentifierCount"]) == ("2", "3")
    gone = without(body(carts, member("+1415"), member("nobody")), "consent", "termsOfService")
    assert faults(gone, "RemoveAudienceMembersRequest") == []
    answer = manager.audienceMembers().remove(body=gone).execute()
    assert "audienceMembersRemovalStatus" in told(manager, answer["requestId"])
    assert in_list(running) == [sha("b@x.com")]


def test_who_needs_consent_and_has_none_is_dropped_and_counted(running, manager, carts):
    """Greta lives in Berlin: without a word about consent she is left out, and Ann of Nevada is not."""
    greta, ann = member("gretahuber@gmail.com"), member("ann@example.com")
    given = without(body(carts, greta, ann, member("no@x.com", consent=DENIED)), "consent")
    status = told(manager, manager.audienceMembers().ingest(body=given).execute()["requestId"])
    assert status["requestStatus"] == "PARTIAL_SUCCESS"
    assert status["errorInfo"]["errorCounts"] == [
        {"reason": "PROCESSING_ERROR_REASON_DENIED_CONSENT", "recordCount": "1"},
        {"reason": "PROCESSING_ERROR_REASON_NO_CONSENT", "recordCount": "1"},
    ]
    assert in_list(running) == [sha("ann@example.com")]
    alone = body(carts, greta, consent=DENIED)
    status = told(manager, manager.audienceMembers().ingest(body=alone).execute()["requestId"])
    assert status["requestStatus"] == "FAILED"
    manager.audienceMembers().ingest(body=body(carts, greta)).execute()
    assert sha("gretahuber@gmail.com") in in_list(running)


def test_a_dry_run_checks_and_changes_nothing(running, manager, carts):
    answer = (
        manager.audienceMembers().ingest(body=body(carts, member("a@x.com"), validateOnly=True)).execute()
    )
    assert in_list(running) == []
    assert refused(manager.requestStatus().retrieve(requestId=answer["requestId"]))[0] == 404


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"termsOfService": {"customerMatchTermsOfServiceStatus": "REJECTED"}}, "TERMS_AND_CONDITIONS_NOT_SIGNED"),
        ({"audienceMembers": [member("a@x.com")] * 10_001}, "TOO_MANY_AUDIENCE_MEMBERS"),
        ({"audienceMembers": [member(*"abcdefghijk")]}, "TOO_MANY_USER_IDENTIFIERS"),
        ({"audienceMembers": [{"userData": {"userIdentifiers": [{"emailAddress": "a@x.com"}]}}]}, "INVALID_SHA256_FORMAT"),
        ({"audienceMembers": [{"userData": {"userIdentifiers": []}}]}, "INVALID_AUDIENCE_MEMBER"),
        ({"audienceMembers": []}, "REQUIRED_FIELD_MISSING"),
        ({"encoding": "ENCODING_UNSPECIFIED"}, "REQUIRED_FIELD_MISSING"),
        ({"colour": "red"}, "INVALID_ARGUMENT"),
        ({"audienceMembers": [{**member("a@x.com"), "name": "Ann"}]}, "INVALID_ARGUMENT"),
    ],
)  # fmt: skip
def test_one_malformed_thing_refuses_the_whole_request(running, manager, carts, changes, reason):
    call = manager.audienceMembers().ingest(body=body(carts, member("good@x.com"), **changes))
    assert refused(call)[::2] == (400, reason)
    assert in_list(running) == []


def test_unknown_lists_and_accounts_are_refused(manager, carts):
    assert refused(manager.audienceMembers().ingest(body=body("1", member("a"))))[2] == "INVALID_USER_LIST_ID"
    other = body(carts, member("a"))
    other["destinations"][0]["operatingAccount"]["accountId"] = "777"
    assert refused(manager.audienceMembers().ingest(body=other))[::2] == (403, "PERMISSION_DENIED")


def test_without_a_token_nothing_is_answered(running):
    url = f"{running.url}/google-data-manager/v1/{PARENT}/userLists"
    answer = requests.get(url, headers={"Authorization": "Bearer old"}, timeout=5)
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_too_many_requests_exhaust_the_quota(tmp_path):
    with (
        served(tmp_path, "google_data_manager", "google_ads", limits=strict()) as running,
        client(running) as manager,
    ):
        lists = manager.accountTypes().accounts().userLists()
        for _ in range(5):
            lists.list(parent=PARENT).execute()
        assert refused(lists.list(parent=PARENT))[::2] == (429, "RATE_LIMIT_EXCEEDED")


def test_members_survive_a_restart(tmp_path):
    for _ in range(2):
        with served(tmp_path, "google_data_manager", "google_ads") as running, client(running) as manager:
            lists = manager.accountTypes().accounts().userLists()
            found = lists.list(parent=PARENT).execute().get("userLists")
            number = (found or [lists.create(parent=PARENT, body=NEW).execute()])[0]["id"]
            manager.audienceMembers().ingest(body=body(number, member("a@x.com"))).execute()
            assert in_list(running) == [sha("a@x.com")]
