"""The carriers: services with their transit times, and the scans of one parcel's journey."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from include.sandbox.world.days import DAY, BusinessDays, LocalClock
from include.sandbox.world.model import Address, Scan

FEDEX_TROUBLE_AFTER = 120  # days into the company's life FedEx's long lanes get bad
HUBS = {
    "US": (("Louisville", "KY"), ("Memphis", "TN"), ("Hodgkins", "IL"), ("Ontario", "CA"), ("Dallas", "TX"))
}


@dataclass(frozen=True, slots=True)
class Service:
    """Business days in transit by zone; `late` is the chance that a parcel takes longer."""

    carrier: str
    name: str
    near: int
    far: int
    abroad: int
    guaranteed: bool
    late: float
    weight: int
    weight_abroad: int

    def days(self, zone: str) -> int:
        return {"near": self.near, "far": self.far, "abroad": self.abroad}[zone]


SERVICES = (
    Service("UPS", "Ground", 2, 4, 7, False, 0.05, 34, 0),
    Service("UPS", "2ndDayAir", 2, 2, 5, True, 0.04, 8, 6),
    Service("FedEx", "FEDEX_GROUND", 2, 4, 7, False, 0.08, 24, 0),
    Service("FedEx", "FEDEX_2_DAY", 2, 2, 5, True, 0.06, 6, 4),
    Service("USPS", "GroundAdvantage", 3, 5, 9, False, 0.11, 22, 0),
    Service("USPS", "Priority", 2, 3, 7, False, 0.08, 5, 10),
    Service("DHLExpress", "ExpressWorldwide", 1, 2, 3, True, 0.04, 1, 80),
)


@dataclass(slots=True)
class Journey:
    """How a parcel's trip ends: at most one of the three instants is set."""

    scans: list[Scan]
    delivered_at: datetime | None = None
    back_at: datetime | None = None
    lost_at: datetime | None = None


def choose_service(roll: Random, is_abroad: bool, carriers: Collection[str] = ()) -> Service:
    """One of the services, of these carriers if any are named."""
    known = [service for service in SERVICES if not carriers or service.carrier in carriers]
    weights = [service.weight_abroad if is_abroad else service.weight for service in known]
    return roll.choices(known, weights)[0]


class Carriers:
    """Makes journeys; all days are business days of the company's country."""

    def __init__(self, clock: LocalClock, business: BusinessDays, first_day: date):
        self._clock, self._business = clock, business
        self._trouble_from = first_day + timedelta(days=FEDEX_TROUBLE_AFTER)

    def journey(
        self, roll: Random, service: Service, zone: str, label_at: datetime, origin: Address, target: Address
    ) -> Journey:
        """All scans from the label on, also those that lie in the future."""
        journey = _Trip(self, roll, service, zone, label_at, origin, target).told()
        journey.scans.sort(key=lambda scan: scan.at)
        return journey

    def on(self, day: date, roll: Random, earliest: float, latest: float) -> datetime:
        return self._clock.hour(day, roll.uniform(earliest, latest))

    def after(self, day: date, days: int) -> date:
        return self._business.after(day, days)

    def day_of(self, moment: datetime) -> date:
        return self._clock.day_of(moment)

    def delay(self, roll: Random, service: Service, zone: str, day: date) -> int:
        """Business days late (or one early)."""
        chance = service.late
        if service.carrier == "FedEx" and zone == "far" and day >= self._trouble_from:
            chance = 0.34
        if roll.random() < chance:
            return roll.choices((1, 2, 3, 5), (60, 25, 10, 5))[0]
        return -1 if service.days(zone) > 2 and roll.random() < 0.12 else 0


class _Trip:
    """One parcel on its way."""

    def __init__(
        self, carriers: Carriers, roll: Random, service: Service, zone: str, label_at: datetime,
        origin: Address, target: Address,
    ):  # fmt: skip
        self._c, self._roll, self._service, self._zone = carriers, roll, service, zone
        self._label_at, self._origin, self._target = label_at, origin, target
        self._scans: list[Scan] = []

    def told(self) -> Journey:
        roll, carriers = self._roll, self._c
        fate = roll.random()
        self._scan(
            self._label_at, "pre_transit", "label_created", "Shipping label created", self._origin, False
        )
        day = carriers.day_of(self._label_at)
        if fate < 0.002:
            return Journey(self._scans)
        pickup_day = (
            carriers.after(day + DAY, roll.choices((0, 1, 2), (80, 15, 5))[0]) if fate < 0.02 else day
        )
        self._scan(
            max(carriers.on(pickup_day, roll, 17.2, 20.5), self._label_at + timedelta(minutes=25)),
            "in_transit", "received_at_origin_facility", "Picked up by carrier", self._origin,
        )  # fmt: skip
        days = max(1, self._service.days(self._zone) + carriers.delay(roll, self._service, self._zone, day))
        if fate > 0.995:
            return self._lost(pickup_day)
        if fate > 0.988:
            return self._sent_back(pickup_day, days)
        if fate > 0.97:
            days += self._held_up(pickup_day)
        self._underway(pickup_day, days)
        return self._delivered(carriers.after(pickup_day, days), failed_first=0.02 < fate < 0.05)

    def _underway(self, pickup_day: date, days: int) -> None:
        for n in range(1, days):
            day = self._c.after(pickup_day, n)
            self._scan(
                self._c.on(day, self._roll, 2, 6), "in_transit", "arrived_at_facility", "Arrived at facility"
            )
            if n == days - 1 or self._roll.random() < 0.4:
                self._scan(
                    self._c.on(day, self._roll, 19, 23),
                    "in_transit",
                    "departed_facility",
                    "Departed facility",
                )

    def _delivered(self, day: date, failed_first: bool) -> Journey:
        roll, carriers = self._roll, self._c
        self._out(day)
        if failed_first:
            at = carriers.on(day, roll, 11, 18)
            self._scan(at, "failure", "unable_to_deliver", "Delivery attempted, nobody home", self._target)
            day = carriers.after(day + DAY, 0)
            if roll.random() < 0.25:
                at = carriers.on(day, roll, 10, 12)
                self._scan(
                    at, "available_for_pickup", "arrived_at_pickup_location", "Ready for pickup", self._target
                )
                day = carriers.after(day, roll.randint(1, 3))
            else:
                self._out(day)
        at = carriers.on(day, roll, 9.5, 19.5)
        self._scan(at, "delivered", "delivered", "Delivered", self._target)
        return Journey(self._scans, delivered_at=at)

    def _out(self, day: date) -> None:
        at = self._c.on(day, self._roll, 6.5, 9)
        self._scan(at, "out_for_delivery", "out_for_delivery", "Out for delivery", self._target)

    def _held_up(self, pickup_day: date) -> int:
        """An exception on the way; returns how many business days it costs."""
        detail, message, days = self._roll.choice(
            (("weather_delay", "Delayed by weather", 1), ("missorted", "Missorted, being rerouted", 2),
             ("delivery_exception", "Exception: address needs correction", 3))
        )  # fmt: skip
        at = self._c.on(self._c.after(pickup_day, 1), self._roll, 8, 12)
        self._scan(at, "in_transit", detail, message)
        return days

    def _lost(self, pickup_day: date) -> Journey:
        self._underway(pickup_day, 2)
        at = self._c.on(self._c.after(pickup_day, 10), self._roll, 9, 17)
        if self._roll.random() < 0.5:
            self._scan(at, "failure", "lost", "Shipment could not be located")
        return Journey(self._scans, lost_at=at)

    def _sent_back(self, pickup_day: date, days: int) -> Journey:
        roll, carriers = self._roll, self._c
        self._underway(pickup_day, days)
        day = carriers.after(pickup_day, days)
        detail, message = roll.choice(
            (
                ("refused", "Refused by receiver"),
                ("damaged", "Package damaged"),
                ("address_correction", "Bad address"),
            )
        )
        self._scan(carriers.on(day, roll, 10, 17), "failure", detail, message, self._target)
        back = carriers.on(carriers.after(day + DAY, 0), roll, 9, 17)
        self._scan(back, "return_to_sender", "return", "Returning to sender", self._target)
        home = carriers.on(carriers.after(day, days + 2), roll, 9, 16)
        self._scan(home, "return_to_sender", "return", "Returned to sender", self._origin)
        return Journey(self._scans, back_at=home)

    def _scan(
        self,
        at: datetime,
        status: str,
        detail: str,
        message: str,
        place: Address | None = None,
        can_lag: bool = True,
    ) -> None:
        """Most scans are told within the hour; some a day late, after younger ones."""
        seen_at = at
        if can_lag:
            lag = (
                self._roll.randint(18_000, 150_000)
                if self._roll.random() < 0.04
                else self._roll.randint(240, 2_700)
            )
            seen_at = at + timedelta(seconds=lag)
        city, province = (place.city, place.province) if place else self._hub()
        country = place.country if place else self._origin.country
        self._scans.append(Scan(at, seen_at, status, detail, message, city, province, country))

    def _hub(self) -> tuple[str | None, str | None]:
        return self._roll.choice(HUBS.get(self._origin.country, ((None, None),)))
