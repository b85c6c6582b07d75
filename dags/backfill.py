"""A form: which sources, from which day to which. Windows of many days, one build at the end, nothing sent outside."""

from airflow.sdk import DAG, Param
from nightshift.backfilling import BuildPast, EndBackfill, PlanBackfill, PullPast
from nightshift.pools import BACKFILL_LAST
from nightshift.retries import NIGHT

from include.sources import REGISTRY

with DAG(
    "backfill",
    description="Pull past days again, or read them from the lake, and rebuild what they touch",
    schedule=None,
    max_active_tasks=2,
    params={
        "sources": Param(list(REGISTRY), type="array", items={"type": "string", "enum": list(REGISTRY)}),
        "first_day": Param("2026-01-01", type="string", format="date", title="First business day"),
        "last_day": Param("2026-01-31", type="string", format="date", title="Last business day (included)"),
        "replay": Param(False, type="boolean", title="Read the lake again instead of asking the vendors"),
        "dry_run": Param(False, type="boolean", title="Only say what it would cost"),
    },
    tags=["backfill"],
    **NIGHT,
):
    plan = PlanBackfill(task_id="plan")
    backfill = plan.output["backfill"]
    # what fails at one source keeps the others from nothing: whatever landed is built, then the end shows red
    build = BuildPast(task_id="build_and_publish", backfill=backfill, trigger_rule="all_done")
    plan >> build >> EndBackfill(task_id="all_windows_landed", backfill=backfill)
    for source in REGISTRY.values():
        PullPast(source=source.name, backfill=backfill, pool=source.pool, **BACKFILL_LAST) >> build
