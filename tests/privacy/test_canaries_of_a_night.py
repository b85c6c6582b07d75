"""The long form of `test_canaries.py`: a whole night under Airflow, an erasure by housekeeping, and a search of everything.

The vendors are the sandbox's with canaries planted, connected as a person connects real ones: by Airflow Connections.
"""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import asdict

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from rich.console import Console

from include.privacy import files, inbox, search
from include.privacy.marks import Marks
from include.privacy.requests import requests
from include.sandbox.control import connections as face_connections
from include.sandbox.faces import FACES, Limits
from include.sandbox.server import open_sandbox, serving
from include.sandbox.world import WorldConfig, build
from include.stack.airflow import ACTIONS
from include.stack.company import Wish
from include.stack.display import Display
from include.stack.environment import AIRFLOW_DATABASE
from include.stack.night import BUILD, Night
from include.stack.running import command_lines
from include.stack.sandbox import connections
from include.stack.stack import Stack
from tests.privacy.canaries import Canaries, canaries_of, planted
from tests.privacy.test_canaries import FIGURE

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]

WORLD = WorldConfig(history_days=30, assortment=40, household_share=0.04)
OWN_PLACES = ("secrets.json", "postgres.json", "passwords.json")
"""Files of the home that are the place of secrets; mode 0600."""


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Iterator[tuple[Stack, Canaries]]:
    """A home whose night has run, and which is still up."""
    world = build(WORLD)
    home = tmp_path_factory.mktemp("canaries") / "home"
    stack = Stack(Wish(base=home, history_days=WORLD.history_days, sandbox=False))
    sandbox = open_sandbox(world, tmp_path_factory.mktemp("vendors"), None, Limits(scale=1000))
    canaries = Canaries()
    with planted(canaries), serving(sandbox) as running:
        try:
            stack.start()
            told = canaries_of(world, stack.settings)
            canaries.people, canaries.secrets = told.people, told.secrets
            places = [asdict(each) for each in face_connections(sandbox, FACES)]
            stack.api.put_connections(connections(running.url, running.smtp_port or 0, places))
            sources = stack.connected_sources()
            steps = [*(f"pull_{source}" for source in sources), BUILD, *ACTIONS]
            with Display(steps, Console(file=io.StringIO())) as display:
                outcome = Night(stack, display).run(sources)
            assert outcome.well, outcome.failures
            yield stack, canaries
        finally:
            stack.stop()
            stack.postgres.remove()


def found_in(stack: Stack, values: list[str]) -> dict[str, list[str]]:
    """Place → what was found there of the values."""
    marks, told = Marks.of(values), {}
    for name in (stack.settings.database, AIRFLOW_DATABASE):
        with psycopg.connect(make_conninfo(stack.postgres.admin_dsn, dbname=name)) as conn:
            rows, tables, closed = search.database(conn, marks)
        assert (tables > 40, closed) == (True, [])
        told[name] = [str(each) for each in rows]
    in_files, looked = files.search(stack.settings, marks)
    assert looked > 200
    told["files"] = [each.place for each in in_files]
    told["command lines"] = [line.decode() for _, line in command_lines() if marks.are_in(line)]
    told["the server's log"] = [
        line for line in stack.postgres.log_tail(100_000).splitlines() if marks.are_in(line.encode())
    ]
    return told


def test_no_canary_of_a_night_is_outside_its_place(night, record_property):
    stack, canaries = night
    for secret_file in OWN_PLACES:
        for file in stack.home.path.rglob(secret_file):
            assert file.stat().st_mode & 0o077 == 0, file
    personal = found_in(stack, [*canaries.people, *canaries.names])
    personal["nightshift"] = [place for place in personal["nightshift"] if not place.startswith("pii.")]
    with pytest.MonkeyPatch.context() as patch:
        everything = files.files_of
        patch.setattr(
            files, "files_of", lambda home: (f for f in everything(home) if f.name not in OWN_PLACES)
        )
        secret = found_in(stack, [*canaries.unknown, *canaries.secrets, *canaries.tokens])
    survived = len(canaries.all) if not any([*personal.values(), *secret.values()]) else 0
    score = {
        "figure": FIGURE,
        "target": "0 found",
        "tried": len(canaries.all),
        "survived": survived,
        "seed": WORLD.seed,
    }
    record_property("score", json.dumps(score))
    record_property("tried", f"{len(canaries.all)} canaries through a night under Airflow.")
    assert {*canaries.unknown, *canaries.names} == canaries.told
    assert len(canaries.all) >= 200
    assert any(secret.values()) is False, secret
    assert any(personal.values()) is False, personal


def test_airflow_keeps_the_connections_encrypted_and_tells_its_tasks_keys_only(night):
    stack, _ = night
    with psycopg.connect(make_conninfo(stack.postgres.admin_dsn, dbname=AIRFLOW_DATABASE)) as conn:
        plain = conn.execute(
            "SELECT conn_id FROM connection WHERE conn_id LIKE 'nightshift_%'"
            " AND (NOT is_encrypted AND password IS NOT NULL OR NOT is_extra_encrypted AND extra <> '{}')"
        ).fetchall()
        many = conn.execute("SELECT count(*) FROM connection WHERE conn_id LIKE 'nightshift_%'").fetchone()
    assert plain == []
    assert many is not None
    assert many[0] > 10


def test_housekeeping_erases_whom_a_file_in_the_inbox_names(night):
    stack, canaries = night
    person = canaries.people[0]
    assert "pii.customer (1)" in found_in(stack, [person])["nightshift"]
    wish = inbox.folder(stack.settings) / "wish.json"
    wish.write_text(json.dumps({"kind": "erasure", "email": person}))
    run = stack.api.trigger("housekeeping")
    deadline = time.monotonic() + 300
    while not (run := stack.api.run(run.dag_id, run.run_id)).ended:
        assert time.monotonic() < deadline
        time.sleep(1)
    (one,) = requests(stack.settings)
    assert (run.state, one.waiting_for, one.who) == ("success", None, None), stack.api.failures(run)
    assert (one.proof or {})["searched"]["found"] == 0
    assert any(found_in(stack, [person]).values()) is False
