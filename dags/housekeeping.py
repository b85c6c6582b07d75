"""Every day, away from the night: forget what must be forgotten, notice what vanished at the vendors."""

from airflow.sdk import DAG, Param
from nightshift.days import nightly, scheduled_from
from nightshift.housekeeping import (
    AnswerRequests,
    FindDeletedRecords,
    KeepRetention,
    TakePrivacyInbox,
    WithdrawFromAudiences,
)
from nightshift.retries import NIGHT

with DAG(
    "housekeeping",
    description="People's requests, retention, deletions at the sources",
    schedule=nightly("0 13 * * *"),
    start_date=scheduled_from(),
    params={
        "many_are_gone": Param(
            "",
            type="string",
            title="A stream of which many records are really gone, as odoo.products",
        )
    },
    tags=["housekeeping"],
    **NIGHT,
):
    answer = AnswerRequests(task_id="answer_requests")
    withdraw = WithdrawFromAudiences(task_id="withdraw_from_audiences")
    # a platform that is down must not keep the requests open that did not wait for it
    finish = AnswerRequests(task_id="finish_requests", trigger_rule="all_done")
    TakePrivacyInbox(task_id="take_privacy_inbox") >> answer >> withdraw >> finish
    answer >> KeepRetention(task_id="keep_retention") >> FindDeletedRecords(task_id="find_deleted_records")
