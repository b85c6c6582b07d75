"""Facts of what leads to orders: advertising, visits, and checkouts that were begun.

Kept as `model.py` says; import them from there.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True, frozen=True)
class Campaign:
    """platform: 'google_ads' or 'meta'. `channel_type` is Google's word, for Meta the objective."""

    id: int
    name: str
    channel_type: str
    utm_campaign: str
    platform: str = "google_ads"


@dataclass(slots=True, frozen=True)
class AdDay:
    """A campaign's day in the ad account's time zone. `conversions_at[n]` / `value_minor_at[n]` are what
    the platform claims when asked n days after the day (n = 0 is the morning after); the last holds for ever.
    `placement` is Meta's publisher platform ('facebook', 'instagram'); one row per placement, '' for Google."""

    campaign_id: int
    day: date
    impressions: int
    clicks: int
    cost_micros: int
    conversions_at: tuple[float, ...]
    value_minor_at: tuple[int, ...]
    placement: str = ""


@dataclass(slots=True, frozen=True)
class CheckoutLine:
    variant_id: int
    quantity: int
    unit_price_minor: int


@dataclass(slots=True)
class Checkout:
    """A checkout begun and left. `completed_at`/`order_id` when it was finished later after all."""

    id: int
    customer_id: int | None
    created_at: datetime
    updated_at: datetime
    lines: list[CheckoutLine]
    completed_at: datetime | None = None
    order_id: int | None = None


@dataclass(slots=True, frozen=True)
class Browsing:
    """Something a known person did on the site. kind: 'Viewed Product', 'Added to Cart', 'Started Checkout'.

    A started checkout has one event per line, all with the same `checkout_id`.
    """

    id: str
    at: datetime
    kind: str
    customer_id: int
    variant_id: int
    quantity: int
    value_minor: int
    checkout_id: int | None = None
