"""Every day, away from the night: forget what must be forgotten, notice what vanished at the vendors.

Every chore has its turn whatever became of the others; the last task shows whether all are done."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, chain
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
    take = TakePrivacyInbox(task_id="take_privacy_inbox")
    # a file that cannot be taken, or a platform that is down, must not keep the requests open that do not hang on it
    others = [
        AnswerRequests(task_id="answer_requests", trigger_rule="all_done"),
        WithdrawFromAudiences(task_id="withdraw_from_audiences", trigger_rule="all_done"),
        AnswerRequests(task_id="finish_requests", trigger_rule="all_done"),
        KeepRetention(task_id="keep_retention", trigger_rule="all_done"),
        FindDeletedRecords(task_id="find_deleted_records", trigger_rule="all_done"),
    ]
    chain(take, *others)
    # red when one of them failed, although those after it had their turn
    [take, *others] >> EmptyOperator(task_id="all_chores_done")
