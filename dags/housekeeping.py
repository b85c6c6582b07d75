"""Every day, away from the night: forget what must be forgotten, notice what vanished at the vendors."""

from airflow.sdk import DAG
from nightshift.days import nightly, scheduled_from
from nightshift.housekeeping import (
    AnswerErasureRequests,
    FindDeletedRecords,
    KeepRetention,
    WithdrawFromAudiences,
)
from nightshift.retries import NIGHT

with DAG(
    "housekeeping",
    description="Erasure and opt-out requests, retention, deletions at the sources",
    schedule=nightly("0 13 * * *"),
    start_date=scheduled_from(),
    tags=["housekeeping"],
    **NIGHT,
):
    erase = AnswerErasureRequests(task_id="answer_erasure_requests")
    erase >> WithdrawFromAudiences(task_id="withdraw_from_audiences")
    erase >> KeepRetention(task_id="keep_retention") >> FindDeletedRecords(task_id="find_deleted_records")
