"""A form: which sources, from which day to which. Windows of many days, one build at the end, nothing sent outside."""

from airflow.sdk import DAG, Param
from nightshift.backfilling import PlanBackfill, PullWindow
from nightshift.operators import BuildWarehouse
from nightshift.retries import NIGHT

from include.sources import REGISTRY

with DAG(
    "backfill",
    description="Pull past days again and rebuild what they touch",
    schedule=None,
    max_active_tasks=2,
    params={
        "sources": Param(list(REGISTRY), type="array", items={"type": "string", "enum": list(REGISTRY)}),
        "first_day": Param("2026-01-01", type="string", format="date", title="First business day"),
        "last_day": Param("2026-01-31", type="string", format="date", title="Last business day (included)"),
        "dry_run": Param(False, type="boolean", title="Only say what would be asked for"),
    },
    tags=["backfill"],
    **NIGHT,
):
    plan = PlanBackfill(task_id="plan")
    pulled = PullWindow.partial(
        task_id="pull_window",
        map_index_template="{{ task.window['source'] }}.{{ task.window['stream'] }} {{ task.window['first_day'] }}",
    ).expand(window=plan.output)
    pulled >> BuildWarehouse(task_id="build_and_publish", trigger_rule="none_failed_min_one_success")
