"""What the world knows of what to reorder, as the rows of each mart.

The forecast's own figures are given: average demand, weekdays and reorder point (tests/backtest proves them). Everything
that follows from them is the world's: stock, orders under way, projection, remedy, quantities and dates.
"""

from datetime import timedelta
from decimal import Decimal
from math import sqrt

from include.sandbox.truth import replenishment, stockouts
from include.sandbox.truth.moments import money
from include.sandbox.truth.replenishment import Demand, Need
from include.sandbox.truth.statistics import rounded
from include.sandbox.truth.stock import Place
from include.warehouse.connect import connect
from tests.flows.company import Company
from tests.flows.tables import Action, Key, Rows, Table, books, gid, only, was_deleted_meanwhile
from tests.flows.tables_supply import shelves, with_drafts

HERE = (
    "supplier_id", "on_hand", "position", "qty_raw", "qty_to_order", "unit_cost_amount", "order_value_amount",
    "days_of_cover", "stockout_date", "latest_order_date", "advice", "transfer_from", "transfer_qty",
    "expedite_po_name", "is_awaiting_approval", "severity",
)  # fmt: skip
ADVISED = (
    *HERE, "available", "on_order", "in_transit", "draft_on_order", "lead_time_days", "review_days", "safety_stock",
    "target_stock", "moq", "pack_size", "days_of_cover_incl_on_order", "is_simulated",
)  # fmt: skip
EMPTY = ("shelves", "shelves_out", "stockout_rate", "lost_units", "lost_sales_amount", "currency")
ORDERED = (*HERE, "supplier_min_order_met")
Z90 = 1.2816
FORECAST_DAYS = 28


def demands(shop: Company) -> dict[Place, Demand]:
    """The forecast, as it was made."""
    weekdays = _weekdays(shop)
    rows = _build(
        shop,
        """SELECT sku, location_code, levels.daily_demand, points.reorder_point
           FROM build.int_demand__levelled AS levels
           JOIN build.int_restock__points AS points USING (sku, location_id)
           JOIN build.dim_location USING (location_id)""",
    )
    return {
        (sku, code): Demand(float(daily), weekdays.get(sku, {}), point) for sku, code, daily, point in rows
    }


def _weekdays(shop: Company) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for sku, weekday, index in _build(
        shop, "SELECT sku, iso_weekday, weekday_index FROM build.int_weekdays__indexed"
    ):
        found.setdefault(sku, {})[weekday] = float(index)
    return found


def _build(shop: Company, query: str) -> list[tuple]:
    with connect(shop.settings, "transformer") as conn:
        return conn.execute(query).fetchall()


def _needs(shop: Company) -> dict[Place, Need]:
    return replenishment.needs(with_drafts(shop), shop.midnight, shop.day, demands(shop))


def advice(shop: Company) -> Rows:
    is_simulated = bool({"orders", "stock", "suppliers", "costs"} & shop.world.simulated)
    told = {
        place: need.row(shop.world) | {"is_simulated": is_simulated} for place, need in _needs(shop).items()
    }
    return only(told, *ADVISED)


def orders(shop: Company) -> Rows:
    """Whatever needs something. A supplier's minimum counts over all that can be drafted, at all our locations."""
    ours = {one.code for one in shop.world.locations}
    minimums = {str(one.id): money(shop.world, one.min_order_minor) for one in shop.world.suppliers}
    rows = {place: need.row(shop.world) for place, need in _needs(shop).items() if need.is_open}
    totals: dict[object, Decimal] = {}
    for (_, code), row in rows.items():
        if row["advice"] == "ORDER" and code in ours and row["order_value_amount"] is not None:
            totals[row["supplier_id"]] = (
                totals.get(row["supplier_id"], Decimal(0)) + row["order_value_amount"]
            )
    for row in rows.values():
        supplier = row["supplier_id"]
        row["supplier_min_order_met"] = supplier is None or totals.get(supplier, 0) >= minimums[supplier]
    return only(rows, *ORDERED)


def forecasts(shop: Company) -> Rows:
    """Four weeks of the level, weekday by weekday, and where eight of ten days will lie."""
    weekdays, rows = _weekdays(shop), {}
    levels = _build(
        shop,
        """SELECT sku, location_code, daily_demand, dispersion
           FROM build.int_demand__levelled JOIN build.dim_location USING (location_id) WHERE daily_demand > 0""",
    )
    for sku, code, daily, dispersion in levels:
        for day in (shop.day + timedelta(days=number) for number in range(1, FORECAST_DAYS + 1)):
            mean = daily * weekdays.get(sku, {}).get(day.isoweekday(), 1.0)
            reach = Z90 * sqrt(dispersion * mean)
            rows[sku, code, day] = {
                "yhat": rounded(mean, 4),
                "p10": rounded(max(mean - reach, 0.0), 4),
                "p90": rounded(mean + reach, 4),
            }
    return rows


def empty_shelves(shop: Company) -> Rows:
    """What each day could have sold and what it sold are the forecast's; which days nobody had a SKU is the world's."""
    weekdays = _weekdays(shop)
    rows = _build(
        shop,
        """SELECT sku, location_code, business_date, daily_demand, units
           FROM build.int_demand__observed JOIN build.int_demand__levelled USING (sku, location_id)
           JOIN build.dim_location USING (location_id)""",
    )
    asked = {
        (sku, code, day): (daily * weekdays.get(sku, {}).get(day.isoweekday(), 1.0), int(units))
        for sku, code, day, daily, units in rows
    }
    return stockouts.stockouts(books(shop), shop.day, shelves(shop), asked)


def is_unknown_place(shop: Company, key: Key) -> bool:
    """A branch of which a product was deleted since the first night."""
    return any(
        key[0] in {place.code for place in branch.locations}
        and any(was_deleted_meanwhile(shop, (gid("Product", product.id),)) for product in branch.products)
        for branch in shop.world.branches
    )


def is_unknown(shop: Company, key: Key) -> bool:
    """A branch's SKU whose product was deleted since the first night: no ERP says so, and Shopify does not tell."""
    return any(
        key[0] == variant.sku and was_deleted_meanwhile(shop, (gid("Product", variant.product_id),))
        for branch in shop.world.branches
        for variant in branch.variants
    )


RESTOCK = (
    Table(
        "mart_restock_recommendation", ("sku", "location_code"), advice,
        """select r.*, here.location_code, donors.location_code as transfer_from
           from mart.mart_restock_recommendation as r
           join mart.dim_location as here using (location_id)
           left join mart.dim_location as donors on donors.location_id = r.transfer_from_location_id
           where as_of_day = %(day)s""",
        is_unknown, ADVISED,
    ),
    Action(
        "act_restock_order", ("sku", "location_code"), orders,
        "select *, transfer_from_location_code as transfer_from from act.act_restock_order",
        is_unknown, ORDERED,
    ),
    Table(
        "fct_demand_forecast", ("sku", "location_code", "target_date"), forecasts,
        """select * from mart.fct_demand_forecast join mart.dim_location using (location_id)
           where as_of_day = %(day)s""",
        columns=("yhat", "p10", "p90"),
    ),
    Table(
        "mart_stockout_daily", ("location_code", "business_date"), empty_shelves,
        "select * from mart.mart_stockout_daily join mart.dim_location using (location_id)",
        is_unknown_place, EMPTY,
    ),
)  # fmt: skip
