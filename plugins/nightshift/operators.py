"""Operators named by verbs. Each is one sentence about `include/`; whatever they return holds counts only."""

import time
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from include.backfill.plan import past_window
from include.errors import Busy, NightshiftError, NotAskable, Stop, Wait
from include.pull import Pulled, pull, pull_past
from include.settings import Settings
from include.settings import load as load_settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.warehouse.closing import close_past, close_source, missed_streams
from include.warehouse.nights import close_day, pending_build
from include.window import last_closed_day
from nightshift.assets import day_closed, followed
from nightshift.connections import accounts, awaited_streams, is_followed
from nightshift.days import business_day, is_backfill


class PullStreams(BaseOperator):
    """Extract some streams of a source, one after the other, from where each last landed until now; load them into raw.

    A run of `airflow backfill create` asks for its own day instead, and leaves out what has no past.
    A stream or an account that fails does not keep the others from landing: the task fails at its end.
    """

    template_fields = ("streams",)

    def __init__(self, *, source: str, streams: list[str], **kwargs: Any):
        super().__init__(**kwargs)
        self.source = source
        self.streams = streams

    def execute(self, context: Any) -> dict[str, Any]:
        vendors = accounts(self.source)
        if not vendors:
            raise AirflowSkipException(
                f"{self.source} is not connected: add the Airflow Connection nightshift_{self.source}. "
                f"{REGISTRY[self.source].connection_help}"
            )
        settings, ti = load_settings(), context["ti"]
        # who clears a task wants it read again; Airflow's own next try has only to make up for what failed
        retry = ti.try_number > ti.max_tries - self.retries + 1
        landed: list[Pulled] = []
        failed: list[Exception] = []
        for stream in self.streams:
            for vendor in vendors:
                try:
                    landed.append(self._pull(settings, vendor, stream, context, retry))
                except NotAskable as refusal:
                    self.log.info("left out: %s", refusal)
                except Exception as error:
                    self._give_up(settings, vendor, stream, error, context)
                    failed.append(error)
        if failed:
            # an outage may pass: as long as one of them only has to wait, another try is worth it
            raise next((error for error in failed if isinstance(error, Wait)), failed[0])
        return {
            "records": sum(each.records for each in landed),
            "new": sum(each.new_payloads for each in landed),
        }

    def _pull(self, settings: Settings, vendor: Account, stream: str, context: Any, retry: bool) -> Pulled:
        if not is_backfill(context):
            return pull(settings, vendor, stream, run_id=context["run_id"], retry=retry)
        day, wanted = business_day(context), REGISTRY[self.source].stream(stream)
        window = past_window(settings, wanted, day, day, datetime.now(UTC))
        return pull_past(settings, vendor, stream, window, run_id=context["run_id"])

    def _give_up(
        self, settings: Settings, vendor: Account, stream: str, error: Exception, context: Any
    ) -> None:
        """Close the day as failed, but only when no further try may land it: a closed day wakes the build."""
        known = isinstance(error, NightshiftError)
        self.log.error("%s %s: %s", vendor.name, stream, error, exc_info=None if known else error)
        if not isinstance(error, Wait) or context["ti"].try_number > context["ti"].max_tries:
            # what nobody foresaw may quote a record: its text stays out of the tables
            why = str(error) if known else f"{type(error).__name__}: see the task's log"
            close_day(settings, self.source, vendor.name, stream, business_day(context), "failed", why=why)


class CloseDay(BaseOperator):
    """Say of every stream whether the business day landed; runs whatever happened, then rings for whom that wakes:
    the build, once nobody else is awaited, and a source that follows this one.

    Nobody need look red when everything landed: the tasks behind it are skipped. One that is not connected rings too when
    somebody follows it: UPS also carries parcels of shops that are none of Shopify's.
    """

    def __init__(self, *, source: str, **kwargs: Any):
        super().__init__(trigger_rule="all_done", **kwargs)
        self.source = source

    def execute(self, context: Any) -> None:
        names = [vendor.name for vendor in accounts(self.source)]
        if not is_followed(self.source):
            self._do_not_ring(followed(self.source))
        if not names:
            self._do_not_ring(day_closed(self.source))
            if self.outlets:
                raise DownstreamTasksSkipped(tasks=sorted(self.downstream_task_ids))
            raise AirflowSkipException(f"{self.source} is not connected")
        streams = REGISTRY[self.source].streams
        settings, day = load_settings(), business_day(context)
        if is_backfill(context):
            askable = {stream.name: stream.askable_past for stream in streams}
            states = close_past(settings, self.source, names, askable, day, context["run_id"])
        else:
            states = close_source(settings, self.source, names, [stream.name for stream in streams], day)
        # looked up after the day is closed: of two that close at once, at least the later one sees both
        pending = pending_build(settings, day, awaited_streams())
        self.log.info("%s; %s", states, pending.why)
        if not pending.ready:
            self._do_not_ring(day_closed(self.source))
        if set(states.values()) <= {"landed", "not_askable"}:
            raise DownstreamTasksSkipped(tasks=sorted(self.downstream_task_ids))

    def _do_not_ring(self, bell: Asset) -> None:
        self.outlets = [other for other in self.outlets if other != bell]


class SeeRed(BaseOperator):
    """Fail when a stream did not land, so that people see a red run although the night went on."""

    def __init__(self, *, source: str, **kwargs: Any):
        super().__init__(**{**kwargs, "retries": 0})
        self.source = source

    def execute(self, context: Any) -> None:
        missed = missed_streams(load_settings(), self.source, business_day(context))
        if missed:
            raise Stop(
                "\n".join(f"{self.source}.{stream} did not land: {why}" for stream, why in missed.items())
            )


class LookForWork(BaseOperator):
    """Skip at once, before dbt is imported, unless there is something to build."""

    def execute(self, context: Any) -> str:
        pending = pending_build(load_settings(), business_day(context), awaited_streams())
        if not pending.ready:
            raise AirflowSkipException(pending.why)
        return pending.why


class BuildWarehouse(BaseOperator):
    """Freeze, check raw, build, audit and publish, in one process under one lock; whoever builds already is waited for."""

    LONGEST_BUILD = 3600.0  # seconds: a full refresh of a long history
    LOOK_AGAIN = 5.0

    def execute(self, context: Any) -> dict[str, Any]:
        from include.night import build_and_publish

        settings = load_settings()
        day = last_closed_day(datetime.now(UTC), settings.timezone)
        patience = time.monotonic() + self.LONGEST_BUILD
        while True:
            try:
                return build_and_publish(settings, day).summary()
            except Busy as other:
                if time.monotonic() > patience:
                    raise
                self.log.info("%s", other)
                time.sleep(self.LOOK_AGAIN)


class AnnounceMart(BaseOperator):
    """Ring for the actions, but only when the newest closed day was published: a backfill sends nothing."""

    def execute(self, context: Any) -> None:
        settings = load_settings()
        newest = last_closed_day(datetime.now(UTC), settings.timezone)
        if business_day(context) != newest:
            raise AirflowSkipException(f"{business_day(context)} is not the newest closed day ({newest})")
