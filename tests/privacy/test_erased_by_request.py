"""Whoever asks to be erased is found by whatever names them, goes everywhere, and does not come back."""

from pathlib import Path

import pytest

from include import lake
from include.privacy import files
from include.privacy.consent import contacts
from include.privacy.files import exports
from include.privacy.requests import answer_open, requests, take_request
from include.privacy.retention import keep
from include.privacy.subjects import Subject
from include.warehouse.build import holding_build, note_touched
from include.warehouse.connect import connect
from include.warehouse.load import replay_manifest
from tests.conftest import admin
from tests.privacy.helpers import key_of, list_somewhere, person, put
from tests.privacy.test_erase import ANN, BOB, company, everything
from tests.privacy.two_customers import ANN_AT_SHOPIFY, named, only, shop
from tests.warehouse.helpers import DAY, at, line, load, publish_nothing
from tests.warehouse.marts import make, model


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
    assert proof["searched"]["not_looked_into"] == ["ops.refresh_token"]  # which knows nobody


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


def test_whoever_was_to_be_erased_by_a_number_nobody_knew_is_never_written_to(warehouse):
    take_request(warehouse, "erasure", Subject.told("+16505551212"))
    assert answer_open(warehouse) == 1
    put(warehouse, person(warehouse, ANN))
    assert contacts(warehouse, [key_of(warehouse, ANN)], "ads") == []


@pytest.mark.parametrize("again", [ANN, "+16505557777", "shopify:1"])
def test_whoever_asks_again_while_a_platform_still_lists_them_is_not_told_that_it_is_done(warehouse, again):
    shop(warehouse)
    list_somewhere(warehouse, key_of(warehouse, ANN))
    take_request(warehouse, "erasure", ANN)
    take_request(warehouse, "erasure", Subject.told(again))
    assert answer_open(warehouse) == 0
    with connect(warehouse, "activation") as conn:
        conn.execute("DELETE FROM ops.audience_member")
    assert answer_open(warehouse) == 2


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


@pytest.mark.parametrize("opened", ["r+b", "rb"])
def test_a_log_that_cannot_be_opened_keeps_the_request_open_and_nothing_else_from_being_erased(
    postgres, warehouse, monkeypatch, opened
):
    shop(warehouse)
    log = warehouse.home / "logs" / "pull.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"200 OK for {ANN}\n")
    opens = Path.open

    def refuse(file, mode="r", *args, **more):
        if file == log and mode == opened:
            raise PermissionError(13, "Permission denied", str(file))
        return opens(file, mode, *args, **more)

    take_request(warehouse, "erasure", ANN)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert answer_open(warehouse) == 0
    assert "file logs/*.log" in only(warehouse).waiting_for
    with admin(postgres, warehouse.database) as conn:
        assert conn.execute("SELECT email FROM pii.customer").fetchall() == [(BOB,)]
    assert answer_open(warehouse) == 1
    assert ANN not in log.read_text()


def test_a_log_that_is_rotated_away_while_it_is_overwritten_is_no_trouble(warehouse, monkeypatch):
    shop(warehouse)
    log = warehouse.home / "logs" / "pull.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"200 OK for {ANN}\n")
    overwrites = files._overwrite

    def overwrite(file, marks):
        file.unlink()
        overwrites(file, marks)

    monkeypatch.setattr(files, "_overwrite", overwrite)
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 1


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


def test_what_the_next_build_noted_of_a_changed_customer_goes_with_them(postgres, warehouse):
    shop(warehouse)
    publish_nothing(warehouse)
    changed = [line(named(n), {"id": named(n), "note": "new", "customer_key": key_of(warehouse, email)})
               for n, email in (("1", ANN), ("2", BOB))]  # fmt: skip
    load(warehouse, changed, stream="customers")
    with holding_build(warehouse, DAY) as build_id:
        note_touched(warehouse, build_id)
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 1, only(warehouse).waiting_for
    text = everything(postgres, warehouse)
    assert ANN_AT_SHOPIFY not in text
    assert f"(shopify,customers,shop,{named('2')})" in text, "Bob's changes are forgotten, too"


def test_what_a_replay_noted_of_a_customer_goes_with_them(postgres, warehouse):
    shop(warehouse)
    [customers] = lake.manifests(warehouse.lake, "shopify", "shop", "customers")
    with admin(postgres, warehouse.database) as conn:
        conn.execute("DELETE FROM raw.shopify_customers")
    assert replay_manifest(warehouse, customers).new_payloads == 2
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 1, only(warehouse).waiting_for
    assert ANN_AT_SHOPIFY not in everything(postgres, warehouse)


def test_what_a_build_copied_of_the_persons_record_goes_with_the_vendors_id_in_it(postgres, warehouse):
    shop(warehouse)
    key, other = key_of(warehouse, ANN), key_of(warehouse, BOB)
    people = {"customer_id": "text", "customer_key": "text"}
    make(
        warehouse,
        model("stg_shopify__customers", people, ["customer_id"]),
        [(named("1"), key), (named("2"), other)],
    )
    inputs = {"kind": "text", "key": "text", "hash": "text"}
    for table in ("int_inputs__hashed", "int_inputs__used"):
        make(warehouse, model(table, inputs, ["key"]), [("alias", "a", key), ("alias", "b", other)])
    take_request(warehouse, "erasure", ANN)
    assert answer_open(warehouse) == 1, requests(warehouse)[0].waiting_for
    with admin(postgres, warehouse.database) as conn:
        assert conn.execute("SELECT * FROM build.stg_shopify__customers").fetchall() == [(named("2"), other)]
        for table in ("int_inputs__hashed", "int_inputs__used"):
            assert conn.execute(f"SELECT hash FROM build.{table}").fetchall() == [(other,)]
