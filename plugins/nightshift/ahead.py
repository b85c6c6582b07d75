"""What tasks import, imported by the scheduler before it forks its workers: a task has it then, and begins at once.

A night has some thirty tasks, and each would import our modules and Airflow's anew, for seconds of CPU. Great Expectations
and altair are left to the one task that needs them: the scheduler would hold their 120 and 30 MB all day. Tasks see
changed code when the scheduler has started anew, and `include.stack` starts it anew then.
"""

import sys
from importlib import import_module

from airflow.listeners import hookimpl

AIRFLOW = (
    "airflow.dag_processing.dagbag",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.sdk.execution_time.xcom",
)
OPERATORS = (
    "actions",
    "assets",
    "backfilling",
    "calls",
    "days",
    "housekeeping",
    "operators",
    "pools",
    "retries",
)
WHEN_AT_WORK = (
    "include.activation.audiences",
    "include.activation.restock",
    "dbt.adapters.postgres",
    "dbt.cli.main",
)
"""What operators import only once they run, as the DAGs are read without."""


@hookimpl
def on_starting(component: object) -> None:
    """Airflow calls this in every process before it works: in the scheduler, before there are workers."""
    if "scheduler" in sys.argv[1:2]:
        import_ahead()


def import_ahead() -> None:
    """Import all of it; `plugins/` is on the path."""
    for module in (*AIRFLOW, *(f"nightshift.{name}" for name in OPERATORS), *WHEN_AT_WORK):
        import_module(module)
