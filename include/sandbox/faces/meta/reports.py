"""Asynchronous reports: asked for, looked at until they are ready, then read.

Quirks kept: `Job Completed` comes before the work is done, with less than 100 percent, and a report read then lacks
its newest rows; a report that was too much to ask ends as `Job Failed` with an error code of its own.
"""

from typing import Any

from include.sandbox import credentials
from include.sandbox.faces import Sandbox
from include.sandbox.faces.meta.errors import Refused, no_such_object
from include.sandbox.faces.meta.graph import chosen
from include.sandbox.faces.meta.insights import Insights

RUNS = "meta_report"
FIRST_ID = 6_020_000_000_000_001
LONGEST_DAYS = 400
STEPS = (("Job Not Started", 0), ("Job Running", 47), ("Job Completed", 98), ("Job Completed", 100))
"""What the first, second, third … look at a report finds; the last for ever."""
FAILED = {
    "async_status": "Job Failed",
    "async_percent_completion": 0,
    "error_code": -2,
    "error_subcode": 2490547,
    "error_message": "The report could not be generated",
    "error_user_title": "Report failed",
    "error_user_msg": "Ask for a smaller date range.",
}


class Reports:
    """The runs begun in this sandbox, kept in its state."""

    def __init__(self, sandbox: Sandbox, insights: Insights):
        self._state, self._insights = sandbox.state, insights

    def begin(self, account: str, arguments: dict[str, Any]) -> dict[str, str]:
        """A new run over these parameters."""
        question = self._insights.asked(account, arguments)
        number = str(FIRST_ID + self._state.count(RUNS))
        asked = {
            name: value
            for name, value in arguments.items()
            if name not in ("access_token", "appsecret_proof")
        }
        is_too_much = (question.last - question.first).days >= LONGEST_DAYS
        run = {"id": number, "asked": asked, "looks": 0, "is_too_much": is_too_much}
        self._state.put(RUNS, number, run)
        return {"report_run_id": number}

    def has(self, node: str) -> bool:
        return self._state.get(RUNS, node) is not None

    def look(self, node: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """How far a run is; each look finds it a step further."""
        run = self._run(node)
        question = self._insights.asked(credentials.META_AD_ACCOUNT_ID, run["asked"])
        self._state.put(RUNS, node, {**run, "looks": run["looks"] + 1})
        status, percent = STEPS[min(run["looks"], len(STEPS) - 1)]
        shown = {
            "id": node,
            "account_id": credentials.META_AD_ACCOUNT_ID.removeprefix("act_"),
            "date_start": question.first.isoformat(),
            "date_stop": question.last.isoformat(),
            "is_running": percent < 100,
            "async_status": status,
            "async_percent_completion": percent,
        }
        if run["is_too_much"] and run["looks"] >= 1:
            shown |= FAILED
        fields = [name for name in str(arguments.get("fields", "")).split(",") if name]
        known = {**arguments, "fields": ",".join(name for name in fields if name in shown)}
        return chosen(shown, known, "AdReportRun") if fields else shown

    def rows(self, node: str) -> list[dict[str, Any]]:
        """What the run found; not all of it while it is below 100 percent."""
        run = self._run(node)
        _, percent = STEPS[min(max(run["looks"] - 1, 0), len(STEPS) - 1)]
        if run["is_too_much"] or percent < 98:
            raise Refused(2601, "(#2601) Error accessing adreport job: it is not ready", "OAuthException")
        rows = self._insights.rows(self._insights.asked(credentials.META_AD_ACCOUNT_ID, run["asked"]))
        return rows if percent == 100 else rows[: len(rows) * 2 // 3]

    def _run(self, node: str) -> dict[str, Any]:
        run = self._state.get(RUNS, node)
        if run is None:
            raise no_such_object(node)
        return run
