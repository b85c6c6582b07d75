"""How the marketplace judges us: shares of the orders of its windows, against dated limits.

Windows are whole days of the marketplace by the day of the order, ending with the day asked for. An order
is defective when it got one or two stars or an A-to-z claim was granted. Only what we ship ourselves is
judged for cancelling, lateness, tracking and delivery, and only once it is due. 1 defective of 50 orders
is a rate of 0.02, twice the limit of 0.01.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.truth.delivery import ON_THE_MOVE, delivered_at
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import happened, ratio
from include.sandbox.truth.rules import policies
from include.sandbox.world.model import MarketplaceOrder, Parcel, Scan, World

MARKETPLACE = "amazon"
WORST_STARS = 2
SCANNED_WITHIN = timedelta(hours=24)

Share = tuple[int, int]  # of this order: what counts, out of how many


@dataclass(frozen=True, slots=True)
class Health:
    """A row of `mart_marketplace_seller_health`; value is None without a single case."""

    metric: str
    numerator: int
    denominator: int
    value: Decimal | None
    status: str
    window_days: int
    target_rate: Decimal
    warn_rate: Decimal


def seller_health(
    world: World, now: datetime, day: date, asked_at: datetime | None = None
) -> dict[str, Health]:
    """Every metric with a limit, by name, as of a day; what the books do not tell yet counts for nothing."""
    if world.marketplace is None:
        return {}
    judge = _Judge(MarketplaceSales(world, now, asked_at), day)
    return {row["metric"]: judge.judged(row) for row in policies(MARKETPLACE, day)}


class _Judge:
    def __init__(self, sales: MarketplaceSales, day: date):
        self._sales, self._day, self._now = sales, day, sales.now
        self._share_of: dict[str, Callable[[MarketplaceOrder], Share]] = {
            "order_defect_rate": self._defects,
            "cancellation_rate": self._cancellations,
            "late_shipment_rate_10d": self._late,
            "late_shipment_rate_30d": self._late,
            "valid_tracking_rate": self._tracked,
            "on_time_delivery_rate": self._on_time,
        }

    def judged(self, row: dict[str, str]) -> Health:
        share_of = self._share_of[row["metric"]]
        shares = [share_of(order) for order in self._sales.orders if self._is_within(order, row)]
        hits, cases = sum(share[0] for share in shares), sum(share[1] for share in shares)
        value = ratio(hits, cases, 6)
        return Health(
            row["metric"], hits, cases, value, _status(row, value),
            int(row["window_days"]), Decimal(row["target_rate"]), Decimal(row["warn_rate"]),
        )  # fmt: skip

    def _is_within(self, order: MarketplaceOrder, row: dict[str, str]) -> bool:
        return 0 <= (self._day - self._sales.day_of(order.created_at)).days < int(row["window_days"])

    def _defects(self, order: MarketplaceOrder) -> Share:
        is_known = order.rated_at is not None and self._sales.day_of(order.rated_at) <= self._day
        is_bad = order.rating is not None and order.rating <= WORST_STARS and is_known
        is_claimed = not order.claim_denied and self._sales.is_told(order.claim_at)
        return int((is_bad and happened(order.rated_at, self._now)) or is_claimed), 1

    def _cancellations(self, order: MarketplaceOrder) -> Share:
        is_cancelled = happened(order.cancelled_at, self._now)
        return int(is_cancelled and order.cancelled_by == "SELLER"), int(_is_ours(order))

    def _late(self, order: MarketplaceOrder) -> Share:
        """Not out of the house by the moment promised. Of a letter nobody can tell the hour."""
        if not self._is_due(order, order.ship_by):
            return 0, 0
        if not happened(order.shipped_at, self._now):
            return 1, 1
        return int(
            bool(order.parcels) and order.shipped_at is not None and order.shipped_at > order.ship_by
        ), 1

    def _tracked(self, order: MarketplaceOrder) -> Share:
        """Parcels with a scan, of those that the carrier has had for a day; a letter has none."""
        limit = self._now - SCANNED_WITHIN
        if not _is_ours(order) or order.shipped_at is None or not order.shipped_at < limit:
            return 0, 0
        if not order.parcels:
            return 0, 1
        parcels = [parcel for parcel in order.parcels if parcel.created_at < limit]
        return sum(self._is_picked_up(parcel) for parcel in parcels), len(parcels)

    def _on_time(self, order: MarketplaceOrder) -> Share:
        """Delivered by the moment promised; what nobody saw arrive did not."""
        if not self._is_due(order, order.deliver_by):
            return 0, 0
        arrivals = [delivered_at(self._told(parcel)) for parcel in order.parcels]
        is_there = bool(arrivals) and all(at is not None and at <= order.deliver_by for at in arrivals)
        return int(is_there), 1

    def _is_due(self, order: MarketplaceOrder, moment: datetime) -> bool:
        return _is_ours(order) and happened(moment, self._now) and not happened(order.cancelled_at, self._now)

    def _is_picked_up(self, parcel: Parcel) -> bool:
        return any(scan.status in ON_THE_MOVE for scan in self._told(parcel))

    def _told(self, parcel: Parcel) -> list[Scan]:
        return sorted(
            (one for one in parcel.scans if happened(one.seen_at, self._now)), key=lambda one: one.at
        )


def _is_ours(order: MarketplaceOrder) -> bool:
    return order.fulfilled_by == "MERCHANT"


def _status(row: dict[str, str], value: Decimal | None) -> str:
    """breach at the limit, warn from our own earlier mark on."""
    if value is None:
        return "insufficient_data"
    for status, mark in (("breach", Decimal(row["target_rate"])), ("warn", Decimal(row["warn_rate"]))):
        if value >= mark if row["direction"] == "max" else value < mark:
            return status
    return "ok"
