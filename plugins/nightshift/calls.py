"""What happens when the night is late."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.settings import load as load_settings
from include.sources import REGISTRY
from include.window import last_closed_day
from nightshift.connections import accounts, awaited_streams, destinations
from nightshift.days import business_day


class CloseSilentSources(BaseOperator):
    """Close the day of every source that has not spoken as stale; tell the heartbeat URL that we are alive."""

    def execute(self, context: Any) -> list[str]:
        from include.activation.heartbeat import beat
        from include.warehouse.closing import close_source
        from include.warehouse.nights import closed_sources

        settings = load_settings()
        day = business_day(context)
        beat()
        awaited = awaited_streams()
        silent = [source for source in awaited if source not in closed_sources(settings, day, awaited)]
        for source in silent:
            names = [vendor.name for vendor in accounts(source)]
            streams = [stream.name for stream in REGISTRY[source].streams]
            close_source(settings, source, names, streams, day)
        return silent


class SoundLateNight(BaseOperator):
    """Send one message, once per day, when the newest closed day has not been published."""

    def execute(self, context: Any) -> str:
        from include.activation.late_night import sound
        from include.warehouse.nights import published_day

        settings = load_settings()
        day = last_closed_day(datetime.now(UTC), settings.timezone)
        if business_day(context) != day:
            raise AirflowSkipException(f"{business_day(context)} is past; only tonight can still be late")
        published = published_day(settings)
        if published == day:
            return f"published for {day}"
        return sound(settings, day, published, destinations())
