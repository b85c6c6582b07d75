"""One person known to the shop and to the mail platform: one row, the newest facts, every identity."""

from include.privacy.consent import contacts
from include.privacy.erase import erase
from include.settings import Settings
from tests.conftest import admin
from tests.privacy.helpers import consent, key_of, person, put

ANN, NEW = "ann@example.com", "ann@new.example"


def told_by_klaviyo(settings: Settings, email: str, day: int, **more) -> dict:
    given = {"source": "klaviyo", "account": "klaviyo", "vendor_id": "01K", "alias_key": None, "consents": []}
    nothing = {"first_name": None, "last_name": None, "country": None, "phone": None}
    return person(settings, email, updated_at=f"2026-11-{day}T00:00:00Z") | given | nothing | more


def told_by_shop(settings: Settings, email: str, day: int, **more) -> dict:
    return person(settings, email, updated_at=f"2026-11-{day}T00:00:00Z") | more


def rows(postgres, settings, query):
    with admin(postgres, settings.database) as conn:
        return conn.execute(query).fetchall()


def known(postgres, settings, columns="email, first_name, country, source"):
    return rows(postgres, settings, f"SELECT {columns} FROM pii.customer ORDER BY email")


def test_what_the_newer_source_does_not_know_stays_as_the_other_told_it(postgres, warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    put(warehouse, told_by_klaviyo(warehouse, ANN, 12))
    assert known(postgres, warehouse) == [(ANN, "Ann", "US", "klaviyo")]
    assert put(warehouse, told_by_shop(warehouse, ANN, 10)) == 0
    assert known(postgres, warehouse) == [(ANN, "Ann", "US", "klaviyo")]


def test_the_older_source_fills_gaps_and_replaces_nothing(postgres, warehouse):
    put(warehouse, told_by_klaviyo(warehouse, ANN, 12, phone="+16505550000"))
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    columns = "first_name, country, phone, updated_at::date::text"
    assert known(postgres, warehouse, columns) == [("Ann", "US", "+16505550000", "2026-11-12")]


def test_a_source_may_take_back_what_it_told_itself(postgres, warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    put(warehouse, told_by_shop(warehouse, ANN, 11, first_name=None))
    assert known(postgres, warehouse, "first_name") == [(None,)]


def test_both_sources_are_heard_about_consent_and_the_newest_word_counts(warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10, consents=[consent("email", at="2026-11-01T00:00:00Z")]))
    assert contacts(warehouse, [key_of(warehouse, ANN)], "email")
    left = [consent("email", granted=False, at="2026-11-05T00:00:00Z")]
    put(warehouse, told_by_klaviyo(warehouse, ANN, 9, consents=left))
    assert contacts(warehouse, [key_of(warehouse, ANN)], "email") == []


def test_a_changed_address_is_recognised_although_the_other_source_spoke_last(postgres, warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10))
    put(warehouse, told_by_klaviyo(warehouse, ANN, 12))
    put(warehouse, told_by_shop(warehouse, NEW, 13))
    emails = [email for (email,) in known(postgres, warehouse, "email")]
    assert emails == [ANN, NEW], (
        "the mail platform still writes to the old address: two people until it agrees"
    )
    put(warehouse, told_by_klaviyo(warehouse, NEW, 14))
    assert known(postgres, warehouse) == [(NEW, "Ann", "US", "klaviyo")]
    aliases = dict(rows(postgres, warehouse, "SELECT alias_key, customer_key FROM ops.customer_alias"))
    assert aliases[key_of(warehouse, ANN)] == key_of(warehouse, NEW)
    put(warehouse, told_by_shop(warehouse, NEW, 13), told_by_klaviyo(warehouse, NEW, 14))
    assert len(known(postgres, warehouse)) == 1


def test_whoever_turns_up_twice_on_a_page_has_one_identity(postgres, warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10), told_by_shop(warehouse, NEW, 11))
    found = rows(postgres, warehouse, "SELECT customer_key FROM pii.identity")
    assert found == [(key_of(warehouse, NEW),)]


def test_an_erased_person_has_no_identity_left(postgres, warehouse):
    put(warehouse, told_by_shop(warehouse, ANN, 10), told_by_klaviyo(warehouse, ANN, 12))
    assert rows(postgres, warehouse, "SELECT count(*) FROM pii.identity") == [(2,)]
    erase(warehouse, ANN)
    assert rows(postgres, warehouse, "SELECT count(*) FROM pii.identity") == [(0,)]
    put(warehouse, told_by_klaviyo(warehouse, ANN, 13))
    assert rows(postgres, warehouse, "SELECT count(*) FROM pii.identity") == [(0,)]
