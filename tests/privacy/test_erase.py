import threading
from datetime import UTC, datetime, timedelta

import pytest

from include import lake
from include.errors import Busy, Stop, Wait
from include.privacy import erase as forgetting
from include.privacy import traces
from include.privacy.erase import erase, erase_store
from include.privacy.requests import answer_open, requests, take_request
from include.privacy.retention import keep
from include.privacy.subjects import Subject
from include.warehouse import load as loading
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.warehouse.load import load_manifest, next_epoch
from tests.conftest import admin
from tests.privacy.helpers import key_of, list_somewhere, person, put
from tests.warehouse.helpers import DAY, beside, line, load, publish_nothing, spool
from tests.warehouse.marts import model, publish_rows

ANN, BOB = "ann.canary@example.com", "bob@example.com"


def everything(postgres, warehouse):
    """Every text in every table outside the catalogue, as one string."""
    with admin(postgres, warehouse.database) as conn:
        tables = conn.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return "".join(
            str(conn.execute(f"SELECT t::text FROM {table} AS t").fetchall()) for (table,) in tables
        )


def orders(warehouse):
    return [
        line(
            "gid://shopify/Order/1", {"id": "gid://shopify/Order/1", "customer_key": key_of(warehouse, ANN)}
        ),
        line(
            "gid://shopify/Order/2",
            {"id": "gid://shopify/Order/2", "customer_key": key_of(warehouse, BOB, "2")},
        ),
        line("gid://shopify/Order/3", {"id": "gid://shopify/Order/3", "customer_key": None}),
    ]


def customers(warehouse):
    people = {"1": ANN, "2": BOB}
    return [
        line(f"gid://shopify/Customer/{n}", {"id": n, "customer_key": key_of(warehouse, email, n)})
        for n, email in people.items()
    ]


def company(warehouse):
    people = [person(warehouse, ANN), person(warehouse, BOB, "2", first_name="Bob", last_name="Stays")]
    load(warehouse, orders(warehouse))
    load(warehouse, customers(warehouse), stream="customers", vault=people)
    dim = model("dim_customer", {"customer_key": "text", "orders": "integer"}, ["customer_key"])
    publish_rows(warehouse, dim, [(key_of(warehouse, ANN), 1), (key_of(warehouse, BOB, "2"), 1)])
    fact = model("fct_orders", {"order_id": "text", "customer_key": "text"}, ["order_id"])
    publish_rows(warehouse, fact, [("1", key_of(warehouse, ANN)), ("2", key_of(warehouse, BOB, "2"))])


def test_an_erased_person_is_nowhere_and_the_orders_stay(postgres, warehouse):
    company(warehouse)
    done = erase(warehouse, f" {ANN.upper()}")
    assert (done.vault_rows, done.lake_extractions) == (1, 2)
    text = everything(postgres, warehouse)
    for trace in (ANN, "Canary", key_of(warehouse, ANN), key_of(warehouse, None)):
        assert trace not in text
    assert key_of(warehouse, BOB, "2") in text
    with connect(warehouse, "reader") as conn:
        assert conn.execute("SELECT order_id, customer_key FROM mart.fct_orders ORDER BY 1").fetchall() == [
            ("1", None),
            ("2", key_of(warehouse, BOB, "2")),
        ]
        assert conn.execute("SELECT count(*) FROM mart.dim_customer").fetchone() == (1,)
    assert lake.manifests(warehouse.lake) == []


def test_a_new_extraction_does_not_bring_the_person_back(postgres, warehouse):
    company(warehouse)
    erase(warehouse, ANN)
    load(warehouse, orders(warehouse))
    load(warehouse, customers(warehouse), stream="customers", vault=[person(warehouse, ANN)])
    text = everything(postgres, warehouse)
    for trace in (ANN, "Canary", key_of(warehouse, ANN)):
        assert trace not in text
    with admin(postgres, warehouse.database) as conn:
        last = "(SELECT max(load_id) FROM raw.load_log WHERE stream = '{}')"
        seen = "SELECT count(*) FROM raw.observation WHERE load_id = "
        assert conn.execute(seen + last.format("orders")).fetchone() == (3,)
        assert conn.execute(seen + last.format("customers")).fetchone() == (1,)


@pytest.mark.parametrize("damaged", ["pages-*", "manifest.json"])
def test_an_extraction_that_cannot_be_read_keeps_nobody_from_being_erased(warehouse, damaged):
    broken, whole = spool(warehouse, orders(warehouse)), spool(warehouse, orders(warehouse)[2:])
    (file,) = beside(broken, damaged)
    file.write_bytes(file.read_bytes()[:-3])
    assert erase(warehouse, ANN).lake_extractions == 1
    assert lake.manifests(warehouse.lake) == [whole]
    assert beside(broken, "*") == []


def test_who_is_erased_while_a_load_commits_does_not_come_in_with_it(postgres, warehouse, monkeypatch):
    load(warehouse, customers(warehouse), stream="customers", vault=[person(warehouse, ANN)])
    erasing, drift = threading.Thread(target=erase, args=(warehouse, ANN)), loading.note_drift

    def erase_meanwhile(*args):
        """When the load has looked for the last time whether somebody was erased; an erasure takes a tenth of this."""
        erasing.start()
        erasing.join(1.0)
        drift(*args)

    monkeypatch.setattr(loading, "note_drift", erase_meanwhile)
    assert load(warehouse, orders(warehouse)).records == 3
    erasing.join()
    assert key_of(warehouse, ANN) not in everything(postgres, warehouse)


def test_an_id_first_told_while_its_person_is_erased_is_remembered_too(postgres, warehouse, monkeypatch):
    load(warehouse, customers(warehouse), stream="customers", vault=[person(warehouse, ANN)])
    newcomer, address = "gid://shopify/Customer/9", "ann.new@example.com"

    def tell_of(email):
        told = {"id": newcomer, "customer_key": key_of(warehouse, email, newcomer)}
        load(
            warehouse, [line(newcomer, told)], stream="customers", vault=[person(warehouse, email, newcomer)]
        )

    def tell_meanwhile(*args):
        """When it has been looked up who this is, and no load is kept out yet."""
        monkeypatch.setattr(forgetting, "mask", mask)
        tell_of(ANN)
        return mask(*args)

    mask = forgetting.mask
    monkeypatch.setattr(forgetting, "mask", tell_meanwhile)
    erase(warehouse, ANN)
    left = lake.manifests(warehouse.lake)
    tell_of(address)
    text = everything(postgres, warehouse)
    assert (left, address in text, newcomer in text) == ([], False, False)


def test_whom_a_store_tells_of_while_it_is_erased_goes_with_it(postgres, warehouse, monkeypatch):
    load(warehouse, customers(warehouse)[:1], stream="customers", vault=[person(warehouse, ANN)])
    hold = forgetting._hold_others

    def tell_meanwhile(conn):
        """When the lake has been read, and no load is kept out yet."""
        load(warehouse, customers(warehouse)[1:], stream="customers", vault=[person(warehouse, BOB, "2")])
        load(warehouse, orders(warehouse))
        hold(conn)

    monkeypatch.setattr(forgetting, "_hold_others", tell_meanwhile)
    request = take_request(
        warehouse, "store_erasure", Subject.checked({"source": "shopify", "account": "shop"})
    )
    answer_open(warehouse)
    with admin(postgres, warehouse.database) as conn:
        proof = conn.execute("SELECT proof FROM pii.request WHERE request_id = %s", [request]).fetchone()[0]
    text = everything(postgres, warehouse)
    assert [trace in text for trace in (ANN, BOB, key_of(warehouse, ANN), key_of(warehouse, BOB, "2"))] == [
        False
    ] * 4
    assert lake.manifests(warehouse.lake) == []
    assert (proof["keys"], proof["lake_extractions"]) == (4, 3)


def test_what_was_read_before_a_store_was_erased_never_comes_in_and_what_is_read_after_it_does(
    postgres, warehouse
):
    asked = next_epoch(warehouse)
    erase_store(warehouse, "shopify", "shop")
    late = {"epoch": asked, "stream": "customers", "vault": [person(warehouse, ANN)]}
    with pytest.raises(Wait, match="shopify shop was erased"):
        load(warehouse, customers(warehouse), **late)
    text = everything(postgres, warehouse)
    assert [trace in text for trace in (ANN, key_of(warehouse, ANN))] == [False] * 2
    assert lake.manifests(warehouse.lake) == [], "the vendor is asked again"
    assert load(warehouse, orders(warehouse), epoch=asked, account="branch").records == 3
    assert load(warehouse, [line("1", {"id": "1"})], epoch=asked, stream="products").records == 1
    assert load(warehouse, customers(warehouse), **late | {"epoch": None}).records == 2
    assert ANN in everything(postgres, warehouse)


def test_erased_orders_are_built_anew(warehouse):
    company(warehouse)
    publish_nothing(warehouse)
    # Only what was erased since the last publication counts; it reaches back an hour to be safe.
    erase(warehouse, ANN)
    with holding_build(warehouse, DAY), connect(warehouse, "transformer") as conn:
        conn.execute("SELECT ops.note_touched()")
        scopes = conn.execute("SELECT scope FROM ops.touched_scope WHERE stream = 'orders'").fetchall()
    assert ("gid://shopify/Order/1",) in scopes
    assert ("gid://shopify/Order/2",) not in scopes


@pytest.mark.parametrize(
    "whom",
    [("erasure", {"email": ANN}), ("store_erasure", {"source": "shopify", "account": "shop"})],
    ids=["person", "store"],
)
def test_an_erasure_waits_for_the_build_that_runs_whose_models_may_still_commit_the_person(
    postgres, warehouse, whom
):
    company(warehouse)
    kind, said = whom
    take_request(warehouse, kind, Subject.checked(said))
    with holding_build(warehouse, DAY):
        assert answer_open(warehouse) == 0
        (left,) = requests(warehouse)
        assert left.waiting_for == "the build that runs to end"
        assert ANN in everything(postgres, warehouse)
    assert answer_open(warehouse) == 1
    assert ANN not in everything(postgres, warehouse)


def test_no_build_begins_while_somebody_is_being_erased(warehouse, monkeypatch):
    company(warehouse)
    tried, out_of_vault = [], traces.out_of_vault

    def build_meanwhile(*args):
        with pytest.raises(Busy), holding_build(warehouse, DAY):
            pass
        tried.append(args)
        return out_of_vault(*args)

    monkeypatch.setattr(traces, "out_of_vault", build_meanwhile)
    erase(warehouse, ANN)
    assert tried
    publish_nothing(warehouse)


def test_members_of_audiences_become_unwanted(warehouse):
    company(warehouse)
    list_somewhere(warehouse, key_of(warehouse, ANN))
    erase(warehouse, ANN)
    with connect(warehouse, "activation") as conn:
        assert conn.execute("SELECT desired, confirmed FROM ops.audience_member").fetchall() == [
            (False, True)
        ]


def test_erasing_twice_and_erasing_a_stranger_are_harmless(warehouse):
    company(warehouse)
    erase(warehouse, ANN)
    assert erase(warehouse, ANN).vault_rows == 0
    assert erase(warehouse, "stranger@example.com").raw_records == 0


def test_what_is_no_address_is_refused(warehouse):
    with pytest.raises(Stop, match="not an e-mail"):
        erase(warehouse, "somebody")


def test_requests_are_answered_and_forget_their_subject(postgres, warehouse):
    company(warehouse)
    take_request(warehouse, "erasure", ANN)
    take_request(warehouse, "opt_out", BOB)
    assert answer_open(warehouse) == 2
    assert answer_open(warehouse) == 0
    text = everything(postgres, warehouse)
    assert ANN not in text
    with admin(postgres, warehouse.database) as conn:
        assert conn.execute(
            "SELECT kind, subject, done_at <= due_at FROM pii.request ORDER BY request_id"
        ).fetchall() == [("erasure", None, True), ("opt_out", None, True)]
        assert conn.execute("SELECT reason FROM pii.suppression ORDER BY 1").fetchall()[-1] == ("opt_out",)


def test_pages_about_people_are_kept_for_two_weeks_and_others_for_ever(warehouse):
    old = datetime.now(UTC) - timedelta(days=15)
    load_manifest(warehouse, spool(warehouse, orders(warehouse), taken_at=old))
    load_manifest(warehouse, spool(warehouse, orders(warehouse), taken_at=datetime.now(UTC)))
    quants = spool(
        warehouse, [line("1", {"id": 1})], source="odoo", stream="stock_quants", kind="snapshot", taken_at=old
    )
    load_manifest(warehouse, quants)
    assert keep(warehouse)["extractions"] == 1
    assert len(lake.manifests(warehouse.lake)) == 2


def test_people_of_whom_no_vendor_dates_anything_leave_the_vault_years_after_they_came(warehouse):
    put(warehouse, person(warehouse, ANN, updated_at=None))
    years = (datetime.now(UTC) + timedelta(days=n * 365) for n in (2, 4))
    assert [keep(warehouse, later)["people"] for later in years] == [0, 1]


def test_people_nobody_has_heard_of_for_years_leave_the_vault(postgres, warehouse):
    company(warehouse)
    gone = keep(warehouse, datetime.now(UTC) + timedelta(days=4 * 365))
    assert gone["people"] == 2
