"""Chores of the day: nobody waits for them, all of them may be run again."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import BaseOperator

from include.errors import NightshiftError, Wait
from include.settings import load as load_settings
from include.window import last_closed_day
from nightshift.connections import accounts, destinations, webhook_secrets


class TakePrivacyInbox(BaseOperator):
    """Make requests of the files that lie in the inbox; webhooks are checked by the shops' connections."""

    def execute(self, context: Any) -> dict[str, int]:
        from include.privacy.inbox import take_in

        return vars(take_in(load_settings(), webhook_secrets()))


class AnswerRequests(BaseOperator):
    """Carry out every open request, and finish those of which nothing is left. Running it again after the platforms were
    told finishes those that waited for them."""

    def execute(self, context: Any) -> int:
        from include.privacy.requests import answer_open

        return answer_open(load_settings(), context.get("run_id"))


class WithdrawFromAudiences(BaseOperator):
    """Take whoever may not be told of any more out of every list, whether or not the night was published."""

    def execute(self, context: Any) -> dict[str, Any]:
        from include.activation.audiences import withdraw

        settings = load_settings()
        return withdraw(settings, last_closed_day(datetime.now(UTC), settings.timezone), destinations())


class KeepRetention(BaseOperator):
    """Remove lake pages and personal data that are older than their rule allows."""

    def execute(self, context: Any) -> dict[str, int]:
        from include.privacy.retention import keep

        return keep(load_settings())


class FindDeletedRecords(BaseOperator):
    """Mark records that vanished at their vendor, after a complete scan of its keys and only then. The
    run's `many_are_gone` names a stream (odoo.products) of which a person says so."""

    def execute(self, context: Any) -> dict[str, int]:
        from include.deletions import RECONCILED, find_deleted

        believed = context["params"]["many_are_gone"]
        found: dict[str, int] = {}
        failed: list[NightshiftError] = []
        for source, stream in RECONCILED:
            for vendor in accounts(source):
                try:
                    found[f"{vendor.name} {stream}"] = find_deleted(
                        load_settings(), vendor, stream, many_are_gone=believed == f"{source}.{stream}"
                    )
                except NightshiftError as error:
                    self.log.error("%s %s: %s", vendor.name, stream, error)
                    failed.append(error)
        if failed:
            raise next((error for error in failed if isinstance(error, Wait)), failed[0])
        return found
