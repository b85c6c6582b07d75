"""The morning's figures, as the world itself knows them."""

from datetime import date, datetime

from include.sandbox.truth import ads, buying, carts, delivery, stock
from include.sandbox.truth.moments import day_end
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import World


def summary(world: World, now: datetime, day: date) -> dict[str, float | int]:
    """The figures of company day `day` as they can be known at its end, or at `now` if that is earlier.

    | figure | is |
    |---|---|
    | net_sales, gross_sales, returns | booked on the day, all channels, without tax; returns without cancellations |
    | orders, units | of the day's sales: no tests, none voided before payment, no gift cards |
    | new_customers | orders of the day that are their buyer's first paid one |
    | ad_spend | of the day's campaigns |
    | parcels_shipped | labels of the day |
    | late_parcels | promised for the day or before and still on their way: not delivered, lost or sent back |
    | abandoned_carts | checkouts in state abandoned at the day's end, whenever begun |
    | stockouts | (SKU, location) with nothing left to sell at the day's end |
    | open_purchase_orders | approved, not cancelled, and something still to come at the day's end |
    """
    known = min(now, day_end(world, day))
    rows = list(Sales(world, known).daily(day, day).values())

    def summed(name: str) -> float:
        return float(sum(row[name] for row in rows))  # type: ignore[misc]

    parcels = delivery.shipments(world, known, day)
    return {
        "net_sales": summed("net_sales_amount"),
        "gross_sales": summed("gross_sales_amount"),
        "returns": summed("returns_amount"),
        "orders": int(summed("orders")),
        "units": int(summed("units")),
        "new_customers": int(summed("new_customer_orders")),
        "ad_spend": float(ads.spend(world, known, day)),
        "parcels_shipped": sum(parcel.business_date == day for parcel in parcels),
        "late_parcels": sum(_is_overdue(parcel) for parcel in parcels),
        "abandoned_carts": sum(state == "abandoned" for state in carts.states(world, known).values()),
        "stockouts": len(stock.out_of_stock(world, known)),
        "open_purchase_orders": len(buying.open_orders(world, known, day)),
    }


def _is_overdue(parcel: delivery.Shipment) -> bool:
    return parcel.is_late and not (parcel.is_delivered or parcel.is_lost or parcel.is_returned)
