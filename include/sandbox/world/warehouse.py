"""The packing tables: when an order is packed, from where, and as how many parcels."""

import hashlib
from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.carriers import Carriers, Journey, Service
from include.sandbox.world.days import DAY, BusinessDays, LocalClock
from include.sandbox.world.model import Address, Location, Parcel

CUT_OFF_HOUR = 13
FIRST_PARCEL_ID = 5_400_000_001


class Warehouse:
    """Packs paid orders on business days; orders after 13:00 are for the next one."""

    def __init__(self, clock: LocalClock, business: BusinessDays, carriers: Carriers, offset: int = 0):
        self._offset = offset
        self._clock, self._business, self._carriers = clock, business, carriers
        self._packed = 0

    def handling_day(self, paid_at: datetime) -> date:
        """The business day on which an order should leave."""
        local = paid_at.astimezone(self._clock.zone)
        day = local.date() if local.hour < CUT_OFF_HOUR else local.date() + DAY
        return self._business.on_or_after(day)

    def promise(self, paid_at: datetime, service: Service, zone: str) -> date:
        """What the checkout promises: handling day plus the service's days, and one to spare where the
        carrier gives no guarantee."""
        spare = 0 if service.guaranteed else 1
        return self._business.after(self.handling_day(paid_at), service.days(zone) + spare)

    def label_at(self, roll: Random, paid_at: datetime) -> datetime:
        """When the parcel is packed: mostly on the handling day, sometimes later, rarely a week later."""
        day = self.handling_day(paid_at)
        chance = roll.random()
        if chance < 0.035:
            day = self._business.after(day + DAY, 0)
        elif chance < 0.042:
            day = self._business.after(day + DAY, roll.randint(2, 6))
        planned = self._clock.hour(day, roll.uniform(9.5, 16.8))
        return max(planned, paid_at + timedelta(minutes=roll.randint(20, 90)))

    def pack(
        self, roll: Random, order_id: int, ship_to: Address, quantities: dict[int, int], origin: Location,
        service: Service, label_at: datetime, is_far: bool,
    ) -> tuple[Parcel, Journey]:  # fmt: skip
        """One parcel of these lines, with everything that will happen to it."""
        zone = zone_of(ship_to, origin, is_far)
        journey = self._carriers.journey(roll, service, zone, label_at, origin.address, ship_to)
        number = FIRST_PARCEL_ID + self._offset + self._packed
        self._packed += 1
        estimate = self._business.after(self._clock.day_of(label_at), service.days(zone))
        parcel = Parcel(
            id=number,
            tracker_id="trk_" + hashlib.md5(f"{number}".encode(), usedforsecurity=False).hexdigest(),
            order_id=order_id,
            location_id=origin.id,
            carrier=service.carrier,
            service=service.name,
            tracking_code=_tracking_code(service.carrier, number),
            created_at=label_at,
            estimated_delivery_on=estimate if roll.random() < 0.94 else None,
            guaranteed=service.guaranteed,
            scans=journey.scans,
            line_quantities=quantities,
        )
        return parcel, journey


def zone_of(ship_to: Address, origin: Location, is_far: bool) -> str:
    """near: the origin serves the destination first; far: the other warehouse ships; abroad."""
    if ship_to.country != origin.address.country:
        return "abroad"
    return "far" if is_far or _is_cross_country(ship_to, origin) else "near"


def _is_cross_country(ship_to: Address, origin: Location) -> bool:
    """Places far from every warehouse take the long time even from the nearer one."""
    return origin.address.country == "US" and ship_to.province in {"FL", "TX", "MA", "CO", "MN"}


def _tracking_code(carrier: str, number: int) -> str:
    tail = number % 10_000_000_000
    return {
        "UPS": f"1Z9N7{tail:013d}",
        "FedEx": f"7{tail:011d}",
        "USPS": f"94001{tail:017d}",
        "DHLExpress": f"{tail:010d}",
    }[carrier]
