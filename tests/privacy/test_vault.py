import psycopg
import pytest

from include.errors import Stop
from include.privacy.consent import contacts, record_consent
from include.privacy.suppression import is_suppressed, rekey, suppress
from include.settings import update_secrets
from include.warehouse.connect import connect
from tests.conftest import admin
from tests.privacy.helpers import consent, key_of, person, put
from tests.warehouse.helpers import at

ANN = "ann@example.com"


def rows(postgres, settings, query):
    with admin(postgres, settings.database) as conn:
        return conn.execute(query).fetchall()


def reachable(warehouse, email=ANN, purpose="ads"):
    return [contact.email for contact in contacts(warehouse, [key_of(warehouse, email)], purpose)]


def test_a_consenting_person_can_be_reached_for_that_purpose_only(warehouse):
    assert put(warehouse, person(warehouse, ANN)) == 1
    (contact,) = contacts(warehouse, [key_of(warehouse, ANN)], "ads")
    assert (contact.email, contact.phone, contact.country) == (ANN, "+16505551212", "US")
    assert contact.consent_source == "shopify"
    assert reachable(warehouse, purpose="email") == []


def test_silence_means_no(warehouse):
    put(warehouse, person(warehouse, ANN, consents=[]))
    assert reachable(warehouse) == []


def test_the_newest_statement_counts_and_a_tie_means_no(warehouse):
    put(warehouse, person(warehouse, ANN, consents=[consent(), consent(granted=False)]))
    assert reachable(warehouse) == []
    record_consent(warehouse, key_of(warehouse, ANN), "ads", True, "form", at("2026-11-05"))
    assert reachable(warehouse) == [ANN]
    record_consent(warehouse, key_of(warehouse, ANN), "ads", False, "form", at("2026-11-06"))
    assert reachable(warehouse) == []


def test_an_old_statement_that_arrives_late_changes_nothing(warehouse):
    put(warehouse, person(warehouse, ANN, consents=[consent(granted=False, at="2026-11-10T00:00:00Z")]))
    put(warehouse, person(warehouse, ANN, consents=[consent(at="2026-10-01T00:00:00Z")]))
    assert reachable(warehouse) == []


def test_loading_people_again_changes_nothing(postgres, warehouse):
    put(warehouse, person(warehouse, ANN))
    assert put(warehouse, person(warehouse, ANN)) == 0
    assert rows(postgres, warehouse, "SELECT count(*) FROM pii.consent") == [(1,)]


def test_an_older_version_does_not_replace_a_newer(postgres, warehouse):
    put(warehouse, person(warehouse, ANN, first_name="Anna", updated_at="2026-11-21T00:00:00Z"))
    put(warehouse, person(warehouse, ANN, first_name="Old", updated_at="2026-11-19T00:00:00Z"))
    assert rows(postgres, warehouse, "SELECT first_name FROM pii.customer") == [("Anna",)]


def test_an_address_that_appears_later_joins_the_two_keys(postgres, warehouse):
    put(warehouse, person(warehouse, None))
    put(warehouse, person(warehouse, ANN, consents=[]))
    old, new = key_of(warehouse, None), key_of(warehouse, ANN)
    assert rows(postgres, warehouse, "SELECT alias_key, customer_key FROM ops.customer_alias") == [(old, new)]
    assert rows(postgres, warehouse, "SELECT customer_key FROM pii.customer") == [(new,)]
    assert reachable(warehouse) == [ANN], "the consent given under the old key was lost"


def test_a_changed_address_keeps_the_person(postgres, warehouse):
    put(warehouse, person(warehouse, ANN))
    put(warehouse, person(warehouse, "ann@new.example", updated_at="2026-11-21T00:00:00Z", consents=[]))
    new = key_of(warehouse, "ann@new.example")
    aliases = rows(postgres, warehouse, "SELECT alias_key, customer_key FROM ops.customer_alias")
    assert set(aliases) == {(key_of(warehouse, ANN), new), (key_of(warehouse, None), new)}
    assert reachable(warehouse, "ann@new.example") == ["ann@new.example"]
    assert reachable(warehouse) == []


def test_an_address_changed_there_and_back_is_no_circle(postgres, warehouse):
    for day, email in (("19", ANN), ("20", "ann@new.example"), ("21", ANN)):
        put(warehouse, person(warehouse, email, updated_at=f"2026-11-{day}T00:00:00Z"))
    aliases = dict(rows(postgres, warehouse, "SELECT alias_key, customer_key FROM ops.customer_alias"))
    assert aliases[key_of(warehouse, "ann@new.example")] == key_of(warehouse, ANN)
    assert key_of(warehouse, ANN) not in aliases


@pytest.mark.parametrize("reason", ["opt_out", "complaint", "bounced"])
def test_a_suppressed_person_is_never_reached(warehouse, reason):
    put(warehouse, person(warehouse, ANN))
    suppress(warehouse, " ANN@example.com", reason)
    assert is_suppressed(warehouse, ANN)
    assert reachable(warehouse) == []


def test_suppression_holds_for_people_who_come_later(warehouse):
    suppress(warehouse, ANN, "opt_out")
    put(warehouse, person(warehouse, ANN))
    assert reachable(warehouse) == []


def test_suppression_survives_a_new_key(warehouse):
    put(warehouse, person(warehouse, ANN), person(warehouse, "bob@example.com", "2"))
    suppress(warehouse, ANN, "opt_out")
    update_secrets(warehouse.secrets_file, lambda _: {"suppression_2": "another key"})
    rekey(warehouse)
    suppress(warehouse, "bob@example.com", "opt_out")
    assert reachable(warehouse) == reachable(warehouse, "bob@example.com") == []


@pytest.mark.parametrize(
    "call", [lambda w: suppress(w, "nobody", "opt_out"), lambda w: suppress(w, ANN, "whim")]
)
def test_senseless_suppressions_are_refused(warehouse, call):
    with pytest.raises(Stop):
        call(warehouse)


def test_a_marketplaces_buyers_have_no_place_in_the_vault(warehouse):
    with pytest.raises(Stop, match="CheckViolation"):
        put(warehouse, person(warehouse, ANN, source="amazon_sp"))


def test_a_person_the_vault_refuses_is_quoted_neither_by_the_error_nor_in_the_servers_log(
    postgres, warehouse
):
    secretive = person(warehouse, "quoted.by.nobody@example.com", source="amazon_sp")
    with pytest.raises(Stop) as refused:
        put(warehouse, secretive)
    assert refused.value.__suppress_context__
    log = postgres.log_tail(10_000)
    assert "violates check constraint" in log
    assert "quoted.by.nobody" not in str(refused.value) + log


def test_the_audit_trail_is_written_once(postgres, warehouse):
    suppress(warehouse, ANN, "opt_out")
    with (
        admin(postgres, warehouse.database) as conn,
        pytest.raises(psycopg.errors.RaiseException, match="once"),
    ):
        conn.execute("DELETE FROM ops.audit")


def test_the_loader_learns_nothing_from_the_vault(warehouse):
    put(warehouse, person(warehouse, ANN))
    for query in ("SELECT * FROM pii.customer", "SELECT * FROM pii.contacts('{}', 'ads')"):
        with connect(warehouse, "loader") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(query)
