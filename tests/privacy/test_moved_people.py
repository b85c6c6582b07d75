"""People who change their address: what they said goes with them, and nothing brings the old address back."""

import pytest

from include.privacy.consent import contacts
from include.privacy.suppression import is_suppressed, suppress
from tests.privacy.helpers import consent, key_of, put
from tests.privacy.test_two_sources import ANN, NEW, known, rows, told_by_klaviyo, told_by_shop


def reached(settings, email, purpose="ads"):
    return [one.email for one in contacts(settings, [key_of(settings, email)], purpose)]


def test_everybody_on_a_page_is_heard_about_consent(warehouse):
    yes, no = consent(at="2026-11-05T00:00:00Z"), consent(granted=False, at="2026-11-09T00:00:00Z")
    twice = [
        told_by_shop(warehouse, ANN, 12, consents=[yes]),
        told_by_shop(warehouse, ANN, 10, vendor_id="2", consents=[no]),
    ]
    put(warehouse, *twice)
    assert reached(warehouse, ANN) == []


@pytest.mark.parametrize("knows_the_old_address", [False, True])
@pytest.mark.parametrize(("reason", "follows"), [("opt_out", True), ("complaint", True), ("bounced", False)])
def test_whoever_opted_out_stays_out_under_a_new_address(warehouse, reason, follows, knows_the_old_address):
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    if knows_the_old_address:
        put(warehouse, told_by_klaviyo(warehouse, ANN, 10))
    suppress(warehouse, ANN, reason)
    put(warehouse, told_by_shop(warehouse, NEW, 11))
    assert is_suppressed(warehouse, NEW) is follows
    assert reached(warehouse, NEW) == ([] if follows else [NEW])
    assert is_suppressed(warehouse, ANN)


def test_what_the_shop_was_told_goes_with_its_customer(warehouse):
    """The mail platform keeps the old address: nobody there ever said yes to it."""
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    put(warehouse, told_by_klaviyo(warehouse, ANN, 10))
    assert reached(warehouse, ANN) == [ANN]
    put(
        warehouse,
        told_by_shop(warehouse, NEW, 12, consents=[consent(granted=False, at="2026-11-12T00:00:00Z")]),
    )
    assert (reached(warehouse, ANN), reached(warehouse, NEW)) == ([], [])


def test_what_another_account_of_the_shop_was_told_stays(warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    put(warehouse, told_by_shop(warehouse, ANN, 10, account="shop 2"))
    put(warehouse, told_by_shop(warehouse, NEW, 12))
    assert (reached(warehouse, ANN), reached(warehouse, NEW)) == ([ANN], [NEW])


def test_an_older_record_that_arrives_late_does_not_bring_the_old_address_back(postgres, warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    put(
        warehouse,
        told_by_shop(warehouse, NEW, 12, consents=[consent(granted=False, at="2026-11-12T00:00:00Z")]),
    )
    put(warehouse, told_by_shop(warehouse, ANN, 11))
    assert known(postgres, warehouse, "email") == [(NEW,)]
    assert (reached(warehouse, ANN), reached(warehouse, NEW)) == ([], [])


def test_two_customers_of_one_address_may_part(postgres, warehouse):
    put(
        warehouse,
        told_by_shop(warehouse, ANN, 10),
        told_by_shop(warehouse, ANN, 10, vendor_id="2", alias_key=None),
    )
    put(
        warehouse,
        told_by_shop(warehouse, NEW, 12),
        told_by_shop(warehouse, "bob@new.example", 12, vendor_id="2", alias_key=None),
    )
    assert known(postgres, warehouse, "email") == [(NEW,), ("bob@new.example",)]


def test_two_customers_of_one_address_may_move_together(postgres, warehouse):
    put(
        warehouse,
        told_by_shop(warehouse, ANN, 10),
        told_by_shop(warehouse, ANN, 10, vendor_id="2", alias_key=None),
    )
    put(
        warehouse,
        told_by_shop(warehouse, NEW, 12),
        told_by_shop(warehouse, NEW, 12, vendor_id="2", alias_key=None),
    )
    assert known(postgres, warehouse, "email") == [(NEW,)]
    assert aliases(postgres, warehouse)[key_of(warehouse, ANN)] == key_of(warehouse, NEW)


def test_every_old_key_leads_to_where_the_person_is_after_there_and_back(postgres, warehouse):
    for email, day in ((ANN, 10), (NEW, 11), (ANN, 12)):
        put(warehouse, told_by_shop(warehouse, email, day))
    assert set(aliases(postgres, warehouse).values()) == {key_of(warehouse, ANN)}


def aliases(postgres, settings):
    return dict(rows(postgres, settings, "SELECT alias_key, customer_key FROM ops.customer_alias"))
