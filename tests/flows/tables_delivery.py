"""What the world knows of parcels, lanes and claims, as the rows of each mart."""

from include.sandbox import truth
from include.sandbox.truth import claims, due_today, lanes
from include.sandbox.truth.sent import sent
from tests.flows.company import Company
from tests.flows.tables import Action, Rows, Table, instant

CARRIED = (
    "lane", "carrier", "service", "business_date", "promised_date", "promise_source", "is_delivered", "is_lost",
    "is_returned", "is_exception", "carrier_on_time_attempt", "customer_on_time_delivered", "is_late", "days_late",
    "transit_days", "original_estimate_date", "exception_reason", "order_to_ship_hours", "label_created_at",
    "picked_up_at", "first_attempt_at", "delivered_at", "last_scan_at",
)  # fmt: skip
CLAIMED = ("claim_status", "claim_type", "claim_file_by_date", "claim_amount")


def parcels(shop: Company) -> Rows:
    claimed = claims.claims(shop.world, shop.midnight, shop.day)
    return {
        (one.tracking_code,): {name: getattr(one, name) for name in CARRIED}
        | {name: getattr(claimed[one.tracking_code], name) for name in CLAIMED}
        for one in truth.shipments(shop.world, shop.midnight, shop.day)
    }


def scans(shop: Company) -> Rows:
    """Every scan once, whoever told it: one instant with one status is one."""
    return {
        (one.parcel.tracking_code, instant(scan.at), scan.status): {"scans": 1}
        for one in sent(shop.world, shop.midnight, shop.day)
        for scan in one.scans(shop.midnight)
    }


def belated(shop: Company) -> Rows:
    """Of the aggregator's scans, which were told only after something newer had been told. (UPS's go the same way.)"""
    nights = [shop.midnight_of(night) for night in sorted(set(shop.answered["easypost.trackers"]))]
    rows = {}
    for one in sent(shop.world, shop.midnight, shop.day):
        known = one.scans(shop.midnight) if one.parcel.carrier != "UPS" else []
        told = {id(scan): next((n for n in nights if scan.seen_at < n), None) for scan in known}
        for scan in known:
            first = told[id(scan)]
            before = [other.at for other in known if first and told[id(other)] and told[id(other)] < first]
            if first:
                is_late = any(at > scan.at for at in before)
                rows[one.parcel.tracking_code, instant(scan.at), scan.status] = {"is_late_scan": is_late}
    return rows


def promises(shop: Company) -> Rows:
    return lanes.Lanes(shop.world, shop.midnight, shop.day).rows()


def late(shop: Company) -> Rows:
    rows = due_today.late_parcels(shop.world, shop.midnight, shop.day)
    return {(code,): row for code, row in rows.items()}


def to_touch(shop: Company) -> Rows:
    return {
        key: {"ship_by_at": instant(due.ship_by_at), "hours_overdue": due.hours_overdue}
        for key, due in due_today.to_touch(shop.world, shop.midnight, shop.day).items()
    }


DELIVERY = (
    Table("fct_shipments", ("tracking_code",), parcels),
    Table(
        "fct_shipment_events", ("tracking_code", "occurred_at", "status"), scans,
        """select tracking_code, occurred_at, e.status, count(*) as scans
           from mart.fct_shipment_events as e join mart.fct_shipments using (shipment_id) group by 1, 2, 3""",
    ),
    Table(
        "fct_shipment_events", ("tracking_code", "occurred_at", "status"), belated,
        """select tracking_code, e.* from mart.fct_shipment_events as e join mart.fct_shipments using (shipment_id)
           where carrier <> 'UPS'""",
        columns=("is_late_scan",),
    ),
    Table("mart_carrier_sla_daily", ("carrier", "service", "lane", "due_date"), promises),
    Action("act_late_parcel", ("tracking_code",), late, "select * from act.act_late_parcel"),
    Action(
        "act_ship_today", ("kind", "named"), to_touch,
        """select *, case when kind = 'unshipped' then order_name else tracking_code end as named
           from act.act_ship_today""",
    ),
)  # fmt: skip
