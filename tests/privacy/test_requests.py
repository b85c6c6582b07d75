"""From a wish to its proof: who is meant, by when it is due, what was done, and that nobody is named afterwards."""

import json
import stat
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from include import lake
from include.errors import Stop
from include.privacy import search
from include.privacy.consent import contacts, record_consent
from include.privacy.due import due
from include.privacy.files import exports
from include.privacy.marks import Marks
from include.privacy.requests import answer_open, requests, take_request
from include.privacy.retention import keep
from include.privacy.subjects import Subject
from include.privacy.suppression import suppress
from tests.conftest import admin
from tests.privacy.helpers import key_of, person, put
from tests.privacy.test_erase import ANN, BOB, company, everything
from tests.warehouse.helpers import at, line, load

ANN_AT_SHOPIFY = "gid://shopify/Customer/1"


def named(vendor_id: str) -> str:
    return f"gid://shopify/Customer/{vendor_id}"


def shop(warehouse):
    """Ann and Bob as Shopify tells of them, Ann with a number of her own."""
    people = [
        person(warehouse, ANN, named("1"), phone="(650) 555-7777"),
        person(warehouse, BOB, named("2"), phone="+14155552222", first_name="Bob", last_name="Stays"),
    ]
    records = [
        line(named(n), {"id": named(n), "customer_key": key_of(warehouse, email)})
        for n, email in (("1", ANN), ("2", BOB))
    ]
    load(warehouse, records, stream="customers", vault=people)
    orders = [("1", ANN), ("2", BOB)]
    load(warehouse, [line(n, {"id": n, "customer_key": key_of(warehouse, email)}) for n, email in orders])


def only(warehouse):
    (one,) = requests(warehouse)
    return one


@pytest.mark.parametrize(
    "how", [f" {ANN.upper()} ", "+1 650 555 7777", "shopify:1", f"shopify:{ANN_AT_SHOPIFY}"]
)
def test_a_person_is_erased_by_whatever_names_them(postgres, warehouse, how):
    shop(warehouse)
    take_request(warehouse, "erasure", Subject.told(how))
    assert answer_open(warehouse, "run 1") == 1
    text = everything(postgres, warehouse)
    for trace in (ANN, "555-7777", key_of(warehouse, ANN), f"{ANN_AT_SHOPIFY}'"):
        assert trace not in text
    assert BOB in text
    proof = only(warehouse).proof
    assert (proof["vault_rows"], proof["raw_records"], proof["searched"]["found"]) == (1, 2, 0)
    assert proof["searched"]["tables"] > 50


@pytest.mark.parametrize("how", [ANN, "+16505557777", "shopify:1"])
def test_however_somebody_was_named_no_later_extraction_brings_them_back(postgres, warehouse, how):
    shop(warehouse)
    take_request(warehouse, "erasure", Subject.told(how))
    answer_open(warehouse)
    shop(warehouse)
    text = everything(postgres, warehouse)
    for trace in (ANN, key_of(warehouse, ANN)):
        assert trace not in text
    assert BOB in text


def test_pages_in_which_a_vendor_tells_of_an_erased_person_again_go_with_the_next_housekeeping(warehouse):
    shop(warehouse)
    take_request(warehouse, "erasure", ANN)
    answer_open(warehouse)
    assert lake.manifests(warehouse.lake) == []
    shop(warehouse)
    load(warehouse, [line("3", {"id": "3", "customer_key": key_of(warehouse, BOB, named("2"))})])
    gone = keep(warehouse, at("2026-11-22"))
    assert (gone["of_the_erased"], len(lake.manifests(warehouse.lake))) == (2, 1)


def test_somebody_erased_by_the_vendors_id_stays_erased_under_an_address_nobody_knew(postgres, warehouse):
    take_request(warehouse, "erasure", Subject.told("shopify:1"))
    assert answer_open(warehouse) == 1
    shop(warehouse)
    assert ANN not in everything(postgres, warehouse).replace(key_of(warehouse, ANN), "")
    (back,) = requests(warehouse, open_only=True)
    assert (back.kind, back.via) == ("erasure", "returned")
    assert answer_open(warehouse) == 1
    assert key_of(warehouse, ANN) not in everything(postgres, warehouse), "the order still knew her key"


def test_a_number_of_several_people_erases_nobody_and_says_why(postgres, warehouse):
    put(warehouse, person(warehouse, ANN), person(warehouse, BOB, "2"))
    take_request(warehouse, "erasure", Subject.told("+16505551212"))
    take_request(warehouse, "opt_out", Subject.told("+16505551212"))
    assert answer_open(warehouse) == 1
    assert {ANN, BOB} <= set(everything(postgres, warehouse).replace("'", "").replace(" ", "").split(","))
    (left,) = requests(warehouse, open_only=True)
    assert left.kind == "erasure"
    assert "several people" in left.waiting_for
    keys = [key_of(warehouse, ANN), key_of(warehouse, BOB)]
    assert contacts(warehouse, keys, "ads") == []


def test_whoever_opts_out_by_phone_stays_out_when_the_shop_tells_of_them_later(warehouse):
    take_request(warehouse, "opt_out", Subject.told("+16505551212"))
    answer_open(warehouse)
    put(warehouse, person(warehouse, ANN, phone="(650) 555-1212"))
    assert contacts(warehouse, [key_of(warehouse, ANN)], "ads") == []


def test_whoever_was_to_be_erased_by_a_number_nobody_knew_is_never_written_to(warehouse):
    take_request(warehouse, "erasure", Subject.told("+16505551212"))
    assert answer_open(warehouse) == 1
    put(warehouse, person(warehouse, ANN))
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


def test_an_erasure_takes_the_answer_to_an_earlier_access_request_along(warehouse):
    company(warehouse)
    take_request(warehouse, "access", ANN)
    answer_open(warehouse)
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 1
    assert list(exports(warehouse).iterdir()) == []


def test_an_address_in_a_log_or_a_report_is_overwritten_and_the_rest_stays(warehouse):
    company(warehouse)
    log = warehouse.home / "logs" / "tasks" / "a.log"
    log.parent.mkdir(parents=True)
    with log.open("a") as still_open:
        still_open.write(f"before {ANN.title()} after, jo.{ANN} is another\n")
        still_open.flush()
        take_request(warehouse, "erasure", ANN)
        assert answer_open(warehouse) == 1
        still_open.write("and on it goes\n")
    stars = "*" * len(ANN)
    assert log.read_text() == f"before {stars} after, jo.{ANN} is another\nand on it goes\n"
    assert only(warehouse).proof["files"] == 1


def test_what_cannot_be_erased_keeps_the_request_open_and_is_named(postgres, warehouse):
    company(warehouse)
    with admin(postgres, warehouse.database) as conn:
        conn.execute(
            "INSERT INTO ops.action_feedback (verdict, reason) VALUES ('dismissed', %s)", [f"ask {ANN}"]
        )
    number = take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 0
    (left,) = requests(warehouse, request_id=number)
    assert left.waiting_for == "still found in ops.action_feedback (1)"
    with admin(postgres, warehouse.database) as conn:
        conn.execute("UPDATE ops.action_feedback SET reason = NULL")
    assert answer_open(warehouse) == 1
    assert only(warehouse).proof["vault_rows"] == 1, "what the first run erased was forgotten"


def test_a_bytes_column_is_searched_too(postgres, warehouse):
    company(warehouse)
    with admin(postgres, warehouse.database) as conn:
        conn.execute("CREATE TABLE ops.attachment (body bytea)")
        conn.execute("GRANT SELECT ON ops.attachment TO nightshift_privacy")
        conn.execute("INSERT INTO ops.attachment VALUES (%s)", [f"from: {ANN}".encode()])
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 0
    assert "ops.attachment" in only(warehouse).waiting_for


def test_one_that_fails_does_not_keep_the_others_waiting(postgres, warehouse):
    company(warehouse)
    put(warehouse, person(warehouse, "cid@example.com", "3"))
    take_request(warehouse, "erasure", Subject.told("+16505551212"))
    take_request(warehouse, "erasure", BOB)
    assert answer_open(warehouse) == 1
    assert BOB not in everything(postgres, warehouse)


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


@pytest.mark.parametrize(
    ("value", "text", "is_in"),
    [
        ("ann@x.org", "to Ann@X.org.", True),
        ("ann@x.org", "jo.ann@x.org", False),
        ("ann@x.org", "ann@x.org.uk", False),
        ("gid://shopify/Customer/1", '"gid://shopify/Customer/1"', True),
        ("gid://shopify/Customer/1", "gid://shopify/Customer/12", False),
        ("+16505557777", "call +16505557777!", True),
        ("a_b%c@x.org", "a_b%c@x.org", True),
        ("a_b%c@x.org", "aXbYc@x.org", False),
    ],
)
def test_a_person_is_found_as_a_whole_word_in_files_and_in_tables_alike(
    postgres, warehouse, value, text, is_in
):
    marks = Marks.of([value])
    assert marks.are_in(text.encode()) is is_in
    with admin(postgres, warehouse.database) as conn:
        conn.execute("INSERT INTO ops.action_feedback (verdict, reason) VALUES ('dismissed', %s)", [text])
        found, *_ = search.database(conn, marks)
    assert bool(found) is is_in
