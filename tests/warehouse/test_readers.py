"""What BI tools see while nights are published under them: yesterday or today, whole, in every way of reading."""

import json
import statistics
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from include.stack.runas import wheel_programs
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


def pg_dump(conn):
    """A dump of both tables by the program itself, as a backup or a migration reads them."""
    where = conn.info
    tables = ("--table=mart.left_mart", "--table=mart.right_mart")
    while True:
        done = subprocess.run(
            [PROGRAMS / "pg_dump", "--data-only", *tables, "-h", where.host, "-p", str(where.port), "-U", where.user, where.dbname],
            env={"PGPASSWORD": where.password, "PGTZ": "UTC"}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found, nights = {}, []
        for line in done.stdout.splitlines():
            if line.startswith("COPY "):
                nights = found[line.split()[1]] = []
            elif line[:1].isdigit():
                nights.append(int(line.split("\t")[1]))
        yield tuple(
            (min(nights), max(nights), len(nights)) if nights else (None, None, 0)
            for nights in (found["mart.left_mart"], found["mart.right_mart"])
        )


PROGRAMS = wheel_programs()
KINDS = [autocommit, repeatable_read, prepared, cursor, view, pg_dump]


@contextmanager
def reading(settings, kind, seen, errors, stop, seconds=None):
    """Read in a thread of its own until the block ends; how long each read took goes to `seconds`."""

    def run():
        try:
            with connect(settings, "reader") as conn:
                began = time.monotonic()
                for left, right in kind(conn):
                    if seconds is not None:
                        seconds.append(time.monotonic() - began)
                    seen.append(verdict(tuple(left), tuple(right)))
                    began = time.monotonic()
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


def with_a_view(postgres, warehouse):
    with admin(postgres, warehouse.database) as conn:
        columns = "a.min AS a1, a.max AS a2, a.count AS a3, b.min AS b1, b.max AS b2, b.count AS b3"
        conn.execute(f"CREATE SCHEMA bi; CREATE VIEW bi.overview AS {BOTH.replace('a.*, b.*', columns)}")
        conn.execute(
            "GRANT USAGE ON SCHEMA bi TO nightshift_reader; GRANT SELECT ON bi.overview TO nightshift_reader"
        )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_reader_never_sees_an_empty_half_or_mixed_night(postgres, warehouse, kind):
    publish_night(warehouse, 1)
    with_a_view(postgres, warehouse)
    seen, errors, stop = [], [], threading.Event()
    with reading(warehouse, kind, seen, errors, stop):
        for night in range(2, NIGHTS):
            publish_night(warehouse, night)
    assert errors == []
    assert len(seen) >= (3 if kind is pg_dump else 20)
    assert {bad for bad in seen if bad} == set()


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_six_kinds_of_readers_at_once_see_fifty_nights_whole(postgres, warehouse, record_property):
    """Nights are published until there were 50 of them and 10,000 reads."""
    publish_night(warehouse, 1)
    with_a_view(postgres, warehouse)
    seen, errors, quiet, busy = [], [], [], []
    with ExitStack() as readers:
        stop = threading.Event()
        readers.enter_context(reading(warehouse, autocommit, seen, errors, stop, quiet))
        time.sleep(5)
    with ExitStack() as readers:
        stop = threading.Event()
        for kind in KINDS:
            readers.enter_context(
                reading(warehouse, kind, seen, errors, stop, busy if kind is autocommit else None)
            )
        night = 2
        while (night <= 51 or len(seen) < 10_000) and not errors:
            publish_night(warehouse, night)
            night += 1
    wrong = [bad for bad in seen if bad] + errors
    record_property(
        "score",
        json.dumps({
            "figure": "Reads of six kinds while nights are published: none empty, mixed or failed",
            "target": "10,000 of 10,000, 50 nights", "tried": len(seen) + len(errors),
            "survived": len(seen) + len(errors) - len(wrong), "seed": "none",
        }),
    )  # fmt: skip
    slowest = [statistics.quantiles(taken, n=100)[98] for taken in (quiet, busy)]
    record_property(
        "tried",
        f"{len(seen)} reads of six kinds at once while {night - 1} nights were published. Of the autocommit reader's reads"
        f" 99 of 100 took at most {slowest[0] * 1000:.0f} ms alone and {slowest[1] * 1000:.0f} ms beside the five others"
        " and the builder, on the same processors.",
    )
    assert wrong == []
