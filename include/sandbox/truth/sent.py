"""Parcels as they were sent: what each holds, where it goes, when it left and what was promised of it.

A parcel is shipped on its store's day of the label. Its promise is the checkout's or the marketplace's,
else the service table's days after the shipping day on the calendar of the country it left, else the
carrier's first estimate; it never moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.truth.rules import business_days_after, destination_zone, transit_days
from include.sandbox.world.model import Address, Order, Parcel, Scan, World


@dataclass(frozen=True, slots=True)
class Sent:
    """A parcel with what its order says of it; `origin` is unknown to a marketplace. `goods` and `freight` are
    what the buyer paid for the whole order, which is `parcels` parcels."""

    parcel: Parcel
    order_name: str
    origin: str
    ship_to: Address
    shipped_on: date
    timezone: str
    promised: date | None
    promise_source: str | None
    paid_at: datetime
    goods: Decimal
    freight: Decimal
    currency: str
    parcels: int

    def scans(self, now: datetime) -> list[Scan]:
        """What the carrier has told by `now`, in the order in which it happened."""
        return sorted(
            (scan for scan in self.parcel.scans if happened(scan.seen_at, now)), key=lambda scan: scan.at
        )

    def zone(self) -> ZoneInfo:
        return destination_zone(self.ship_to.country, self.ship_to.province, self.timezone)


def sent(world: World, now: datetime, day: date) -> list[Sent]:
    """Every parcel with a label by the end of `day`: those of all stores and those we send for the marketplace."""
    shops = [one for shop in (world, *world.branches) for one in _of_shop(shop, now)]
    return [one for one in [*shops, *_of_marketplace(world, now)] if one.shipped_on <= day]


def _of_shop(world: World, now: datetime) -> Iterator[Sent]:
    codes = {location.id: location.code for location in world.locations}
    for order in world.orders:
        if order.test or not happened(order.created_at, now):
            continue
        known = [parcel for parcel in order.parcels if happened(parcel.created_at, now)]
        goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
        for parcel in known:
            shipped = local_day(world, parcel.created_at)
            yield Sent(
                parcel,
                order.name,
                codes[parcel.location_id],
                order.ship_to,
                shipped,
                world.company.timezone,
                *_promise(world, order, parcel, shipped),
                order.paid_at if happened(order.paid_at, now) and order.paid_at else order.created_at,
                money(world, goods),
                money(world, order.shipping_minor),
                world.company.currency,
                len(known),
            )


def _of_marketplace(world: World, now: datetime) -> Iterator[Sent]:
    """A marketplace's "deliver by" is the end of a day of its own; it charges when an order is placed."""
    if world.marketplace is None:
        return
    zone = ZoneInfo(world.marketplace.timezone)
    for order in world.marketplace.orders:
        known = [parcel for parcel in order.parcels if happened(parcel.created_at, now)]
        goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
        freight = sum(line.shipping_minor for line in order.lines)
        for parcel in known:
            yield Sent(
                parcel,
                order.id,
                "unknown",
                order.ship_to,
                parcel.created_at.astimezone(zone).date(),
                world.marketplace.timezone,
                order.deliver_by.astimezone(zone).date(),
                "marketplace",
                order.created_at,
                money(world, goods),
                money(world, freight),
                world.marketplace.currency,
                len(known),
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
