"""After the marts of the newest day are published: refresh retargeting lists, removals first."""

from airflow.sdk import DAG, PartitionedAssetTimetable
from nightshift.actions import RefreshAudiences
from nightshift.assets import MART
from nightshift.retries import NIGHT

with DAG(
    "retargeting_lists",
    description="Refresh retargeting lists, removals first",
    schedule=PartitionedAssetTimetable(assets=MART),
    tags=["action"],
    **NIGHT,
):
    RefreshAudiences(task_id="refresh_audiences")
