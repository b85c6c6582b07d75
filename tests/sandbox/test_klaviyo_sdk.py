"""Klaviyo as the sandbox plays it, driven end to end by Klaviyo's own SDK: its models accept every answer."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from include.sandbox import credentials
from include.sandbox.faces.klaviyo.lists import ABANDONED_CART, NEWSLETTER
from tests.sandbox import browsers, tiny
from tests.sandbox.tiny import at, served

ANN, BOB = "01KLAVIYO00000000000000001", "01KLAVIYO00000000000000002"


@pytest.fixture
def running(tmp_path):
    with served(tmp_path, "klaviyo", of=browsers.world()) as running:
        yield running


@pytest.fixture
def api(running) -> KlaviyoAPI:
    return KlaviyoAPI(credentials.KLAVIYO_API_KEY, max_retries=0, test_host=f"{running.url}/klaviyo")


def cursor(page) -> str:
    return parse_qs(urlsplit(page.links.next).query)["page[cursor]"][0]


def metric(api, name: str) -> str:
    return {one.attributes.name: one.id for one in api.Metrics.get_metrics().data}[name]


def new_list(api, name: str = "Nightshift: carts") -> str:
    return api.Lists.create_list({"data": {"type": "list", "attributes": {"name": name}}}).data.id


def imported(api, *people: dict, into: str | None = None) -> str:
    data: dict = {
        "type": "profile-bulk-import-job",
        "attributes": {"profiles": {"data": [{"type": "profile", "attributes": one} for one in people]}},
    }
    if into:
        data["relationships"] = {"lists": {"data": [{"type": "list", "id": into}]}}
    return api.Profiles.bulk_import_profiles({"data": data}).data.id


def members(api, list_id: str) -> list[str]:
    return [one.attributes.email for one in api.Lists.get_profiles_for_list(list_id).data]


def ids(*people: str) -> dict:
    return {"data": [{"type": "profile", "id": one} for one in people]}


def test_events_are_paged_by_metric_oldest_first_with_their_people(api):
    viewed = metric(api, "Viewed Product")
    asked = {
        "filter": f'equals(metric_id,"{viewed}")',
        "sort": "datetime",
        "page_size": 2,
        "include": ["profile"],
    }
    first = api.Events.get_events(**asked)
    last = api.Events.get_events(**asked, page_cursor=cursor(first))
    events = [*first.data, *last.data]
    assert [event.attributes.datetime_ for event in events] == [at(5), at(5, 12, 5), at(6)]
    assert [event.relationships.profile.data.id for event in events] == [ANN, ANN, BOB]
    assert last.links.next is None
    assert {one["attributes"]["email"] for one in first.included} == {"ann@example.com"}
    properties = events[0].attributes.event_properties
    assert (properties["ProductID"], properties["VariantID"], properties["SKU"]) == (201, 101, "COF-1")
    assert (properties["$value"], properties["$currency_code"]) == (10.0, "USD")


def test_a_begun_checkout_is_one_event_with_its_lines(api):
    found = api.Events.get_events(filter=f'equals(metric_id,"{metric(api, "Checkout Started")}")')
    (event,) = found.data
    extra = event.attributes.event_properties["$extra"]
    assert extra["checkout_id"] == 8101
    assert [(line["variant_id"], line["quantity"]) for line in extra["line_items"]] == [(101, 2), (102, 1)]
    assert event.attributes.event_properties["$value"] == 27.0


def test_an_order_is_told_when_it_is_placed_and_stays_told_when_it_is_cancelled(tmp_path):
    world = browsers.world()
    given = {"quantity": 2, "paid_at": None}
    world.orders += [
        tiny.order(6001, at(6), [], cancelled_at=at(6, 13), cancel_reason="CUSTOMER", **given),
        replace(tiny.order(6002, at(6), []), customer_id=browsers.GHOST),
        replace(tiny.order(6003, at(6), []), customer_id=None),
        tiny.order(6004, at(6), [], test=True),
    ]
    with served(tmp_path, "klaviyo", of=world) as running:
        api = KlaviyoAPI(credentials.KLAVIYO_API_KEY, test_host=f"{running.url}/klaviyo")
        running.sandbox.clock.set(at(8, 15))
        day = "greater-or-equal(datetime,2026-03-06T00:00:00Z),less-than(datetime,2026-03-07T00:00:00Z)"
        found = api.Events.get_events(filter=f'equals(metric_id,"{metric(api, "Placed Order")}"),{day}').data
        told = {one.attributes.event_properties["$event_id"]: one for one in found}
        assert told.keys() == {"6001", "6004"}, "whoever has no e-mail is not told of"
        properties = told["6001"].attributes.event_properties
        assert (properties["$value"], properties["$currency_code"]) == (20.7, "USD")
        assert told["6001"].attributes.datetime_ == at(6)
        assert told["6001"].relationships.profile.data.id == ANN


def test_newest_events_come_first_unless_asked_otherwise(api):
    times = [event.attributes.datetime_ for event in api.Events.get_events().data]
    assert times == sorted(times, reverse=True)
    page = api.Events.get_events(page_size=2)
    older = api.Events.get_events(page_size=2, page_cursor=cursor(page))
    assert [event.attributes.datetime_ for event in [*page.data, *older.data]] == times[:4]


def test_a_late_event_turns_up_later_and_is_dated_when_it_happened(tmp_path):
    world = browsers.world()
    world.browsing.append(browsers.late("late", "Viewed Product", browsers.BOB, 102, day=7))
    with served(tmp_path, "klaviyo", of=world) as running:
        api = KlaviyoAPI(credentials.KLAVIYO_API_KEY, test_host=f"{running.url}/klaviyo")
        day = "greater-or-equal(datetime,2026-03-07T00:00:00Z),less-than(datetime,2026-03-08T00:00:00Z)"
        asked = f'equals(metric_id,"{metric(api, "Viewed Product")}"),{day}'
        running.sandbox.clock.set(at(7, 13))
        assert api.Events.get_events(filter=asked).data == []
        running.sandbox.clock.set(at(7) + timedelta(hours=51))
        (event,) = api.Events.get_events(filter=asked).data
        assert event.attributes.datetime_ == at(7)


def test_profiles_tell_their_consents_when_asked(api, running):
    running.sandbox.clock.set(at(9))
    people = {one.id: one.attributes for one in api.Profiles.get_profiles().data}
    assert people[ANN].subscriptions is None
    told = api.Profiles.get_profiles(additional_fields_profile=["subscriptions"], sort="updated")
    marketing = {one.id: one.attributes.subscriptions.email.marketing for one in told.data}
    assert (marketing[ANN].consent, marketing[ANN].consent_timestamp) == ("SUBSCRIBED", at(1))
    assert (marketing[BOB].consent, marketing[BOB].can_receive_email_marketing) == ("NEVER_SUBSCRIBED", True)


def test_lists_follow_from_the_companys_facts(api, running):
    assert [one.attributes.name for one in api.Lists.get_lists().data] == [
        "Flow: abandoned cart",
        "Newsletter",
    ]
    running.sandbox.clock.set(at(9))
    assert members(api, NEWSLETTER) == members(api, ABANDONED_CART) == ["ann@example.com"]
    running.sandbox.clock.set(at(12))
    assert members(api, ABANDONED_CART) == [], "the checkout was left more than 72 hours ago"
    assert (
        api.Lists.get_list(NEWSLETTER, additional_fields_list=["profile_count"]).data.attributes.profile_count
        == 1
    )


def test_an_import_is_a_job_that_makes_profiles_and_puts_them_on_a_list(api):
    target = new_list(api)
    people = [
        {"email": "ANN@example.com", "properties": {"nightshift_id": "x"}},
        {"email": "new@example.com"},
    ]
    job = imported(api, *people, {"email": "nobody"}, into=target)
    assert members(api, target) == []
    assert api.Profiles.get_bulk_import_profiles_job(job).data.attributes.status == "processing"
    done = api.Profiles.get_bulk_import_profiles_job(job).data.attributes
    assert (done.status, done.completed_count, done.failed_count) == ("complete", 2, 1)
    assert sorted(members(api, target)) == ["ANN@example.com", "new@example.com"]
    (wrong,) = api.Profiles.get_errors_for_bulk_import_profiles_job(job).data
    assert wrong.attributes.detail == "Invalid email address"
    assert len(api.Profiles.get_profiles_for_bulk_import_profiles_job(job).data) == 2
    found = api.Profiles.get_profiles(filter='equals(email,"new@example.com")').data
    assert found[0].attributes.external_id is None


def test_members_are_added_and_removed_by_id_and_repetition_is_harmless(api):
    target = new_list(api)
    for _ in range(2):
        api.Lists.add_profiles_to_list(target, ids(ANN, BOB))
    assert members(api, target) == ["ann@example.com", "bob@example.com"]
    for _ in range(2):
        api.Lists.remove_profiles_from_list(target, ids(ANN))
    assert members(api, target) == ["bob@example.com"]
    with pytest.raises(ApiException) as refused:
        api.Lists.add_profiles_to_list(target, ids(*[ANN] * 1001))
    assert refused.value.status == 400


def test_to_be_on_a_list_is_no_consent_but_a_subscription_is(api, running):
    subscriptions = running.sandbox.state
    subscriptions.put("klaviyo_subscription", ANN, {"email": ["UNSUBSCRIBED", at(8).isoformat()]})

    def consent() -> tuple[str, int]:
        told = api.Profiles.get_profiles(
            filter=f'equals(id,"{ANN}")', additional_fields_profile=["subscriptions"]
        ).data[0]
        marketing = told.attributes.subscriptions.email.marketing
        return str(marketing.consent), len(marketing.suppression)

    api.Lists.add_profiles_to_list(new_list(api), ids(ANN))
    assert consent() == ("UNSUBSCRIBED", 1)
    person = {
        "type": "profile",
        "attributes": {
            "email": "ann@example.com",
            "subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED"}}},
        },
    }
    job = {"type": "profile-subscription-bulk-create-job", "attributes": {"profiles": {"data": [person]}}}
    api.Profiles.bulk_subscribe_profiles({"data": job})
    assert consent() == ("SUBSCRIBED", 0), "the job lifts an unsubscribe: why Nightshift never calls it"
