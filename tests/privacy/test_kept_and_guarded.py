"""What is kept of people: consent is only ever added to, everything has an age at which it goes, and one role reads it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from include.privacy.consent import contacts
from include.privacy.retention import keep
from include.privacy.suppression import suppress
from tests.conftest import admin
from tests.privacy.helpers import key_of, person, put
from tests.privacy.test_erase import ANN, BOB
from tests.warehouse.helpers import at


@pytest.mark.parametrize(
    "change", ["UPDATE pii.consent SET granted = true", "DELETE FROM pii.consent", "TRUNCATE pii.consent"]
)
def test_consent_is_only_ever_added_to_whoever_asks(postgres, warehouse, change):
    put(warehouse, person(warehouse, ANN))
    for role in ("owner", "privacy", "admin"):
        with admin(postgres, warehouse.database) as conn:
            conn.execute(f"SET SESSION AUTHORIZATION nightshift_{role}")
            with pytest.raises(psycopg.Error, match=r"only ever added to|permission denied"):
                conn.execute(change)
    suppress(warehouse, BOB, "opt_out")
    assert contacts(warehouse, [key_of(warehouse, ANN)], "ads") != []


def test_consent_of_people_who_left_the_vault_goes_after_three_years(postgres, warehouse):
    put(warehouse, person(warehouse, ANN), person(warehouse, BOB, "2", updated_at="2029-10-01T00:00:00Z"))
    gone = keep(warehouse, at("2029-12-01"))
    assert (gone["people"], gone["consent"]) == (1, 1)


def test_the_journal_of_exposure_is_kept_for_four_hundred_days(postgres, warehouse):
    today = datetime.now(UTC).date()
    with admin(postgres, warehouse.database) as conn:
        for key, age in (("old", 401), ("new", 399)):
            conn.execute(
                "INSERT INTO ops.audience_exposure (audience, customer_key, is_held_out, first_eligible_on)"
                " VALUES ('lapsed_valuable', %s, false, %s)", [key, today - timedelta(days=age)]
            )  # fmt: skip
        assert keep(warehouse)["exposure"] == 1
        assert conn.execute("SELECT customer_key FROM ops.audience_exposure").fetchall() == [("new",)]


def test_only_the_privacy_role_reads_the_vault(postgres, warehouse):
    """Activation keeps what removes people from platforms, and gets addresses by a function alone."""
    with admin(postgres, warehouse.database) as conn:
        readers = conn.execute(
            "SELECT r.relname, array_agg(DISTINCT o.rolname ORDER BY o.rolname) FROM pg_class AS r"
            " JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 CROSS JOIN pg_roles AS o"
            " WHERE r.relnamespace = 'pii'::regnamespace AND r.relkind IN ('r', 'v') AND o.rolname LIKE 'nightshift_%'"
            " AND NOT o.rolsuper AND o.rolname <> 'nightshift_owner'"
            " AND (has_table_privilege(o.oid, r.oid, 'SELECT') OR has_column_privilege(o.oid, r.oid, a.attnum, 'SELECT'))"
            " GROUP BY 1"
        ).fetchall()
    assert len(readers) >= 8
    assert {name: roles for name, roles in readers if roles != ["nightshift_privacy"]} == {
        "audience_handle": ["nightshift_activation", "nightshift_privacy"]
    }
