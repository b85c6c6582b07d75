"""Operators named by verbs. Each is one sentence about `include/`; whatever they return holds counts only."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import NightshiftError, NotAskable, Stop, Wait
from include.settings import load as load_settings
from include.sources import REGISTRY
from include.window import last_closed_day
from nightshift.connections import account, enabled_sources
from nightshift.days import business_day


class PullStream(BaseOperator):
    """Extract one stream into the lake, from where it last landed until now, and load it into raw."""

    template_fields = ("stream",)

    def __init__(self, *, source: str, stream: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.source = source
        self.stream = stream

    def execute(self, context: Any) -> dict[str, Any]:
        from include.pull import pull
        from include.warehouse.nights import close_day

        vendor = account(self.source)
        if vendor is None:
            raise AirflowSkipException(
                f"{self.source} is not connected: add the Airflow Connection nightshift_{self.source}. "
                f"{REGISTRY[self.source].connection_help}"
            )
        settings = load_settings()
        day = business_day(context)
        try:
            pulled = pull(settings, vendor, self.stream, run_id=context["run_id"])
        except NotAskable as refusal:
            raise AirflowSkipException(str(refusal)) from refusal
        except NightshiftError as error:
            if not isinstance(error, Wait) or context["ti"].try_number > context["ti"].max_tries:
                # only now: a closed day wakes the build, and another try may still land it
                close_day(settings, self.source, vendor.name, self.stream, day, "failed", why=str(error))
            raise
        return {"stream": self.stream, "records": pulled.records, "new": pulled.new_payloads}


class CloseDay(BaseOperator):
    """Say of every stream whether the business day landed; runs whatever happened, then rings."""

    def __init__(self, *, source: str, **kwargs: Any):
        super().__init__(trigger_rule="all_done", **kwargs)
        self.source = source

    def execute(self, context: Any) -> dict[str, str]:
        from include.warehouse.closing import close_source

        vendor = account(self.source)
        if vendor is None:
            raise AirflowSkipException(f"{self.source} is not connected")
        streams = [stream.name for stream in REGISTRY[self.source].streams]
        return close_source(load_settings(), self.source, vendor.name, streams, business_day(context))


class SeeRed(BaseOperator):
    """Fail when a stream did not land, so that people see a red run although the night went on."""

    def __init__(self, *, source: str, **kwargs: Any):
        super().__init__(**{**kwargs, "retries": 0})
        self.source = source

    def execute(self, context: Any) -> None:
        from include.warehouse.closing import missed_streams

        missed = missed_streams(load_settings(), self.source, business_day(context))
        if missed:
            raise Stop(
                "\n".join(f"{self.source}.{stream} did not land: {why}" for stream, why in missed.items())
            )


class LookForWork(BaseOperator):
    """Skip at once, before dbt is imported, unless there is something to build."""

    def execute(self, context: Any) -> str:
        from include.warehouse.nights import pending_build

        pending = pending_build(load_settings(), business_day(context), enabled_sources())
        if not pending.ready:
            raise AirflowSkipException(pending.why)
        return pending.why


class BuildWarehouse(BaseOperator):
    """Freeze, check raw, build, audit and publish, in one process under one lock."""

    def execute(self, context: Any) -> dict[str, Any]:
        from include.night import build_and_publish

        settings = load_settings()
        day = last_closed_day(datetime.now(UTC), settings.timezone)
        return build_and_publish(settings, day).summary()


class AnnounceMart(BaseOperator):
    """Ring for the actions, but only when the newest closed day was published: a backfill sends nothing."""

    def execute(self, context: Any) -> None:
        settings = load_settings()
        newest = last_closed_day(datetime.now(UTC), settings.timezone)
        if business_day(context) != newest:
            raise AirflowSkipException(f"{business_day(context)} is not the newest closed day ({newest})")
