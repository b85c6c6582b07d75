"""What BI tools see while nights are published under them: yesterday or today, whole, in every way of reading."""

import threading
from contextlib import contextmanager

import pytest

from include.warehouse.connect import connect
from tests.conftest import admin
from tests.warehouse.marts import make, model, publish_models

ROWS = 2000
NIGHTS = 12
LEFT = model("left_mart", {"id": "integer", "night": "integer"}, ["id"])
RIGHT = model("right_mart", {"id": "integer", "night": "integer"}, ["id"])
WHOLE = "SELECT min(night), max(night), count(*) FROM"
BOTH = f"SELECT a.*, b.* FROM ({WHOLE} mart.left_mart) AS a, ({WHOLE} mart.right_mart) AS b"


def publish_night(settings, night):
    # Every third night some rows vanish, so deletes are raced as well.
    rows = ROWS - 100 if night % 3 == 0 else ROWS
    for node in (LEFT, RIGHT):
        make(settings, node, f"SELECT n, {night} FROM generate_series(1, {rows}) AS n")
    publish_models(settings, [LEFT, RIGHT])


def verdict(left, right):
    """'' when both marts are whole and of one night."""
    night = left[0]
    expected = ROWS - 100 if night is not None and night % 3 == 0 else ROWS
    if night is None or right[0] is None:
        return "empty"
    return "" if left == right == (night, night, expected) else f"mixed: {left} {right}"


def autocommit(conn):
    conn.autocommit = True
    while True:
        row = conn.execute(BOTH).fetchone()
        yield row[:3], row[3:]


def repeatable_read(conn):
    while True:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        left = conn.execute(f"{WHOLE} mart.left_mart").fetchone()
        right = conn.execute(f"{WHOLE} mart.right_mart").fetchone()
        conn.commit()
        yield left, right


def prepared(conn):
    conn.autocommit = True
    conn.execute(f"PREPARE both_marts AS {BOTH}")
    while True:
        row = conn.execute("EXECUTE both_marts").fetchone()
        yield row[:3], row[3:]


def cursor(conn):
    while True:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = []
        for table in ("left_mart", "right_mart"):
            with conn.cursor(name="slowly") as slowly:
                slowly.itersize = 300
                nights = [night for (night,) in slowly.execute(f"SELECT night FROM mart.{table}")]
            found.append((min(nights), max(nights), len(nights)) if nights else (None, None, 0))
        conn.commit()
        yield tuple(found)


def view(conn):
    conn.autocommit = True
    while True:
        row = conn.execute("SELECT * FROM bi.overview").fetchone()
        yield row[:3], row[3:]


@contextmanager
def reading(settings, kind, seen, errors, stop):
    def run():
        try:
            with connect(settings, "reader") as conn:
                for left, right in kind(conn):
                    seen.append(verdict(tuple(left), tuple(right)))
                    if stop.is_set():
                        return
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    "kind", [autocommit, repeatable_read, prepared, cursor, view], ids=lambda kind: kind.__name__
)
def test_a_reader_never_sees_an_empty_half_or_mixed_night(postgres, warehouse, kind):
    publish_night(warehouse, 1)
    with admin(postgres, warehouse.database) as conn:
        columns = "a.min AS a1, a.max AS a2, a.count AS a3, b.min AS b1, b.max AS b2, b.count AS b3"
        conn.execute(f"CREATE SCHEMA bi; CREATE VIEW bi.overview AS {BOTH.replace('a.*, b.*', columns)}")
        conn.execute(
            "GRANT USAGE ON SCHEMA bi TO nightshift_reader; GRANT SELECT ON bi.overview TO nightshift_reader"
        )
    seen, errors, stop = [], [], threading.Event()
    with reading(warehouse, kind, seen, errors, stop):
        for night in range(2, NIGHTS):
            publish_night(warehouse, night)
    assert errors == []
    assert len(seen) >= 20
    assert {bad for bad in seen if bad} == set()
