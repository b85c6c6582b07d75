"""Who may do what: every cell of the matrix is tried on the real server."""

import psycopg
import pytest

from include.settings import ROLES
from include.warehouse.connect import connect
from tests.conftest import admin
from tests.warehouse.helpers import line, load
from tests.warehouse.marts import model, publish_rows

# What is tried → the roles for which it works.
MATRIX = {
    "SELECT payload FROM raw.shopify_orders": {"owner", "loader", "transformer", "publisher", "privacy"},
    "INSERT INTO raw.shopify_orders VALUES ('a', 's', '\\x00', '{}', 1)": {"owner", "loader"},
    "UPDATE raw.shopify_orders SET row_count = 2": {"owner", "privacy"},
    "DELETE FROM raw.shopify_orders": {"owner", "privacy"},
    "UPDATE raw.load_log SET status = 'held'": {"owner", "loader", "privacy"},
    "UPDATE raw.load_log SET epoch = 1": {"owner", "privacy"},
    "CREATE TABLE raw.mine (a int)": {"owner"},
    "SELECT email FROM pii.customer": {"owner", "privacy"},
    "SELECT * FROM pii.contacts('{}', 'ads')": {"owner", "activation"},
    "SELECT pii.load_vault('[]')": {"owner", "loader"},
    "INSERT INTO pii.suppression VALUES ('\\x00', 1, 'opt_out')": {"owner", "privacy"},
    "UPDATE pii.consent SET granted = true": {"owner"},
    "SELECT * FROM build.mart_seen": {"transformer", "publisher", "privacy"},
    "CREATE TABLE build.mine (a int)": {"transformer"},
    "DROP TABLE build.mart_seen": {"transformer"},
    "SELECT * FROM mart.mart_seen": {"publisher", "reader", "activation", "privacy"},
    "SELECT * FROM mart._publication": {"publisher", "reader", "activation", "privacy"},
    "DELETE FROM mart.mart_seen": {"publisher", "privacy"},
    "DROP TABLE mart.mart_seen": {"publisher"},
    "CREATE TABLE mart.mine (a int)": {"publisher"},
    "SELECT * FROM act.act_seen": {"publisher", "activation", "privacy"},
    "SELECT * FROM ops.stream_day": {"owner", "loader", "transformer", "publisher", "activation", "privacy"},
    "INSERT INTO ops.build (as_of_day, as_of_end) VALUES ('2026-01-01', now())": {"owner", "publisher"},
    "INSERT INTO ops.restock_cycle (need_key, opened_on, state) VALUES ('n', '2026-01-01', 'open')": {
        "owner", "activation",
    },
    "SELECT payload FROM ops.action": {"owner", "transformer", "activation", "privacy"},
    "SELECT * FROM ops.audience_exposure": {"owner", "transformer", "activation", "privacy"},
    "SELECT handle FROM pii.audience_handle": {"owner", "activation", "privacy"},
    "INSERT INTO ops.audit (action) VALUES ('x')": {"owner", "loader", "publisher", "activation", "privacy"},
    "UPDATE ops.audit SET action = 'y'": set(),
    "DELETE FROM ops.audit": set(),
    "SELECT nextval('ops.epoch')": {"owner", "loader"},
    "CREATE TABLE public.mine (a int)": set(),
    "CREATE SCHEMA mine": set(),
    "CREATE TEMP TABLE mine (a int)": {"owner", "loader", "transformer", "publisher", "privacy"},
    "CREATE ROLE mine": set(),
    "COPY (SELECT 1) TO PROGRAM 'cat'": set(),
    "SELECT rolpassword FROM pg_authid": set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def furnished(module_warehouse):
    """Something in every schema."""
    load(module_warehouse, [line("one", {"id": 1})])
    publish_rows(module_warehouse, model("mart_seen", {"a": "text"}, ["a"]), [("x",)])
    publish_rows(module_warehouse, model("act_seen", {"a": "text"}, ["a"], schema="act"), [("x",)])
    return module_warehouse


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_do_its_own_work_and_nothing_else(furnished, role):
    wrong = []
    with connect(furnished, role) as conn:
        for statement, allowed in MATRIX.items():
            works = _works(conn, statement)
            if works != (role in allowed):
                wrong.append(f"{role} {'may' if works else 'may not'}: {statement}")
    assert wrong == []


def _works(conn, statement):
    try:
        conn.execute(statement)
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ReadOnlySqlTransaction,
        psycopg.errors.RaiseException,
    ):
        return False
    finally:
        conn.rollback()
    return True


def test_nobody_else_enters_the_warehouse(postgres, furnished):
    with admin(postgres) as conn:
        conn.execute("DROP ROLE IF EXISTS stranger")
        conn.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    dsn = f"postgresql://stranger:stranger@127.0.0.1:{postgres.port}/{furnished.database}"
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(dsn)


def test_roles_cannot_become_each_other(furnished):
    for role in ROLES:
        with connect(furnished, role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SET ROLE nightshift_owner" if role != "owner" else "SET ROLE nightshift_privacy")


@pytest.mark.parametrize(
    ("role", "setting", "value"),
    [
        ("loader", "statement_timeout", "15min"),
        ("publisher", "lock_timeout", "3s"),
        ("reader", "statement_timeout", "1min"),
        ("reader", "idle_in_transaction_session_timeout", "1min"),
        ("reader", "default_transaction_read_only", "on"),
        ("loader", "client_connection_check_interval", "500ms"),
    ],
)
def test_a_role_has_its_limits(furnished, role, setting, value):
    with connect(furnished, role) as conn:
        assert conn.execute(f"SHOW {setting}").fetchone() == (value,)


def test_secrets_are_for_their_owner_only(furnished):
    assert furnished.secrets_file.stat().st_mode & 0o077 == 0
