"""From a wish to its proof: who is meant, by when it is due, what was answered, and that nobody is named afterwards."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from include.errors import Stop
from include.privacy.consent import contacts, record_consent
from include.privacy.due import due
from include.privacy.files import exports
from include.privacy.requests import answer_open, requests, take_request
from include.privacy.retention import keep
from include.privacy.subjects import Subject
from tests.conftest import admin
from tests.privacy.helpers import key_of, person, put
from tests.privacy.test_erase import ANN, BOB, company, everything
from tests.privacy.two_customers import only
from tests.warehouse.helpers import at


def test_whoever_opts_out_by_phone_stays_out_when_the_shop_tells_of_them_later(warehouse):
    take_request(warehouse, "opt_out", Subject.told("+16505551212"))
    answer_open(warehouse)
    put(warehouse, person(warehouse, ANN, phone="(650) 555-1212"))
    assert contacts(warehouse, [key_of(warehouse, ANN)], "ads") == []


def test_an_opt_out_is_written_down_as_a_withdrawal_of_every_consent_once(postgres, warehouse):
    put(warehouse, person(warehouse, ANN))
    take_request(warehouse, "opt_out", ANN)
    assert answer_open(warehouse) == 1
    with admin(postgres, warehouse.database) as conn:
        said = conn.execute(
            "SELECT purpose, granted, evidence FROM pii.consent WHERE source = 'request' ORDER BY 1"
        ).fetchall()
    assert said == [(purpose, False, {"request": 1}) for purpose in ("ads", "email", "sms")]
    record_consent(warehouse, key_of(warehouse, ANN), "ads", True, "form", datetime.now(UTC))
    assert contacts(warehouse, [key_of(warehouse, ANN)], "ads") == [], "suppression outweighs a later yes"


def test_an_answer_to_an_access_request_is_a_readable_file_of_its_owner_only(postgres, warehouse):
    company(warehouse)
    take_request(warehouse, "access", ANN)
    assert answer_open(warehouse) == 1
    one = only(warehouse)
    file = exports(warehouse) / one.proof["file"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    told = json.loads(file.read_text())
    assert told["who_you_are"][0]["email"] == ANN
    assert told["what_you_agreed_to"][0]["purpose"] == "ads"
    assert {row["table"] for row in told["what_we_keep"]} == {"dim_customer", "fct_orders"}
    assert {row["what"] for row in told["what_we_were_told"]} == {"orders", "customers"}
    assert BOB not in file.read_text()
    assert ANN not in json.dumps(one.proof)
    keep(warehouse, datetime.now(UTC) + timedelta(days=31))
    assert not file.exists()


def test_one_that_fails_does_not_keep_the_others_waiting(postgres, warehouse):
    company(warehouse)
    put(warehouse, person(warehouse, "cid@example.com", "3"))
    take_request(warehouse, "erasure", Subject.told("+16505551212"))
    take_request(warehouse, "erasure", BOB)
    assert answer_open(warehouse) == 1
    assert BOB not in everything(postgres, warehouse)


def test_an_error_nobody_foresaw_keeps_one_request_open_and_is_told_without_its_words(
    warehouse, monkeypatch, caplog
):
    company(warehouse)
    take_request(warehouse, "access", ANN)
    take_request(warehouse, "opt_out", BOB)

    def export(*args):
        raise UnicodeError(ANN)

    monkeypatch.setattr("include.privacy.access.export", export)
    assert answer_open(warehouse) == 1
    (left,) = requests(warehouse, open_only=True)
    assert left.kind == "access"
    assert "UnicodeError at test_requests.py" in left.waiting_for
    assert "UnicodeError" in caplog.text
    assert ANN not in left.waiting_for + caplog.text


def test_due_dates_are_the_strictest_of_the_rules():
    friday = at("2026-01-30T10:00:00")
    assert due("erasure", "command", friday) == (at("2026-02-28T10:00:00"), "GDPR one month")
    assert due("access", "command", at("2026-12-31T10:00:00"))[0] == at("2027-01-31T10:00:00")
    assert due("opt_out", "inbox", friday) == (at("2026-02-20T10:00:00"), "CCPA 15 business days")
    assert due("erasure", "shopify", at("2026-03-15T10:00:00")) == (
        at("2026-04-14T10:00:00"),
        "Shopify 30 days",
    )


def test_requests_are_listed_masked_by_due_date_and_overdue_ones_are_marked(warehouse):
    take_request(warehouse, "access", "ann@example.com")
    take_request(
        warehouse,
        "erasure",
        Subject.told("+49 30 1234567"),
        received_at=datetime.now(UTC) - timedelta(days=40),
    )
    take_request(warehouse, "opt_out", Subject.told("shopify:191167"))
    shown = [(one.who, one.is_overdue) for one in requests(warehouse)]
    assert shown == [("+49***67", True), ("shopify:***67", False), ("a***@e***", False)]


@pytest.mark.parametrize("said", ["", "somebody", "myspace:7", "shopify:", "555-1212"])
def test_who_names_nobody_is_told_so_without_being_repeated(said):
    with pytest.raises(Stop) as refused:
        Subject.told(said)
    assert not said or said not in str(refused.value)


def test_a_request_that_is_done_cannot_keep_its_person(postgres, warehouse):
    take_request(warehouse, "access", ANN)
    with (
        admin(postgres, warehouse.database) as conn,
        pytest.raises(Exception, match="request_forgets_its_subject"),
    ):
        conn.execute("UPDATE pii.request SET done_at = now()")
