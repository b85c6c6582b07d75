"""Past days, asked for again in windows of many days or read again from the lake."""

from datetime import date
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import DownstreamTasksSkipped

from include.errors import Wait
from include.settings import load as load_settings
from include.sources import REGISTRY
from nightshift.connections import accounts
from nightshift.operators import BuildWarehouse

PULL = "pull_{}"


class PlanBackfill(BaseOperator):
    """Say what the wish will cost, then begin it, or take up one that was begun and has not ended.

    Hands the backfill's number on. Sources without anything to do are skipped; after a dry run all that follows is.
    """

    def execute(self, context: Any) -> None:
        from include.backfill import journal
        from include.backfill.plan import Wish, plan
        from include.backfill.telling import describe, expected_seconds

        asked, settings = context["params"], load_settings()
        span = (date.fromisoformat(asked[name]) for name in ("first_day", "last_day"))
        wish = Wish(tuple(asked["sources"]), *span, replay=asked["replay"])
        wish.check(settings)
        planned = plan(
            settings, wish, {name: [each.name for each in accounts(name)] for name in wish.sources}
        )
        for line in describe(settings, wish, planned):
            self.log.info("%s", line)
        if asked["dry_run"]:
            raise DownstreamTasksSkipped(tasks=sorted(self.downstream_task_ids))
        begun = journal.begin(settings, wish, expected_seconds(settings, wish, planned))
        self.log.info("backfill %s %s", begun.backfill_id, "goes on" if begun.resumed else "begins")
        context["ti"].xcom_push(key="backfill", value=begun.backfill_id)
        busy = {each.source for each in journal.pending(settings, begun.backfill_id)}
        raise DownstreamTasksSkipped(tasks=[PULL.format(name) for name in REGISTRY if name not in busy])


class PullPast(BaseOperator):
    """Pull, or replay, the windows of a source that have not landed yet, one after the other; one that fails keeps no
    other from landing."""

    template_fields = ("backfill",)

    def __init__(self, *, source: str, backfill: Any, **kwargs: Any):
        super().__init__(task_id=PULL.format(source), **kwargs)
        self.source, self.backfill = source, backfill

    def execute(self, context: Any) -> dict[str, int]:
        from include.backfill.work import do_windows

        records, failed = 0, list[Exception]()
        for vendor in accounts(self.source):
            try:
                records += do_windows(load_settings(), self.backfill, vendor)
            except Exception as error:
                failed.append(error)
        if failed:
            raise next((error for error in failed if isinstance(error, Wait)), failed[0])
        return {"records": records}


class BuildPast(BuildWarehouse):
    """Build what has landed, all of it or not; fails without building when nothing was planned, for want of a number."""

    template_fields = ("backfill",)

    def __init__(self, *, backfill: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.backfill = backfill


class EndBackfill(BaseOperator):
    """Close the backfill's journal, or fail naming the windows that did not land."""

    template_fields = ("backfill",)

    def __init__(self, *, backfill: Any, **kwargs: Any):
        super().__init__(**{**kwargs, "retries": 0})
        self.backfill = backfill

    def execute(self, context: Any) -> str:
        from include.backfill.work import finish

        return str(finish(load_settings(), self.backfill))
