"""Suppliers: whom each SKU is bought from, what they promise, and what they really did.

A SKU is bought from the cheapest offer, of equal ones the fastest. How long a supplier takes is measured over
the lines approved in a year: the median of five complete ones or more, the 95th percentile of ten or more.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from include.sandbox.truth.buying import purchase_lines
from include.sandbox.truth.moments import happened, ratio
from include.sandbox.truth.statistics import percentile
from include.sandbox.world.model import SupplierOffer, World

FEWEST, FEWEST_FOR_P95 = 5, 10
YEAR = timedelta(days=365)
NO_ONES_LEAD_TIME = 14


@dataclass(frozen=True, slots=True)
class Pace:
    """Days a supplier takes, in whole days; None where too little came."""

    p50: int | None = None
    p95: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """With what a SKU is replenished: `promised_days` is the supplier's word, or everybody's median without one."""

    offer: SupplierOffer | None
    promised_days: int
    lead_time_days: int


def chosen_offers(world: World, now: datetime) -> dict[str, SupplierOffer]:
    """The offer each living SKU of the ERP would be bought by."""
    living = _living(world, now)
    skus = {one.id: one.sku for one in world.variants if one.sku in living}
    chosen: dict[str, SupplierOffer] = {}
    for offer in sorted(world.offers, key=lambda one: (one.price_minor, one.lead_time_days, one.id)):
        if offer.variant_id in skus:
            chosen.setdefault(skus[offer.variant_id], offer)
    return chosen


def supplier_rows(world: World, now: datetime) -> dict[int, dict[str, Any]]:
    """The rows of `dim_supplier` by supplier id: promised is the median of its offers we would buy by."""
    offers = chosen_offers(world, now).values()
    rows: dict[int, dict[str, Any]] = {}
    for supplier in world.suppliers:
        theirs = [offer.lead_time_days for offer in offers if offer.supplier_id == supplier.id]
        rows[supplier.id] = {
            "supplier_name": supplier.name,
            "country": supplier.country,
            "currency": world.company.currency,
            "lead_time_days_promised": _whole(percentile(theirs, 0.5)),
            "variants_supplied": len(theirs),
            "is_active": True,
        }
    return rows


def performance(world: World, now: datetime, day: date) -> dict[tuple[int, date], dict[str, Any]]:
    """The rows of `mart_supplier_performance`: confirmed lines by supplier and the month they were promised for.
    Rates are of the lines whose promised day is over; more than was ordered fills no other line."""
    months: dict[tuple[int, date], list[dict[str, Any]]] = defaultdict(list)
    for line in purchase_lines(world, now, day):
        if line["state"] == "purchase":
            months[line["supplier_id"], line["promised_date"].replace(day=1)].append(line)
    return {key: _month(lines, day) for key, lines in sorted(months.items())}


def _month(lines: list[dict[str, Any]], day: date) -> dict[str, Any]:
    due = [line for line in lines if line["promised_date"] <= day]
    kept = [line for line in due if line["fully_received_at"] and line["days_late"] <= 0]
    times = _lead_times(lines)
    filled = sum(min(line["received_quantity"], line["ordered_quantity"]) for line in due)
    return {
        "lines_ordered": len(lines),
        "lines_due": len(due),
        "lines_on_time_in_full": len(kept),
        "otif_rate": ratio(len(kept), len(due), 6),
        "lead_time_days_p50": percentile(times, 0.5, FEWEST),
        "lead_time_days_p95": percentile(times, 0.95, FEWEST_FOR_P95),
        "units_ordered": sum(line["ordered_quantity"] for line in lines),
        "units_received": sum(line["received_quantity"] for line in lines),
        "fill_rate": ratio(filled, sum(line["ordered_quantity"] for line in due), 6),
        "overdue_lines": sum(bool(line["is_overdue"]) for line in lines),
    }


def paces(world: World, now: datetime, day: date) -> dict[int, Pace]:
    """By supplier id, of everybody who ever got an order."""
    times: dict[int, list[int]] = defaultdict(list)
    approved = {order.id: order.approved_at for order in world.purchase_orders}
    for line in purchase_lines(world, now, day):
        since = approved[line["purchase_order_id"]]
        if line["state"] == "purchase" and since is not None and since >= now - YEAR:
            times[line["supplier_id"]] += _lead_times([line])
    return {
        supplier: Pace(
            _whole(percentile(theirs, 0.5, FEWEST)), _whole(percentile(theirs, 0.95, FEWEST_FOR_P95))
        )
        for supplier, theirs in times.items()
    }


def terms(world: World, now: datetime, day: date) -> dict[str, Terms]:
    """By SKU, of all that is replenished. We plan with the promise, or the measured median where that is longer. What
    no supplier offers and what the ERP has never heard of are planned with the median promise of all others."""
    offers, measured = chosen_offers(world, now), paces(world, now, day)
    usual = _whole(percentile([one.lead_time_days for one in offers.values()], 0.5)) or NO_ONES_LEAD_TIME
    found: dict[str, Terms] = {}
    for sku in set().union(*(_living(shop, now) for shop in (world, *world.branches))):
        offer = offers.get(sku)
        promised = offer.lead_time_days if offer else usual
        median = measured.get(offer.supplier_id, Pace()).p50 if offer else None
        found[sku] = Terms(offer, promised, max(promised, median or 0, 1))
    return found


def longest_days(pace: Pace, promised_days: int) -> int:
    """After how many days an overdue order is given up: its supplier's P95, at least the promise; without one, one
    and a half promises."""
    return ceil(1.5 * promised_days) if pace.p95 is None else max(pace.p95, promised_days)


def _living(world: World, now: datetime) -> set[str]:
    """SKUs of products that exist."""
    there = {one.id for one in world.products if one.created_at <= now and not happened(one.deleted_at, now)}
    return {one.sku for one in world.variants if one.product_id in there}


def _lead_times(lines: Iterable[dict[str, Any]]) -> list[int]:
    return [line["lead_time_days"] for line in lines if line["lead_time_days"] is not None]


def _whole(days: Decimal | None) -> int | None:
    return None if days is None else ceil(days)
