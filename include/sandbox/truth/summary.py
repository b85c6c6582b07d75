"""The morning's figures, as the world itself knows them."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from include.sandbox.truth import ads, buying, carts, delivery, sessions, stock
from include.sandbox.truth.company import Company
from include.sandbox.truth.fees import fees_of
from include.sandbox.truth.moments import day_end
from include.sandbox.truth.pnl import contribution_margin
from include.sandbox.truth.rates import Total
from include.sandbox.world.model import World


def summary(world: World, now: datetime, day: date) -> dict[str, float | int | None]:
    """The figures of day `day` as they can be known at the end of the company's day, or at `now` if that is
    earlier. Stores count their own day `day`; amounts are in the company's currency, None when a rate or a
    cost is not known.

    | figure | is |
    |---|---|
    | net_sales, gross_sales, returns | booked on the day, all stores and channels, without tax; returns without cancellations |
    | orders, units | of the day's sales: no tests, none voided before payment, no gift cards |
    | new_customers | orders of the day that are their buyer's first paid one in any of our own shops |
    | ad_spend | of the day's campaigns on all platforms |
    | parcels_shipped | labels of the day, also for the marketplace |
    | late_parcels | promised for the day or before and still on their way: not delivered, lost or sent back |
    | abandoned_carts | checkouts in state abandoned at the day's end, whenever begun |
    | stockouts | (SKU, location) with nothing left to sell at the day's end, the marketplace's warehouse included |
    | open_purchase_orders | approved, not cancelled, and something still to come at the day's end |
    | marketplace_orders | of the day on the marketplace, none cancelled |
    | marketplace_fees | posted on the day and told by now: the marketplace tells after two days |
    | contribution_margin | CM3 of the day, all stores and channels |
    | sessions | visits of recognised people that began on the day |
    """
    known = min(now, day_end(world, day))
    company = Company(world, known, now)
    rows = company.daily(day, day)

    def counted(name: str) -> int:
        return sum(int(str(row[name])) for row in rows.values())

    parcels = delivery.shipments(world, known, day)
    market = company.market.store_id if company.market else None
    return {
        "net_sales": _whole(row["net_sales_reporting_amount"] for row in rows.values()),
        "gross_sales": _whole(row["gross_sales_reporting_amount"] for row in rows.values()),
        "returns": _whole(row["returns_reporting_amount"] for row in rows.values()),
        "orders": counted("orders"),
        "units": counted("units"),
        "new_customers": counted("new_customer_orders"),
        "ad_spend": float(ads.spend(world, known, day)),
        "parcels_shipped": sum(parcel.business_date == day for parcel in parcels),
        "late_parcels": sum(_is_overdue(parcel) for parcel in parcels),
        "abandoned_carts": sum(state == "abandoned" for state in carts.states(world, known).values()),
        "stockouts": len(stock.out_of_stock(world, known)),
        "open_purchase_orders": len(buying.open_orders(world, known, day)),
        "marketplace_orders": sum(
            int(str(row["orders"])) for (store, *_), row in rows.items() if store == market
        ),
        "marketplace_fees": _number(fees_of(world, known, day, now)),
        "contribution_margin": _number(contribution_margin(company, day)),
        "sessions": sum(visit.business_date == day for visit in sessions.visits(world, known)),
    }


def _whole(amounts: Iterable[object]) -> float | None:
    total = Total()
    for amount in amounts:
        total.add(amount if isinstance(amount, Decimal) else None)
    return _number(total.value)


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _is_overdue(parcel: delivery.Shipment) -> bool:
    return parcel.is_late and not (parcel.is_delivered or parcel.is_lost or parcel.is_returned)
