"""What can be claimed from a carrier, up to what amount and until when.

A delay is claimable only where the carrier guaranteed a day and broke it without an excuse of its own; lost and damaged
parcels are, up to the carrier's liability. The terms are those in force on the day of shipping.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.truth.delivery import Shipment, judged
from include.sandbox.truth.rules import claim_terms, excuses_carrier
from include.sandbox.truth.sent import Sent, sent
from include.sandbox.truth.statistics import rounded
from include.sandbox.world.model import World


@dataclass(frozen=True, slots=True)
class Claim:
    """Names as in `fct_shipments`; `amount` is None when only the carrier's invoice knows the freight."""

    claim_status: str = "none"
    claim_type: str | None = None
    claim_file_by_date: date | None = None
    claim_amount: Decimal | None = None


def claims(world: World, now: datetime, day: date) -> dict[str, Claim]:
    """By tracking code, of every parcel."""
    return {
        one.parcel.tracking_code: _claim(one, judged(one, now, day), now, day)
        for one in sent(world, now, day)
    }


def _claim(parcel: Sent, told: Shipment, now: datetime, day: date) -> Claim:
    kind = _trouble(parcel, told, now)
    if kind is None:
        return Claim()
    terms = claim_terms(told.carrier, told.service, kind, told.business_date)
    if terms is None or terms["is_guaranteed"] != "true" or not _is_fault(parcel, told, kind, now, day):
        return Claim("ineligible", kind)
    since = parcel.parcel.estimated_delivery_on if kind == "late" else told.business_date
    assert since is not None
    file_by = since + timedelta(days=int(terms["days_to_file"]))
    if file_by <= day:
        return Claim("ineligible", kind, file_by)
    return Claim("claimable", kind, file_by, _amount(parcel, kind, terms))


def _trouble(parcel: Sent, told: Shipment, now: datetime) -> str | None:
    if told.is_lost:
        return "lost"
    if any(scan.status_detail == "damaged" for scan in parcel.scans(now)):
        return "damaged"
    return "late" if told.is_late else None


def _is_fault(parcel: Sent, told: Shipment, kind: str, now: datetime, day: date) -> bool:
    """Whether the carrier broke a day it had guaranteed, and nothing excuses it; loss and damage always are."""
    if kind != "late":
        return True
    guaranteed = parcel.parcel.estimated_delivery_on if parcel.parcel.guaranteed else None
    attempt = told.first_attempt_at
    tried_on = attempt.astimezone(parcel.zone()).date() if attempt else day
    is_excused = any(excuses_carrier(scan.status_detail) for scan in parcel.scans(now))
    return guaranteed is not None and tried_on > guaranteed and not is_excused


def _amount(parcel: Sent, kind: str, terms: dict[str, str]) -> Decimal | None:
    """The parcel's share of its order: freight for a delay, goods for a loss; never more than the carrier is liable for."""
    paid = parcel.freight if kind == "late" else parcel.goods
    if kind == "late" and not paid:
        return None
    share = paid / parcel.parcels
    is_limited = terms["max_liability_amount"] and terms["currency"] == parcel.currency
    limit = Decimal(terms["max_liability_amount"]) if is_limited else parcel.freight + parcel.goods
    return rounded(min(share, limit), 2)
