"""The rules every DAG keeps, with what to do when one does not."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from include.sources import REGISTRY

ROOT = Path(__file__).parents[2]
ACTIONS = {"restock_alerts", "retargeting_lists", "sla_reports"}


@pytest.fixture(scope="module")
def dags():
    sys.path.insert(0, str(ROOT / "plugins"))
    bag = DagBag(str(ROOT / "dags"))
    assert not bag.import_errors, f"fix these imports: {bag.import_errors}"
    return bag.dags


def test_every_source_of_the_registry_has_its_pull_dag(dags):
    missing = {f"pull_{source}" for source in REGISTRY} - set(dags)
    assert not missing, f"{missing} not made by dags/pull_sources.py, which loops over the registry"


def test_the_agreed_dags_are_all_there_and_no_other(dags):
    pulls = {f"pull_{source}" for source in REGISTRY}
    agreed = pulls | ACTIONS | {"build_warehouse", "backfill", "housekeeping", "call_time", "marts_deadline"}
    assert set(dags) == agreed, "add the DAG here and to dags/README.md, or remove it"


def test_dags_are_awake_from_the_start_because_a_paused_consumer_loses_doorbells(dags):
    asleep = [dag.dag_id for dag in dags.values() if dag.is_paused_upon_creation is not False]
    assert not asleep, f"{asleep}: pass **NIGHT from nightshift.retries"


def test_a_missed_night_is_caught_up_by_its_window_and_not_by_a_run_for_each_day(dags):
    catching_up = [dag.dag_id for dag in dags.values() if dag.catchup]
    assert not catching_up, f"{catching_up}: pass **NIGHT from nightshift.retries"


def test_one_run_of_a_dag_at_a_time(dags):
    parallel = [dag.dag_id for dag in dags.values() if dag.max_active_runs != 1]
    assert not parallel, f"{parallel}: pass **NIGHT from nightshift.retries"


def test_every_dag_says_what_it_does(dags):
    silent = [dag.dag_id for dag in dags.values() if not (dag.description and dag.tags)]
    assert not silent, f"{silent}: give description= and tags="


def test_tasks_retry_by_the_exception_tree(dags):
    bare = [
        f"{dag.dag_id}.{task.task_id}"
        for dag in dags.values()
        for task in dag.tasks
        if task.retry_policy is None
    ]
    assert not bare, f"{bare}: pass **NIGHT from nightshift.retries"


def test_the_build_wakes_on_any_doorbell_and_never_waits_for_all(dags):
    condition = dags["build_warehouse"].timetable.asset_condition
    assert type(condition).__name__.endswith("AssetAny"), "an AND of assets loses days: join them with |"


def test_a_failed_stream_shows_red_although_the_day_is_closed(dags):
    for source in REGISTRY:
        dag = dags[f"pull_{source}"]
        assert dag.get_task("close_day").trigger_rule == "all_done"
        assert dag.get_task("all_streams_landed").upstream_task_ids == {"close_day"}


def test_a_chore_that_fails_keeps_no_other_from_its_turn_and_the_run_ends_red(dags):
    first, *others, last = dags["housekeeping"].topological_sort()
    assert {task.trigger_rule for task in others} == {"all_done"}
    assert last.trigger_rule == "all_success"
    assert last.upstream_task_ids == {task.task_id for task in (first, *others)}
    assert [task.task_id for task in dags["housekeeping"].leaves] == [last.task_id]


def test_a_night_and_a_backfill_share_a_vendors_slots_and_the_night_goes_first(dags):
    for source in REGISTRY.values():
        night = dags[f"pull_{source.name}"].get_task("pull")
        past = dags["backfill"].get_task(f"pull_{source.name}")
        assert night.pool == past.pool == source.pool
        assert night.priority_weight > past.priority_weight
        assert night.weight_rule == past.weight_rule == "absolute", (
            "a sum over what follows would turn it round"
        )


def test_airflows_own_backfill_makes_one_run_for_each_business_day_named(dags):
    """The bounds are read as the company's clock; a bare `--to-date` is its midnight, before that day's run at 02:00."""
    dag = DagSerialization.from_dict(DagSerialization.to_dict(dags["pull_odoo"]))

    def days(*span):
        bounds = (datetime.fromisoformat(bound).replace(tzinfo=UTC) for bound in span)
        return [run.partition_key for run in dag.iter_dagrun_infos_between(*bounds)]

    assert days("2026-03-07", "2026-03-09T23:59:59") == ["2026-03-07", "2026-03-08", "2026-03-09"]
    assert days("2026-03-07", "2026-03-09") == ["2026-03-07", "2026-03-08"]


def test_reading_the_dags_imports_neither_dbt_nor_great_expectations():
    """Both take seconds to import, and the DAG processor reads the files over and over."""
    assert_runs(
        "from airflow.dag_processing.dagbag import DagBag\n"
        "bag = DagBag('dags'); assert not bag.import_errors, bag.import_errors\n"
        "heavy = [m for m in ('dbt', 'great_expectations', 'pandas', 'altair') if m in sys.modules]\n"
        "assert not heavy, f'import {heavy} inside the task only'\n"
    )


def test_what_the_scheduler_imports_ahead_is_all_that_tasks_need_and_not_what_it_would_hold_for_one_alone():
    assert_runs(
        "from airflow.listeners.listener import get_listener_manager\n"
        "get_listener_manager().hook.on_starting(component=None)\n"
        "ahead = set(sys.modules); assert {'nightshift.operators', 'dbt.cli.main'} <= ahead\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        "bag = DagBag('dags'); assert not bag.import_errors, bag.import_errors\n"
        "late = [m for m in set(sys.modules) - ahead if m.split('.')[0] in ('nightshift', 'include')]\n"
        "assert not late, f'let nightshift.ahead import {late}'\n"
        "heavy = [m for m in ('great_expectations', 'pandas', 'altair') if m in sys.modules]\n"
        "assert not heavy, f'import {heavy} inside the task only'\n"
    )


def assert_runs(code: str) -> None:
    env = os.environ | {"AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['airflow', 'scheduler']\n" + code],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
