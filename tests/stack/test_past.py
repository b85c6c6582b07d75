"""What is foretold before a backfill or a full refresh starts, and whose run is followed."""

import io
from datetime import date
from types import SimpleNamespace

import pytest
from rich.console import Console

from include.backfill.plan import Wish
from include.stack import building, past, refresh
from include.stack.airflow_api import Run
from include.stack.environment import AIRFLOW_DATABASE
from include.warehouse.connect import connect_admin
from tests.conftest import admin
from tests.warehouse.helpers import DAY, a_load, call_published, holding_build

WISH = Wish(("odoo", "ups"), date(2026, 1, 1), date(2026, 1, 31))


@pytest.fixture
def airflow_database(postgres):
    """Airflow's database as it is before Airflow was ever started: without tables."""
    with admin(postgres) as conn:
        conn.execute(f"CREATE DATABASE {AIRFLOW_DATABASE}")
        yield
        conn.execute(f"DROP DATABASE {AIRFLOW_DATABASE} WITH (FORCE)")


def test_a_dry_run_needs_nothing_but_postgres(warehouse, postgres, airflow_database):
    env = {"AIRFLOW_CONN_NIGHTSHIFT_ODOO": "generic://", "AIRFLOW_CONN_NIGHTSHIFT_ODOO_2": "generic://"}
    stack = SimpleNamespace(settings=warehouse, postgres=postgres, env=env)
    console = Console(width=200, file=io.StringIO())
    assert past.foretell_backfill(stack, console, WISH) == 0
    said = console.file.getvalue()
    assert "odoo.stock_moves nightshift_odoo " in said
    assert "odoo.stock_moves nightshift_odoo_2 " in said
    assert "together 12 windows" in said
    assert "refused  odoo.stock_quants" in said
    assert "left out ups: it is not connected" in said
    with connect_admin(warehouse, warehouse.database) as conn:
        assert conn.execute("SELECT count(*) FROM ops.backfill").fetchone() == (0,)


def test_accounts_bear_the_names_under_which_they_landed(warehouse, postgres, airflow_database):
    a_load(warehouse)
    env = {"AIRFLOW_CONN_NIGHTSHIFT_SHOPIFY": "generic://"}
    stack = SimpleNamespace(settings=warehouse, postgres=postgres, env=env)
    assert past._accounts(stack) == {"shopify": ["shop"]}


def test_a_run_of_the_same_wish_that_was_cut_short_is_followed_and_another_is_not():
    mine, other = (Run("backfill", name, "running", None) for name in ("mine", "other"))
    told = [(other, {"first_day": "2026-01-01"}), (mine, {"first_day": "2026-02-01"})]
    api = SimpleNamespace(dag_ids=lambda: {"backfill"}, under_way=lambda dag_id: told)
    assert past._taken_up(SimpleNamespace(api=api), {"first_day": "2026-02-01"}) == mine
    assert past._taken_up(SimpleNamespace(api=api), {"first_day": "2026-03-01"}) is None


def test_a_full_refresh_is_foretold_by_what_the_last_one_took(warehouse):
    a_load(warehouse)
    assert refresh.foretell(warehouse).seconds is None
    with holding_build(warehouse, DAY, full_refresh=True) as build_id:
        call_published(warehouse, build_id)
    with connect_admin(warehouse, warehouse.database) as conn:
        conn.execute("UPDATE ops.build SET ended_at = started_at + interval '2 minutes'")
    a_load(warehouse, day=date(2026, 11, 21))
    foretold = refresh.foretell(warehouse)
    assert foretold.versions == {"shopify.orders": 6}
    assert foretold.seconds == pytest.approx(240), "twice the versions, twice the time"
    assert "about 4.0 min, from the last full build with 3 versions" in foretold.lines()[-1]


def test_how_far_a_build_is_stands_in_dbts_log(tmp_path):
    log = tmp_path / "dbt.log"
    assert building._done(log, since=0.0) == "checking what came in"
    log.write_text("16:22:09  1 of 389 START sql view model build.base_x\n")
    assert building._done(log, since=0.0) == "building"
    with log.open("a") as file:
        file.write("16:22:10  12 of 389 OK created sql table model build.stg_x .. [SELECT 3 in 0.1s]\n")
    assert building._done(log, since=0.0) == "12 of 389 models and tests"
    assert building._done(log, since=log.stat().st_mtime + 1) == "checking what came in", "an earlier build's"
    with log.open("a") as file:
        file.write(
            "16:22:11  389 of 389 OK created sql table model build.mart_x\n16:30:00  Running with dbt=1.11.0\n"
        )
    assert building._done(log, since=0.0) == "building", "the nodes before are those of an earlier one"
