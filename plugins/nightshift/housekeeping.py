"""Chores of the day: nobody waits for them, all of them may be run again."""

from typing import Any

from airflow.sdk import BaseOperator

from include.settings import load as load_settings
from nightshift.connections import accounts


class AnswerErasureRequests(BaseOperator):
    """Carry out every open request to be forgotten."""

    def execute(self, context: Any) -> int:
        from include.privacy.requests import answer_open

        return answer_open(load_settings())


class KeepRetention(BaseOperator):
    """Remove lake pages and personal data that are older than their rule allows."""

    def execute(self, context: Any) -> dict[str, int]:
        from include.privacy.retention import keep

        return keep(load_settings())


class FindDeletedRecords(BaseOperator):
    """Mark records that vanished at their vendor, after a complete scan of its keys and only then."""

    def execute(self, context: Any) -> dict[str, int]:
        from include.deletions import RECONCILED, find_deleted

        found = {}
        for source, stream in RECONCILED:
            for vendor in accounts(source):
                found[f"{vendor.name} {stream}"] = find_deleted(load_settings(), vendor, stream)
        return found
