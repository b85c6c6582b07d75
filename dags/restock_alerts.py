"""After the marts of the newest day are published: raise restock needs and draft purchase orders."""

from airflow.sdk import DAG, PartitionedAssetTimetable
from nightshift.actions import RaiseRestockAlerts
from nightshift.assets import MART
from nightshift.retries import NIGHT

with DAG(
    "restock_alerts",
    description="Raise restock needs and draft purchase orders",
    schedule=PartitionedAssetTimetable(assets=MART),
    tags=["action"],
    **NIGHT,
):
    RaiseRestockAlerts(task_id="raise_restock_alerts")
