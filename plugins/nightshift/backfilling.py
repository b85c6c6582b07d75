"""Past days, asked for again in windows of many days."""

from datetime import date
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import NightshiftError, NotAskable, Wait
from include.settings import load as load_settings
from nightshift.connections import accounts


class PlanBackfill(BaseOperator):
    """Cut the wish into windows; a dry run only logs them. Returns one small dict per window."""

    def execute(self, context: Any) -> list[dict[str, str]]:
        from include.backfill import plan

        wish = context["params"]
        windows = plan(
            wish["sources"],
            date.fromisoformat(wish["first_day"]),
            date.fromisoformat(wish["last_day"]),
        )
        for window in windows:
            self.log.info("%s", window)
        if wish["dry_run"]:
            raise AirflowSkipException(f"dry run: {len(windows)} windows would be asked for")
        return [window.as_dict() for window in windows]


class PullWindow(BaseOperator):
    """Extract and load one window of the past; a stream without a past is skipped, not failed."""

    template_fields = ("window",)

    def __init__(self, *, window: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.window = window

    def execute(self, context: Any) -> dict[str, Any]:
        from include.backfill import BackfillWindow, pull_window

        window = BackfillWindow.from_dict(self.window)
        vendors = accounts(window.source)
        if not vendors:
            raise AirflowSkipException(f"{window.source} is not connected")
        pulled, failed = [], []
        for vendor in vendors:
            try:
                pulled.append(pull_window(load_settings(), vendor, window, run_id=context["run_id"]))
            except NotAskable as refusal:
                raise AirflowSkipException(str(refusal)) from refusal
            except NightshiftError as error:
                self.log.error("%s: %s", vendor.name, error)
                failed.append(error)
        if failed:
            raise next((error for error in failed if isinstance(error, Wait)), failed[0])
        return {
            "records": sum(each.records for each in pulled),
            "new": sum(each.new_payloads for each in pulled),
        }
