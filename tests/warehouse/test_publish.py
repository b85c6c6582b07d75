from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg import sql

from include.errors import GateFailed, Stop
from include.warehouse import publish as publish_module
from include.warehouse.build import fail, holding_build
from include.warehouse.connect import connect
from include.warehouse.contracts import published_tables
from include.warehouse.nights import published_day
from include.warehouse.parts import parts
from include.warehouse.publish import Counts, publish
from tests.conftest import admin
from tests.warehouse.helpers import DAY
from tests.warehouse.marts import make, manifest, model, publish_models, publish_rows, sales

ROWS = [("a", DAY, 10, None), ("b", DAY, 20, "x"), ("c", DAY, 30, "y")]


def read(warehouse, query):
    with connect(warehouse, "reader") as conn:
        return conn.execute(query).fetchall()


def test_a_first_publication_makes_the_table_and_fills_it(warehouse):
    publication = publish_rows(warehouse, sales(), ROWS)
    assert publication.tables == {"mart.mart_daily_sales": Counts(3, 3, 0, 0)}
    assert read(
        warehouse, "SELECT store_id, net_sales_amount, note FROM mart.mart_daily_sales ORDER BY 1"
    ) == [
        ("a", Decimal(10), None),
        ("b", Decimal(20), "x"),
        ("c", Decimal(30), "y"),
    ]


def test_only_what_differs_is_written(warehouse):
    publish_rows(warehouse, sales(), ROWS)
    before = read(warehouse, "SELECT store_id, xmin FROM mart.mart_daily_sales")
    changed = [("a", DAY, 10, None), ("b", DAY, 21, "x"), ("d", DAY, 40, None)]
    publication = publish_rows(warehouse, sales(), changed)
    assert publication.tables["mart.mart_daily_sales"] == Counts(3, 1, 1, 1)
    after = dict(read(warehouse, "SELECT store_id, xmin FROM mart.mart_daily_sales"))
    assert after["a"] == dict(before)["a"], "an unchanged row was written again"
    assert set(after) == {"a", "b", "d"}


def test_where_the_touched_are_listed_only_they_are_compared(warehouse):
    """Listed twice over: by store, and by day and store. What neither names is left as it was published."""
    node = sales(touched=["touched_stores", "touched_days"])
    publish_rows(warehouse, sales(), ROWS)
    stores = model("touched_stores", {"store_id": "text"}, ["store_id"])
    days = model("touched_days", {"store_id": "text", "business_date": "date"}, ["store_id", "business_date"])
    make(warehouse, stores, [("b",), ("new",)])
    make(warehouse, days, [("c", DAY), ("a", DAY - timedelta(days=1))])
    publication = publish_rows(
        warehouse, node, [("a", DAY, 11, None), ("b", DAY, 21, "x"), ("new", DAY, 5, None)]
    )
    assert publication.tables["mart.mart_daily_sales"] == Counts(3, 1, 1, 1)
    told = dict(read(warehouse, "SELECT store_id, net_sales_amount FROM mart.mart_daily_sales"))
    assert told == {"a": 10, "b": 21, "new": 5}


def test_a_full_refresh_compares_all_rows_whatever_was_touched(warehouse):
    node = sales(touched="touched_stores")
    publish_rows(warehouse, sales(), ROWS)
    make(warehouse, model("touched_stores", {"store_id": "text"}, ["store_id"]), [("b",)])
    make(warehouse, node, [("a", DAY, 11, None), ("b", DAY, 21, "x"), ("c", DAY, 30, "y")])
    with holding_build(warehouse, DAY, full_refresh=True) as build_id:
        publication = publish(warehouse, build_id, manifest(node))
    assert publication.tables["mart.mart_daily_sales"] == Counts(3, 0, 2, 0)


def test_a_publication_is_recorded_with_its_counts(warehouse):
    publication = publish_rows(warehouse, sales(), ROWS)
    assert read(warehouse, "SELECT build_id, as_of_day, tables FROM mart._publication") == [
        (
            publication.build_id,
            DAY,
            {"mart.mart_daily_sales": {"rows": 3, "added": 3, "changed": 0, "removed": 0}},
        )
    ]
    assert published_day(warehouse) == DAY


def test_null_against_value_is_a_difference_and_null_against_null_is_not(warehouse):
    publish_rows(warehouse, sales(), ROWS)
    assert publish_rows(warehouse, sales(), ROWS).tables["mart.mart_daily_sales"].changed == 0
    filled = [("a", DAY, 10, "now"), *ROWS[1:]]
    assert publish_rows(warehouse, sales(), filled).tables["mart.mart_daily_sales"].changed == 1


def test_an_emptied_model_empties_its_mart(warehouse):
    publish_rows(warehouse, sales(), ROWS)
    assert publish_rows(warehouse, sales(), []).tables["mart.mart_daily_sales"] == Counts(0, 0, 0, 3)


FORECAST = model(
    "fct_demand_forecast",
    {"sku": "text", "as_of_day": "date", "yhat": "double precision"},
    ["sku", "as_of_day"],
    history="append",
    by="as_of_day",
    keep_days=7,
)


def test_a_history_keeps_what_was_known_on_other_days(warehouse):
    for n in range(3):
        day = DAY + timedelta(days=n)
        publish_rows(warehouse, FORECAST, [("s", day, float(n)), ("s", DAY - timedelta(days=30), 9.0)], day)
    assert read(warehouse, "SELECT as_of_day, yhat FROM mart.fct_demand_forecast ORDER BY 1") == [
        (DAY + timedelta(days=n), float(n)) for n in range(3)
    ]


def test_the_same_day_again_replaces_only_its_own_rows(warehouse):
    publish_rows(warehouse, FORECAST, [("s", DAY - timedelta(days=1), 1.0)], DAY - timedelta(days=1))
    publish_rows(warehouse, FORECAST, [("s", DAY, 2.0), ("t", DAY, 2.0)], DAY)
    publication = publish_rows(warehouse, FORECAST, [("s", DAY, 3.0)], DAY)
    assert publication.tables["mart.fct_demand_forecast"] == Counts(2, 0, 1, 1)
    assert read(warehouse, "SELECT yhat FROM mart.fct_demand_forecast ORDER BY as_of_day") == [(1.0,), (3.0,)]


def test_a_history_forgets_days_older_than_it_keeps(warehouse):
    for n in range(10):
        day = DAY + timedelta(days=n)
        publish_rows(warehouse, FORECAST, [("s", day, 1.0)], day)
    days = read(warehouse, "SELECT as_of_day FROM mart.fct_demand_forecast ORDER BY 1")
    assert days == [(DAY + timedelta(days=n),) for n in range(3, 10)]


def test_a_new_column_is_added_and_an_old_one_stays(warehouse):
    publish_rows(warehouse, sales(not_null=["note"]), [("a", DAY, 10, "x")])
    wider = sales(more={"orders": "bigint"})
    del wider["columns"]["note"]
    publish_rows(warehouse, wider, [("a", DAY, 10, 4), ("b", DAY, 20, 5)])
    assert read(warehouse, "SELECT store_id, note, orders FROM mart.mart_daily_sales ORDER BY 1") == [
        ("a", "x", 4),
        ("b", None, 5),
    ]


def test_another_type_is_a_breaking_change(warehouse):
    publish_rows(warehouse, sales(), ROWS)
    with pytest.raises(Stop, match=r"mart_daily_sales.note is text and its contract now says integer.*_v2"):
        publish_rows(warehouse, sales(more={"note": "integer"}), [])
    assert len(read(warehouse, "SELECT * FROM mart.mart_daily_sales")) == 3


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        (model("m", {"a": "text"}, []), "it has no key"),
        (model("m", {"a": "text"}, ["b"]), "'b' is not a column"),
        (model("m", {"a": ""}, ["a"]), "column a has no data_type"),
        (model("m", {"a": "text"}, ["a"], schema="raw"), "schema 'raw'"),
        (model("m", {"a": "text"}, ["a"], history="append"), "must be part of its key"),
        (model("m", {"a": "text"}, ["a"], history="sometimes"), "neither replace nor append"),
    ],
)
def test_an_unfit_contract_is_refused_by_name(warehouse, node, fault):
    with holding_build(warehouse, DAY) as build_id, pytest.raises(Stop, match=fault):
        publish(warehouse, build_id, manifest(node))


def test_days_behind_what_they_are_days_of_have_an_index(postgres, warehouse):
    publish_rows(warehouse, sales(), ROWS)
    with psycopg.connect(postgres.dsn(warehouse.database), autocommit=True) as conn:
        conn.execute(
            "DROP INDEX mart.mart_daily_sales_business_date"
        )  # as one that was published before had none
        publish_rows(warehouse, sales(), ROWS)
        conn.execute("SET enable_seqscan = off")
        plan = conn.execute(
            "EXPLAIN SELECT FROM mart.mart_daily_sales WHERE business_date > '2026-01-01'"
        ).fetchall()
    assert "mart_daily_sales_business_date" in str(plan)


def test_what_was_touched_is_looked_up_among_all_that_was_published(warehouse):
    notes = model("touched_notes", {"note": "text"}, ["note"])
    make(warehouse, notes, [("n7",)])
    publish_rows(
        warehouse,
        sales(),
        f"SELECT 's' || n, date '{DAY}', n, 'n' || n FROM generate_series(1, 9000) AS n",
    )
    node = sales(touched="touched_notes")
    assert publish_rows(warehouse, node, [("s7", DAY, 8, "n7")]).tables["mart.mart_daily_sales"].changed == 1
    (table,) = published_tables(manifest(node))
    with connect(warehouse, "publisher") as conn:
        ((condition, _),) = parts(conn, table, DAY, anew=False)
        plan = conn.execute(
            sql.SQL("EXPLAIN SELECT FROM {} WHERE {}").format(table.target, condition)
        ).fetchall()
    assert "Seq Scan on mart_daily_sales" not in str(plan)


def test_comments_follow_the_docs(postgres, warehouse):
    publish_rows(warehouse, sales(), ROWS)
    publish_rows(warehouse, sales(description="What was sold, day by day"), ROWS)
    with admin(postgres, warehouse.database) as conn:
        table = "'mart.mart_daily_sales'::regclass"
        assert conn.execute(f"SELECT obj_description({table}), col_description({table}, 1)").fetchone() == (
            "What was sold, day by day",
            "The store_id",
        )


def test_keys_are_database_constraints(warehouse):
    with pytest.raises(GateFailed, match=r"mart\.mart_daily_sales was not published: duplicate key"):
        publish_rows(warehouse, sales(), [ROWS[0], ROWS[0]])
    with pytest.raises(GateFailed, match='null value in column "store_id"'):
        publish_rows(warehouse, sales(), [(None, DAY, 1, None)])


def test_grants_and_views_survive_publications(postgres, warehouse):
    publish_rows(warehouse, sales(), ROWS)
    with admin(postgres, warehouse.database) as conn:
        conn.execute(
            "CREATE VIEW public.by_hand AS SELECT sum(net_sales_amount) AS total FROM mart.mart_daily_sales"
        )
    publish_rows(warehouse, sales(), ROWS[:1])
    with admin(postgres, warehouse.database) as conn:
        assert conn.execute("SELECT total FROM public.by_hand").fetchone() == (10,)
    assert len(read(warehouse, "SELECT * FROM mart.mart_daily_sales")) == 1


def test_activation_reads_act_and_readers_do_not(warehouse):
    need = model("act_restock_order", {"need_key": "text"}, ["need_key"], schema="act")
    publish_rows(warehouse, need, [("sku|CMH1",)])
    with connect(warehouse, "activation") as conn:
        assert conn.execute("SELECT need_key FROM act.act_restock_order").fetchall() == [("sku|CMH1",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(warehouse, "SELECT * FROM act.act_restock_order")


def test_freshness_says_when_it_was_published(warehouse):
    fresh = model(
        "freshness",
        {"mart_name": "text", "published_at": "timestamptz", "is_stale": "boolean"},
        ["mart_name"],
    )
    publication = publish_rows(warehouse, fresh, [("mart_daily_sales", None, False)])
    assert read(warehouse, "SELECT published_at FROM mart.freshness") == [(publication.published_at,)]


def test_one_bad_table_stops_them_all(warehouse):
    publish_rows(warehouse, sales(), ROWS)
    other = model("zz_other", {"a": "text"}, ["a"])
    make(warehouse, sales(), [("a", DAY, 99, None)])
    make(warehouse, other, [("same",), ("same",)])
    with pytest.raises(GateFailed):
        publish_models(warehouse, [sales(), other])
    assert ("a", Decimal(10)) in read(
        warehouse, "SELECT store_id, net_sales_amount FROM mart.mart_daily_sales"
    )
    assert len(read(warehouse, "SELECT * FROM mart._publication")) == 1


def test_a_build_that_was_taken_over_publishes_nothing(warehouse):
    make(warehouse, sales(), ROWS)
    with holding_build(warehouse, DAY) as build_id:
        fail(warehouse, build_id, "taken over")
        with pytest.raises(Stop, match="is not running"):
            publish(warehouse, build_id, manifest(sales()))
    assert read(warehouse, "SELECT * FROM mart._publication") == []


def test_a_dead_publication_leaves_yesterday(postgres, warehouse, monkeypatch):
    publish_rows(warehouse, sales(), ROWS)
    make(warehouse, sales(), [("z", DAY, 1, None)])
    monkeypatch.setattr(publish_module, "_record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        publish_models(warehouse, [sales()])
    assert len(read(warehouse, "SELECT * FROM mart.mart_daily_sales")) == 3
    monkeypatch.undo()
    assert publish_models(warehouse, [sales()]).tables["mart.mart_daily_sales"].rows == 1


def test_publishing_waits_for_a_reader_in_the_way_of_a_new_column(warehouse, monkeypatch):
    """Adding a column needs the table for a moment; a long read gets its time and then it happens."""
    publish_rows(warehouse, sales(), ROWS)
    monkeypatch.setattr(publish_module, "LOCK_TIMEOUT", "100ms")
    reader = connect(warehouse, "reader")
    reader.execute("SELECT * FROM mart.mart_daily_sales")
    pauses = []
    monkeypatch.setattr(publish_module.time, "sleep", lambda s: (pauses.append(s), reader.rollback()))
    publish_rows(warehouse, sales(more={"orders": "bigint"}), [("a", DAY, 1, None, 2)])
    reader.close()
    assert len(pauses) == 1
    assert read(warehouse, "SELECT orders FROM mart.mart_daily_sales") == [(2,)]


def test_the_day_of_a_publication_is_its_builds(warehouse):
    assert publish_rows(warehouse, sales(), ROWS, date(2026, 1, 1)).as_of_day == date(2026, 1, 1)
