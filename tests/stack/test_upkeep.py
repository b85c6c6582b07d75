"""What people type at a company that runs: yes, no, a backup and the way back, new secrets. On a server of its own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from include.activation import drafts
from include.activation.ledger import Plan, plan
from include.errors import Stop
from include.privacy.erase import erase, erase_store
from include.privacy.requests import requests, take_request
from include.privacy.suppression import is_suppressed, suppress
from include.stack.backup import check, furnish
from include.stack.environment import AIRFLOW_DATABASE
from include.stack.stack import Stack
from include.warehouse.connect import connect, connect_admin
from tests.activation import house
from tests.privacy.helpers import key_of, person, put
from tests.stack.homes import home_at, let_look, typed
from tests.warehouse.helpers import line, load

ANN, BOB, CARL, DORA, GUEST = (f"{name}@example.com" for name in ("ann", "bob", "carl", "dora", "guest"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with home_at(tmp_path_factory.mktemp("upkeep") / "home") as stack:
        yield stack


def proposed(stack: Stack, key: str, destination: str = "odoo") -> int:
    """An order that waits for a person."""
    lines = [{"product_id": 1, "sku": "COF-1", "quantity": 24.0, "unit_price": 1000.0}]
    with connect(stack.settings, "activation") as conn:
        plan(conn, house.DAY, [Plan(drafts.KIND, key, destination, "propose", {"lines": lines})])
        row = conn.execute("SELECT max(action_id) FROM ops.action").fetchone()
    assert row
    return row[0]


def test_what_waits_for_a_yes_is_listed_and_gets_it(stack: Stack) -> None:
    number = proposed(stack, "a large order")
    assert "make approve" in typed(stack.home.path, "make status")
    listed = typed(stack.home.path, "make approve")
    assert f"{number} " in listed
    assert "order 24 COF-1 for 24,000.00" in listed
    assert "leaves with the next night" in typed(stack.home.path, f"make approve ID={number}")
    assert "Nothing waits for a yes." in typed(stack.home.path, "make approve")
    said = house.rows(stack.settings, "SELECT verdict, said_by FROM ops.action_feedback")
    assert [one["verdict"] for one in said] == ["accepted"]
    assert said[0]["said_by"]


def test_a_yes_to_nothing_is_refused(stack: Stack) -> None:
    with pytest.raises(pytest.fail.Exception, match="does not wait for a yes"):
        typed(stack.home.path, "make approve ID=4711")


def test_a_need_is_silenced_by_the_code_of_its_place(stack: Stack) -> None:
    house.publish(stack.settings)
    house.wish(stack.settings, house.need("COF-1", "CMH1"), house.need("TEA-1", "CMH1"))
    said = typed(stack.home.path, 'make dismiss SKU=COF-1 PLACE=CMH1 WHY="we have plenty"')
    assert "silenced" in said
    typed(stack.home.path, 'make dismiss SKU=TEA-1 PLACE=CMH1 WHY="on its way" UNTIL=2027-01-31')
    found = house.rows(
        stack.settings,
        "SELECT need_key, verdict, reason, until::text FROM ops.action_feedback WHERE need_key IS NOT NULL ORDER BY 1",
    )
    assert [tuple(one.values()) for one in found] == [
        ("COF-1|CMH1", "dismissed", "we have plenty", None),
        ("TEA-1|CMH1", "snoozed", "on its way", "2027-01-31"),
    ]
    with pytest.raises(pytest.fail.Exception, match="it needs something at CMH1"):
        typed(stack.home.path, "make dismiss SKU=COF-1 PLACE=MOON WHY=x")


def backed_up(stack: Stack, to: Path) -> Path:
    said = typed(stack.home.path, f"make backup TO={to}")
    assert "The lake is not in it" in said
    return Path(said.splitlines()[0].removeprefix("Backed up to "))


def occurrences(stack: Stack, words: list[str]) -> set[str]:
    """Tables of the warehouse with any of these words in a row."""
    found = set()
    with connect_admin(stack.settings, stack.settings.database) as conn:
        for schema, name in conn.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall():
            text = sql.SQL("SELECT 1 FROM {} AS t WHERE t::text ILIKE ANY (%s) LIMIT 1")
            table = text.format(sql.Identifier(schema, name))
            if conn.execute(table, [[f"%{word}%" for word in words]]).fetchone():
                found.add(f"{schema}.{name}")
    return found


def test_nobody_erased_comes_back_with_a_backup_though_the_server_was_lost(
    stack: Stack, tmp_path: Path, record_property
) -> None:
    """The drill: a backup, an erasure and an opt-out after it, the server gone with its data, the restore."""
    settings = stack.settings
    put(settings, person(settings, ANN, "1"), person(settings, BOB, "2"))
    put(settings, person(settings, CARL, "3", account="left"), person(settings, DORA, "4", account="stays"))
    ann, bob, guest = (key_of(settings, email, n) for n, email in enumerate((ANN, BOB, GUEST), 1))
    load(settings, [line(f"o{n}", {"id": n, "customer_key": key}) for n, key in enumerate((ann, bob, guest))])
    with psycopg.connect(stack.postgres.dsn(AIRFLOW_DATABASE), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 'a connection' AS what")
    with connect(settings, "loader") as conn:
        epoch = conn.execute("SELECT nextval('ops.epoch')").fetchone()
    place = backed_up(stack, tmp_path)

    for email in (ANN, GUEST):
        erase(settings, email)
    suppress(settings, BOB, "opt_out")
    erase_store(settings, "shopify", "left")
    take_request(settings, "access", DORA, via="inbox", reference="ticket 12")
    asked = requests(settings, open_only=True)
    stack.postgres.remove()
    said = typed(stack.home.path, f"make restore FROM={place}")
    assert "Erased again: 3 people" in said

    stack.postgres.start()
    let_look(stack)
    settings = stack.settings
    assert occurrences(stack, [ANN, ann, guest, CARL]) == set()
    assert occurrences(stack, [DORA]) == {"pii.customer", "pii.request"}
    assert [replace(one, request_id=0) for one in requests(settings, open_only=True)] == [
        replace(one, request_id=0) for one in asked
    ]
    assert {"pii.customer", "raw.shopify_orders"} <= occurrences(stack, [BOB, bob])
    assert is_suppressed(settings, BOB)
    assert is_suppressed(settings, ANN)
    with connect(settings, "loader") as conn:
        assert conn.execute("SELECT nextval('ops.epoch')").fetchone() > (epoch[0] + 1000,)
    with connect(settings, "reader") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT pg_try_advisory_lock(1)")
    airflow = f"postgresql://nightshift_airflow:{settings.secret('airflow_database').decode()}@127.0.0.1"
    with psycopg.connect(f"{airflow}:{stack.postgres.port}/{AIRFLOW_DATABASE}") as conn:
        conn.execute("CREATE TABLE mine ()")
    with psycopg.connect(stack.postgres.dsn(AIRFLOW_DATABASE)) as conn:
        assert conn.execute("SELECT what FROM kept").fetchone() == ("a connection",)
    told = {"figure": "people erased before a restore", "target": "none comes back", "tried": 1}
    record_property("score", json.dumps(told | {"survived": 1, "seed": 0}))


def test_a_restored_home_is_the_same_company_in_another_place(stack: Stack, tmp_path: Path) -> None:
    """Everything was lost, secrets too: the backup brings keys and passwords, private as they were."""
    place = backed_up(stack, tmp_path / "safe")
    assert place.stat().st_mode & 0o077 == 0
    assert [file.name for file in place.iterdir() if file.stat().st_mode & 0o077] == []
    home = tmp_path / "new" / "home"
    furnish(home, place)
    kept, new = (json.loads((folder / "secrets.json").read_text()) for folder in (place, home))
    assert new == {name: value for name, value in kept.items() if name != "admin_dsn"}
    assert (home / "company.json").read_text() == (place / "company.json").read_text()
    assert home.stat().st_mode & 0o077 == 0
    (home / "secrets.json").write_text(json.dumps(new | {"customer_key": "another company's"}))
    with pytest.raises(Stop, match="other keys"):
        furnish(home, place)


def test_a_damaged_backup_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    place = backed_up(stack, tmp_path)
    with connect_admin(stack.settings, stack.settings.database) as conn:
        conn.execute("CREATE TABLE ops.made_since ()")
    with (place / "warehouse.dump").open("r+b") as dump:
        dump.truncate(1000)
    with pytest.raises(pytest.fail.Exception, match="missing or damaged"):
        typed(stack.home.path, f"make restore FROM={place}")
    with connect_admin(stack.settings, stack.settings.database) as conn:
        conn.execute("DROP TABLE ops.made_since")
    with pytest.raises(Stop, match="is no backup"):
        check(tmp_path)


def test_a_new_password_holds_at_once_and_the_old_one_no_more(stack: Stack) -> None:
    before = stack.settings.dsn("reader")
    assert "It holds from now on" in typed(stack.home.path, "make rotate SECRET=reader")
    connect(stack.settings, "reader").close()
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(before)
    assert stack.settings.secrets_file.stat().st_mode & 0o077 == 0


def test_a_new_suppression_key_forgets_nobody(stack: Stack) -> None:
    suppress(stack.settings, "carl@example.com", "complaint")
    assert "is used for new entries" in typed(stack.home.path, "make rotate SECRET=suppression")
    assert is_suppressed(stack.settings, "carl@example.com")


def test_what_cannot_be_replaced_says_why(stack: Stack) -> None:
    for name, why in {
        "customer_key": "strangers of all customers",
        "tea": "there is no secret 'tea'",
    }.items():
        with pytest.raises(pytest.fail.Exception, match=why):
            typed(stack.home.path, f"make rotate SECRET={name}")
