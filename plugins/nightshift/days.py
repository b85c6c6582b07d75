"""Which business day a run is about, and when the sources are pulled."""

import os
from datetime import UTC, date, datetime
from typing import Any

from airflow.sdk import CronPartitionTimetable, PartitionedAssetTimetable

from include.errors import Stop
from nightshift.assets import followed

DAY_FORMAT = "%Y-%m-%d"


def business_day(context: Any) -> date:
    """The run's partition key as a date.

    Raises Stop when the run has none (a run triggered by hand without a partition key).
    """
    key = getattr(context["dag_run"], "partition_key", None)
    if not key:
        raise Stop(
            "this run has no partition key: trigger it with partition_key=YYYY-MM-DD (the business day)"
        )
    return date.fromisoformat(key)


def is_backfill(context: Any) -> bool:
    """Whether `airflow backfill create` made this run: then it is about its own day and not about catching up."""
    return getattr(context["dag_run"], "run_type", None) == "backfill"


def nightly(cron: str) -> CronPartitionTimetable:
    """Every night at `cron` in the company's time zone, for the business day that has just ended."""
    zone = os.environ.get("NIGHTSHIFT_TIMEZONE", "America/New_York")
    return CronPartitionTimetable(cron, timezone=zone, run_offset=-1, key_format=DAY_FORMAT)


def after(source: str) -> PartitionedAssetTimetable:
    """When `source` has closed a business day, for that day."""
    return PartitionedAssetTimetable(assets=followed(source))


def scheduled_from() -> datetime:
    """No night before this instant is scheduled (NIGHTSHIFT_SCHEDULE_FROM, ISO 8601)."""
    given = os.environ.get("NIGHTSHIFT_SCHEDULE_FROM")
    return datetime.fromisoformat(given) if given else datetime(2026, 1, 1, tzinfo=UTC)
