"""How lanes keep their promises: a day's cohort, and 28 days of due dates with target and verdict.

A cohort is built on the promised date. A percentile needs 30 delivered parcels and a verdict 30 judged ones; breached is
what even the upper bound of the 95 % score interval leaves under the target.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.truth.delivery import Shipment, shipments
from include.sandbox.truth.moments import ratio
from include.sandbox.truth.rules import sla_target
from include.sandbox.truth.statistics import percentile, rounded, wilson
from include.sandbox.world.model import World

Lane = tuple[str, str, str]  # carrier, service, lane ('*': the whole service)
WINDOW, FEWEST = timedelta(days=28), 30
ALL = "*"


@dataclass(frozen=True, slots=True)
class Pace:
    """28 days of one lane."""

    p50: Decimal | None
    p95: Decimal | None
    target: Decimal | None
    rate: Decimal | None
    upper: Decimal
    shipments: int

    @property
    def verdict(self) -> str:
        if self.target is None or self.shipments < FEWEST:
            return "not enough data"
        return "breached" if self.upper < self.target else "met"


class Lanes:
    """All parcels as known at `now`, judged as of the end of `day`."""

    def __init__(self, world: World, now: datetime, day: date):
        self.all = shipments(world, now, day)
        self._due: dict[Lane, list[Shipment]] = defaultdict(list)
        for one in self.all:
            if one.promised_date is not None and one.promised_date <= day:
                self._due[one.carrier, one.service, one.lane].append(one)
                self._due[one.carrier, one.service, ALL].append(one)

    def rows(self) -> dict[tuple[str, str, str, date], dict[str, object]]:
        """The rows of `mart_carrier_sla_daily` by (carrier, service, lane, due date)."""
        rows: dict[tuple[str, str, str, date], dict[str, object]] = {}
        for (carrier, service, lane), due in self._due.items():
            for day in sorted({one.promised_date for one in due if one.promised_date and lane != ALL}):
                cohort = [one for one in due if one.promised_date == day]
                here, whole = (
                    self.pace((carrier, service, lane), day),
                    self.pace((carrier, service, ALL), day),
                )
                rows[carrier, service, lane, day] = {
                    **_counts(cohort),
                    "promise_coverage_pct": self._coverage(carrier, service, day),
                    "target_rate": here.target,
                    **_told(here),
                    **{f"service_{name}": value for name, value in _told(whole).items()},
                }
        return rows

    def pace(self, lane: Lane, day: date) -> Pace:
        """Over the 28 due dates up to `day`."""
        due = [
            one
            for one in self._due[lane]
            if one.promised_date is not None and day - WINDOW < one.promised_date <= day
        ]
        on_time = sum(bool(one.carrier_on_time_attempt) for one in due)
        days = [one.transit_days for one in due if one.transit_days is not None]
        return Pace(
            percentile(days, 0.5, FEWEST),
            percentile(days, 0.95, FEWEST),
            sla_target("carrier_on_time_attempt", *lane[:2], day),
            ratio(on_time, len(due), 6),
            rounded(min(wilson(on_time, len(due))[1], 1.0), 6),
            len(due),
        )

    def newest_p95(self, lane: Lane) -> Decimal | None:
        """Of the newest due date that has one."""
        days = sorted(
            {one.promised_date for one in self._due.get(lane, ()) if one.promised_date}, reverse=True
        )
        return next((found for day in days if (found := self.pace(lane, day).p95) is not None), None)

    def _coverage(self, carrier: str, service: str, due: date) -> Decimal | None:
        """How many of a service's parcels had any promise, in the 28 days up to its last shipping day by then."""
        theirs = [one for one in self.all if (one.carrier, one.service) == (carrier, service)]
        last = max((one.business_date for one in theirs if one.business_date <= due), default=None)
        if last is None:
            return None
        lately = [one for one in theirs if last - WINDOW < one.business_date <= last]
        share = ratio(sum(one.promised_date is not None for one in lately), len(lately), 6)
        return None if share is None else 100 * share


def _counts(cohort: list[Shipment]) -> dict[str, object]:
    attempted = sum(bool(one.carrier_on_time_attempt) for one in cohort)
    delivered = sum(bool(one.customer_on_time_delivered) for one in cohort)
    exceptions = sum(one.is_exception for one in cohort)
    return {
        "shipments_due": len(cohort),
        "attempted_on_time": attempted,
        "delivered_on_time": delivered,
        "late": sum(one.is_late for one in cohort),
        "overdue_undelivered": sum(one.is_late and not one.is_delivered for one in cohort),
        "exceptions": exceptions,
        "lost": sum(one.is_lost for one in cohort),
        "carrier_on_time_attempt_rate": ratio(attempted, len(cohort), 6),
        "customer_on_time_delivered_rate": ratio(delivered, len(cohort), 6),
        "exception_rate": ratio(exceptions, len(cohort), 6),
    }


def _told(pace: Pace) -> dict[str, object]:
    return {
        "transit_days_p50": pace.p50,
        "transit_days_p95": pace.p95,
        "rate_28d": pace.rate,
        "wilson_upper_28d": pace.upper,
        "shipments_28d": pace.shipments,
        "verdict": pace.verdict,
    }
