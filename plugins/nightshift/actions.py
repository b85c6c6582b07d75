"""From published marts to the outside world: one operator per action, each for the newest closed day only."""

from abc import abstractmethod
from datetime import UTC, date, datetime
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.settings import Settings
from include.settings import load as load_settings
from include.sources import REGISTRY
from include.window import last_closed_day
from nightshift.connections import accounts, destinations
from nightshift.days import business_day


class _Act(BaseOperator):
    """What all actions share: a backfill sends nothing, because any other day is refused."""

    def execute(self, context: Any) -> dict[str, Any]:
        settings = load_settings()
        day = business_day(context)
        newest = last_closed_day(datetime.now(UTC), settings.timezone)
        if day != newest:
            raise AirflowSkipException(f"actions are for the newest closed day {newest}, not for {day}")
        return self.act(settings, day)

    @abstractmethod
    def act(self, settings: Settings, day: date) -> dict[str, Any]:
        """Do it; returns counts."""


class RaiseRestockAlerts(_Act):
    """Tell buyers and suppliers what is needed, and draft the purchase orders."""

    def act(self, settings: Settings, day: date) -> dict[str, Any]:
        from include.activation import restock

        return restock.run(settings, day, destinations())


class RefreshAudiences(_Act):
    """Bring retargeting lists in line, removals first; whoever bought since the marts' cut-off is left out."""

    def act(self, settings: Settings, day: date) -> dict[str, Any]:
        from include.activation import audiences
        from include.activation.buyers import since_cut_off

        shops = [vendor for source in REGISTRY for vendor in accounts(source)]
        return audiences.run(settings, day, destinations(), since_cut_off(settings, shops))


class PublishSlaReports(_Act):
    """Write and mail the delivery report."""

    def act(self, settings: Settings, day: date) -> dict[str, Any]:
        from include.activation import sla

        return sla.run(settings, day, destinations())
