"""Whom a message would not offend, and when they last ordered.

Nothing may be unsettled between them and us: no open return or complaint, no parcel of theirs late. Any order of a
known person counts as one, paid or not, in whatever store; tests do not.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from include.sandbox.truth.company import Company
from include.sandbox.truth.delivery import Shipment, shipments
from include.sandbox.truth.moments import happened
from include.sandbox.truth.people import person_rows
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Order

NEVER_SCANNED = timedelta(days=30)


def approachable(company: Company, day: date) -> dict[str, datetime | None]:
    """When each of them last ordered, if ever, by who somebody is."""
    unsettled = {who for who, row in person_rows(company).items() if row["has_open_complaint"]}
    unsettled |= {who for who, shop, order in persons_orders(company) if _has_open_return(shop, order)}
    unsettled |= _waiting_for_a_late_parcel(company, day)
    last: dict[str, datetime | None] = dict.fromkeys(person_rows(company))
    for who, _, order in persons_orders(company):
        if not order.test:
            last[who] = max(order.created_at.replace(microsecond=0), last.get(who) or order.created_at)
    return {who: at and at.replace(microsecond=0) for who, at in last.items() if who not in unsettled}


def persons_orders(company: Company) -> Iterator[tuple[str, Sales, Order]]:
    """Every order of a known person in any of our stores, with who they are."""
    for shop in company.shops:
        for order in shop.orders:
            if order.customer_id is not None:
                yield shop.who(order.customer_id), shop, order


def parcels_by_order(company: Company, day: date) -> dict[tuple[str, str], list[Shipment]]:
    """The parcels that were handed over, or still may be, by store and order name."""
    told = {one.tracking_code: one for one in shipments(company.world, company.now, day)}
    found: dict[tuple[str, str], list[Shipment]] = {}
    for _, shop, order in persons_orders(company):
        parcels = [told[one.tracking_code] for one in order.parcels if one.tracking_code in told]
        kept = [one for one in parcels if not _was_never_handed_over(one, company.now)]
        found[shop.world.company.shop_domain, order.name] = kept
    return found


def _has_open_return(shop: Sales, order: Order) -> bool:
    return any(
        happened(one.requested_at, shop.now) and not happened(one.closed_at, shop.now)
        for one in order.returns
    )


def _waiting_for_a_late_parcel(company: Company, day: date) -> set[str]:
    parcels = parcels_by_order(company, day)
    return {
        who
        for who, shop, order in persons_orders(company)
        for one in parcels[shop.world.company.shop_domain, order.name]
        if one.is_late and not one.is_delivered and not one.is_returned
    }


def _was_never_handed_over(one: Shipment, now: datetime) -> bool:
    return one.picked_up_at is None and not one.is_delivered and one.label_created_at < now - NEVER_SCANNED
