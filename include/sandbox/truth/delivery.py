"""Parcels as the definitions say them: promise, attempt, delivery, late or not.

A parcel is shipped on its store's day of the label. Its promise is the checkout's or the marketplace's,
else the service table's days after the shipping day on the calendar of the country it left, else the
carrier's first estimate; it never moves. Days of attempt
and delivery are days at the destination. A parcel that nobody tried to deliver when its promised day had
ended is late, lost and returned ones included. What the carrier has not told by `now` is not known.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from include.sandbox.truth.moments import happened, local_day
from include.sandbox.truth.rules import (
    business_days_after,
    destination_zone,
    exception_reason,
    is_attempt,
    transit_days,
)
from include.sandbox.world.model import Address, Order, Parcel, Scan, World

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


@dataclass(frozen=True, slots=True)
class _Sent:
    """A parcel with what its order says of it; `origin` is unknown to a marketplace."""

    parcel: Parcel
    origin: str
    ship_to: Address
    shipped_on: date
    timezone: str
    promised: date | None
    promise_source: str | None


def shipments(world: World, now: datetime, day: date) -> list[Shipment]:
    """Every parcel with a label by the end of `day`, judged as of that day; `now` is what is known. Those of
    all stores and those we send for the marketplace."""
    sent = [one for shop in (world, *world.branches) for one in _of_shop(shop, now)]
    return [_judge(one, now, day) for one in [*sent, *_of_marketplace(world, now)] if one.shipped_on <= day]


def _of_shop(world: World, now: datetime) -> Iterator[_Sent]:
    codes = {location.id: location.code for location in world.locations}
    for order in world.orders:
        if order.test or not happened(order.created_at, now):
            continue
        for parcel in order.parcels:
            if happened(parcel.created_at, now):
                shipped = local_day(world, parcel.created_at)
                promise = _promise(world, order, parcel, shipped)
                yield _Sent(
                    parcel,
                    codes[parcel.location_id],
                    order.ship_to,
                    shipped,
                    world.company.timezone,
                    *promise,
                )


def _of_marketplace(world: World, now: datetime) -> Iterator[_Sent]:
    """A marketplace's "deliver by" is the end of a day of its own."""
    if world.marketplace is None:
        return
    zone = ZoneInfo(world.marketplace.timezone)
    for order in world.marketplace.orders:
        for parcel in order.parcels:
            if happened(parcel.created_at, now):
                shipped = parcel.created_at.astimezone(zone).date()
                promised = order.deliver_by.astimezone(zone).date()
                yield _Sent(
                    parcel,
                    "unknown",
                    order.ship_to,
                    shipped,
                    world.marketplace.timezone,
                    promised,
                    "marketplace",
                )


def carrier_sla(world: World, now: datetime, day: date) -> dict[tuple[str, str, str, date], dict[str, int]]:
    """The counts of `mart_carrier_sla_daily` by (carrier, service, lane, due date), due by `day`."""
    cohorts: dict[tuple[str, str, str, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in shipments(world, now, day):
        if one.promised_date is None or one.promised_date > day:
            continue
        row = cohorts[one.carrier, one.service, one.lane, one.promised_date]
        row["shipments_due"] += 1
        row["attempted_on_time"] += bool(one.carrier_on_time_attempt)
        row["delivered_on_time"] += bool(one.customer_on_time_delivered)
        row["late"] += one.is_late
        row["overdue_undelivered"] += one.is_late and not one.is_delivered
        row["exceptions"] += one.is_exception
        row["lost"] += one.is_lost
    return {key: dict(row) for key, row in sorted(cohorts.items())}


def _judge(sent: _Sent, now: datetime, day: date) -> Shipment:
    parcel, ship_to, promised = sent.parcel, sent.ship_to, sent.promised
    scans = sorted((scan for scan in parcel.scans if happened(scan.seen_at, now)), key=lambda scan: scan.at)
    zone = destination_zone(ship_to.country, ship_to.province, sent.timezone)
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
    )


def _promise(world: World, order: Order, parcel: Parcel, shipped: date) -> tuple[date | None, str | None]:
    if order.promised_on:
        return order.promised_on, "checkout"
    days = transit_days(parcel.carrier, parcel.service, order.ship_to.country, shipped)
    if days is not None:
        return business_days_after(shipped, days, world.company.country), "service_level"
    if parcel.estimated_delivery_on:
        return parcel.estimated_delivery_on, "carrier_estimate"
    return None, None


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
