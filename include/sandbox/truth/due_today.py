"""What somebody should touch this morning: orders to send, labels nobody scanned, parcels that lie still, parcels late.

An order leaves on the day it was paid if that was before its location's cut-off, else on the next; on an open day, plus
the days of handling, by the hour the carrier comes. Orders of a marketplace leave when it says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from include.sandbox.truth.claims import claims
from include.sandbox.truth.delivery import Shipment
from include.sandbox.truth.lanes import ALL, Lanes
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import happened
from include.sandbox.truth.orders import is_fully_shipped
from include.sandbox.truth.rules import business_days_after, cutoff
from include.sandbox.truth.sales import Sales
from include.sandbox.truth.statistics import rounded
from include.sandbox.truth.stock import serving
from include.sandbox.world.model import Order, World

TO_BE_SCANNED, NEVER_SCANNED = timedelta(hours=24), timedelta(days=30)
Item = tuple[str, str]  # kind, order name or tracking code


@dataclass(frozen=True, slots=True)
class Due:
    """A row of `act_ship_today`."""

    ship_by_at: datetime
    hours_overdue: Decimal


def to_touch(world: World, now: datetime, day: date) -> dict[Item, Due]:
    """By kind and order or parcel. Orders are told a day ahead, everything else once it is overdue."""
    found: dict[Item, datetime] = {}
    for shop in (world, *world.branches):
        for name, at in _unsent(Sales(shop, now)):
            found["unshipped", name] = at
    for name, at in _unsent_of_marketplace(world, now):
        found["unshipped", name] = at
    found = {key: at for key, at in found.items() if at < now + timedelta(days=1)}
    lanes = Lanes(world, now, day)
    for one in lanes.all:
        if not (one.is_delivered or one.is_returned or one.is_lost):
            found |= {(kind, one.tracking_code): at for kind, at in _stuck(one, lanes, now)}
    return {key: Due(at, rounded((now - at).total_seconds() / 3600, 1)) for key, at in found.items()}


def _stuck(one: Shipment, lanes: Lanes, now: datetime) -> Iterator[tuple[str, datetime]]:
    """A label no carrier scanned for a day (for a month: it was never handed over), or longer without a scan than
    95 % of its lane take altogether; of its service, where the lane is too thin."""
    if one.picked_up_at is None:
        if now - NEVER_SCANNED <= one.label_created_at < now - TO_BE_SCANNED:
            yield "label_unscanned", one.label_created_at + TO_BE_SCANNED
    elif one.last_scan_at:
        days = lanes.newest_p95((one.carrier, one.service, one.lane))
        days = days if days is not None else lanes.newest_p95((one.carrier, one.service, ALL))
        if days is not None and one.last_scan_at + timedelta(days=float(days)) < now:
            yield "motionless", one.last_scan_at + timedelta(days=float(days))


def _unsent(shop: Sales) -> Iterator[tuple[str, datetime]]:
    for order in shop.orders:
        is_open = shop.is_sale(order) and shop.is_paid(order) and not happened(order.cancelled_at, shop.now)
        if is_open and not is_fully_shipped(order, shop.now) and not _is_given_back(shop, order):
            yield order.name, _leaves_at(shop.world, order)


def _is_given_back(shop: Sales, order: Order) -> bool:
    """All that was paid was refunded, though nobody cancelled."""
    paid = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
    tax = sum(line.tax_minor for line in order.lines) + order.shipping_tax_minor
    paid += order.shipping_minor + (0 if shop.world.company.taxes_included else tax)
    refunds = shop.refunds(order)
    back = sum(part.subtotal_minor + part.tax_minor for refund in refunds for part in refund.lines)
    return bool(refunds) and back + sum(one.goodwill_minor + one.shipping_minor for one in refunds) >= paid


def _leaves_at(world: World, order: Order) -> datetime:
    zone = ZoneInfo(world.company.timezone)
    place = serving(world, order)
    paid = (order.paid_at or order.created_at).astimezone(zone)
    rule = cutoff(place.code, paid.date())
    first = paid.date() + timedelta(days=paid.time() >= time.fromisoformat(rule["cutoff_time"]))
    leaves = business_days_after(first, int(rule["handling_business_days"]), place.address.country)
    return datetime.combine(leaves, time.fromisoformat(rule["pickup_time"]), zone)


def _unsent_of_marketplace(world: World, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Those we send ourselves."""
    if world.marketplace is None:
        return
    market = MarketplaceSales(world, now)
    for order in market.orders:
        if order.fulfilled_by == "MERCHANT" and market.is_sale(order) and not happened(order.shipped_at, now):
            yield order.id, order.ship_by


def late_parcels(world: World, now: datetime, day: date) -> dict[str, dict[str, object]]:
    """The rows of `act_late_parcel` by tracking code: late and under way, or with a claim that can be filed."""
    filed = claims(world, now, day)
    rows: dict[str, dict[str, object]] = {}
    for one in Lanes(world, now, day).all:
        claim = filed[one.tracking_code]
        is_under_way = not (one.is_delivered or one.is_returned or one.is_lost)
        is_parcel = one.picked_up_at or one.is_delivered or one.label_created_at >= now - NEVER_SCANNED
        if is_parcel and ((one.is_late and is_under_way) or claim.claim_status == "claimable"):
            rows[one.tracking_code] = {
                "promised_date": one.promised_date,
                "days_late": one.days_late,
                "claim_status": claim.claim_status,
                "claim_amount": claim.claim_amount,
                "claim_file_by_date": claim.claim_file_by_date,
            }
    return rows
