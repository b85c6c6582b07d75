"""After the marts of the newest day are published: publish carrier, warehouse and supplier reports."""

from airflow.sdk import DAG, PartitionedAssetTimetable
from nightshift.actions import PublishSlaReports
from nightshift.assets import MART
from nightshift.retries import NIGHT

with DAG(
    "sla_reports",
    description="Publish carrier, warehouse and supplier reports",
    schedule=PartitionedAssetTimetable(assets=MART),
    tags=["action"],
    **NIGHT,
):
    PublishSlaReports(task_id="publish_sla_reports")
