"""The night's figures out of the marts, and how they compare with what the sandbox knows to be true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg import Connection

# One query per figure, named as the sandbox names its truth. Each takes the business day and gives one number, over all
# stores and in the company's currency. A sum of which a part is not known is not known.
WHOLE = "CASE WHEN count(*) = count({column}) THEN coalesce(sum({column}), 0) END"
SALES = f"SELECT {WHOLE} FROM mart.mart_daily_sales WHERE business_date = %(day)s"
FIGURES: dict[str, str] = {
    "net_sales": SALES.format(column="net_sales_reporting_amount"),
    "gross_sales": SALES.format(column="gross_sales_reporting_amount"),
    "returns": SALES.format(column="returns_reporting_amount"),
    "orders": SALES.format(column="orders"),
    "units": SALES.format(column="units"),
    "new_customers": SALES.format(column="new_customer_orders"),
    "marketplace_orders": SALES.format(column="orders") + " AND source = 'amazon'",
    "marketplace_fees": (
        f"SELECT {WHOLE.format(column='reporting_amount')} FROM mart.fct_marketplace_fees WHERE posted_date = %(day)s"
    ),
    "contribution_margin": (
        f"SELECT {WHOLE.format(column='cm3_reporting_amount')} FROM mart.mart_daily_pnl WHERE business_date = %(day)s"
    ),
    "sessions": "SELECT count(*) FROM mart.fct_sessions WHERE business_date = %(day)s",
    "ad_spend": (
        f"SELECT {WHOLE.format(column='spend_reporting_amount')} FROM mart.fct_ad_performance_daily"
        " WHERE ad_date = %(day)s"
    ),
    "parcels_shipped": "SELECT count(*) FROM mart.fct_shipments WHERE business_date = %(day)s",
    "late_parcels": (
        "SELECT count(*) FROM mart.fct_shipments"
        " WHERE is_late AND NOT is_delivered AND NOT is_lost AND NOT is_returned"
    ),
    "abandoned_carts": "SELECT count(*) FROM mart.fct_abandoned_carts WHERE state = 'abandoned'",
    "stockouts": (
        "SELECT count(*) FROM mart.fct_inventory_snapshot_daily"
        " WHERE business_date = %(day)s AND is_out_of_stock"
    ),
    "open_purchase_orders": (
        "SELECT count(DISTINCT purchase_order_id) FROM mart.fct_purchase_orders"
        " WHERE state IN ('purchase', 'done') AND open_quantity > 0"
    ),
}


@dataclass(frozen=True)
class Difference:
    """A figure that the marts and the sandbox tell differently."""

    name: str
    ours: Decimal | None
    true: Decimal | None

    def __str__(self) -> str:
        return f"{self.name}: marts say {self.ours}, the sandbox {self.true}"


def read_figures(reader: Connection, day: date) -> dict[str, Decimal | None]:
    """All figures of a business day; nothing counted is 0, what cannot be known (no cost, no rate) None."""
    figures: dict[str, Decimal | None] = {}
    for name, query in FIGURES.items():
        row = reader.execute(query, {"day": day}).fetchone()
        figures[name] = Decimal(row[0]) if row and row[0] is not None else None
    return figures


def compare(figures: Mapping[str, Decimal | None], truth: Mapping[str, float | None]) -> list[Difference]:
    """Where the marts and the truth differ. Amounts are compared to the cent; a figure only one knows differs."""
    differences = []
    for name, value in truth.items():
        true = None if value is None else round(Decimal(str(value)), 2)
        ours = figures.get(name)
        if name not in figures or (None if ours is None else round(ours, 2)) != true:
            differences.append(Difference(name, ours, true))
    return differences
