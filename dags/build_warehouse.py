"""Whenever a source has closed its day: build, check and publish, once all have, or at call time."""

from airflow.sdk import DAG, PartitionedAssetTimetable
from nightshift.assets import MART, any_doorbell
from nightshift.operators import AnnounceMart, BuildWarehouse, LookForWork
from nightshift.retries import NIGHT

with DAG(
    "build_warehouse",
    description="Check raw, build, audit and publish the marts",
    schedule=PartitionedAssetTimetable(assets=any_doorbell()),
    tags=["build"],
    **NIGHT,
):
    look = LookForWork(task_id="look_for_work")
    build = BuildWarehouse(task_id="build_and_publish")
    look >> build >> AnnounceMart(task_id="announce_mart", outlets=[MART])
