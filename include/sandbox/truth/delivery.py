"""Parcels as the definitions say them: attempt, delivery, late or not.

Days of attempt and delivery are days at the destination. A parcel that nobody tried to deliver when its promised
day had ended is late, lost and returned ones included. What the carrier has not told by `now` is not known.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.truth.rules import exception_reason, is_attempt
from include.sandbox.truth.sent import Sent, sent
from include.sandbox.truth.statistics import rounded
from include.sandbox.world.model import Scan, World

ON_THE_MOVE = {
    "in_transit",
    "out_for_delivery",
    "delivered",
    "available_for_pickup",
    "return_to_sender",
    "failure",
}
SILENT_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel's measures; the names are those of `fct_shipments`."""

    tracking_code: str
    carrier: str
    service: str
    lane: str
    business_date: date
    promised_date: date | None
    promise_source: str | None
    picked_up_at: datetime | None
    first_attempt_at: datetime | None
    delivered_at: datetime | None
    is_delivered: bool
    is_lost: bool
    is_returned: bool
    is_exception: bool
    carrier_on_time_attempt: bool | None
    customer_on_time_delivered: bool | None
    is_late: bool
    days_late: int | None
    transit_days: int | None
    label_created_at: datetime
    last_scan_at: datetime | None
    original_estimate_date: date | None
    exception_reason: str | None
    order_to_ship_hours: Decimal


def shipments(world: World, now: datetime, day: date) -> list[Shipment]:
    """Every parcel with a label by the end of `day`, judged as of that day; `now` is what is known."""
    return [judged(one, now, day) for one in sent(world, now, day)]


def judged(sent: Sent, now: datetime, day: date) -> Shipment:
    parcel, ship_to, promised = sent.parcel, sent.ship_to, sent.promised
    scans, zone = sent.scans(now), sent.zone()
    picked_up = next((scan.at for scan in scans if scan.status in ON_THE_MOVE), None)
    attempt, delivered = _first_attempt(scans), delivered_at(scans)
    attempt = min(filter(None, (attempt, delivered)), default=None)
    attempt_day = attempt.astimezone(zone).date() if attempt else None
    delivered_day = delivered.astimezone(zone).date() if delivered else None
    is_due = promised is not None and promised <= day
    is_returned = any(scan.status == "return_to_sender" for scan in scans)
    was_silent = picked_up is not None and scans[-1].at < now - SILENT_FOR
    reported_lost = any(scan.status_detail == "lost" for scan in scans)
    is_late = bool(promised and (delivered_day > promised if delivered_day else is_due))
    known_until = delivered_day or (day if is_due else None)
    return Shipment(
        tracking_code=parcel.tracking_code,
        carrier=parcel.carrier,
        service=parcel.service,
        lane=f"{sent.origin}→{ship_to.country}" + (f"-{ship_to.province}" if ship_to.province else ""),
        business_date=sent.shipped_on,
        promised_date=promised,
        promise_source=sent.promise_source,
        picked_up_at=picked_up,
        first_attempt_at=attempt,
        delivered_at=delivered,
        is_delivered=delivered is not None,
        is_lost=delivered is None and not is_returned and (reported_lost or was_silent),
        is_returned=is_returned,
        is_exception=any(_is_exception(scan) for scan in scans),
        carrier_on_time_attempt=_kept(promised, attempt_day, is_due),
        customer_on_time_delivered=_kept(promised, delivered_day, is_due),
        is_late=is_late,
        days_late=(known_until - promised).days if promised and known_until else None,
        transit_days=(delivered_day - picked_up.astimezone(zone).date()).days
        if delivered_day and picked_up
        else None,
        label_created_at=parcel.created_at,
        last_scan_at=scans[-1].at if scans else None,
        original_estimate_date=parcel.estimated_delivery_on,
        exception_reason=next(filter(None, (exception_reason(scan.status_detail) for scan in scans)), None),
        order_to_ship_hours=_hours(parcel.created_at, sent.paid_at),
    )


def _hours(until: datetime, since: datetime) -> Decimal:
    """Vendors tell both to the second."""
    seconds = (until.replace(microsecond=0) - since.replace(microsecond=0)).total_seconds()
    return rounded(seconds / 3600, 2)


def _first_attempt(scans: list[Scan]) -> datetime | None:
    return next(
        (
            scan.at
            for scan in scans
            if scan.status in ("delivered", "available_for_pickup")
            or (scan.status == "failure" and is_attempt(scan.status_detail))
        ),
        None,
    )


def delivered_at(scans: list[Scan]) -> datetime | None:
    """The delivery counts only while nothing else happened after it."""
    if not scans or scans[-1].status != "delivered":
        return None
    others = [scan.at for scan in scans if scan.status not in ("delivered", "unknown")]
    since = max(others, default=scans[0].at)
    return min(scan.at for scan in scans if scan.status == "delivered" and scan.at >= since)


def _kept(promised: date | None, actual: date | None, is_due: bool) -> bool | None:
    """Whether the promise was kept; open while neither the day nor the parcel has come."""
    if promised is None:
        return None
    if actual is not None:
        return actual <= promised
    return False if is_due else None


def _is_exception(scan: Scan) -> bool:
    return (
        scan.status in ("failure", "return_to_sender", "error")
        or exception_reason(scan.status_detail) is not None
    )
