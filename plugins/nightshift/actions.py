"""From published marts to the outside world."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.settings import load as load_settings
from include.window import last_closed_day
from nightshift.connections import destinations
from nightshift.days import business_day


class Act(BaseOperator):
    """Run one action (`restock`, `audiences` or `sla`) for the newest closed day, and for no other."""

    def __init__(self, *, action: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.action = action

    def execute(self, context: Any) -> dict[str, Any]:
        settings = load_settings()
        day = business_day(context)
        newest = last_closed_day(datetime.now(UTC), settings.timezone)
        if day != newest:
            raise AirflowSkipException(f"actions are for the newest closed day {newest}, not for {day}")
        return import_module(f"include.activation.{self.action}").run(settings, day, destinations())
