"""What the marts tell of sales and stock of every store and the marketplace, beside what the world knows of them."""

from decimal import Decimal
from typing import Any

from include.sandbox.truth import Company as Books
from include.sandbox.truth.stock import fba_on_hand, on_shelves
from tests.flows.company import HOUR_OF_NIGHT, Company

Told = tuple[Any, Any]  # what the marts say, what is true

COUNTS = ("orders", "paid_orders", "units", "new_customer_orders")
AMOUNTS = (
    "gross_sales_amount", "discounts_amount", "returns_amount", "cancellations_amount", "net_sales_amount",
    "shipping_amount", "goodwill_amount", "gross_sales_reporting_amount", "discounts_reporting_amount",
    "returns_reporting_amount", "cancellations_reporting_amount", "net_sales_reporting_amount", "fx_gain_loss_amount",
)  # fmt: skip
OF_OUR_SHOPS = ("net_sales_cohort_amount", "tax_amount", "total_sales_amount", "returning_customer_orders")
"""Columns the world does not tell of a marketplace."""


def days(shop: Company) -> Told:
    """Every day of every store and channel, in its own currency and in the company's."""
    columns = (*COUNTS, *AMOUNTS, *OF_OUR_SHOPS)
    books = Books(shop.world, shop.midnight, shop.midnight + HOUR_OF_NIGHT).daily()
    told = {
        (store, day, channel): dict(zip(columns, values, strict=True))
        for store, day, channel, *values in shop.read(
            f"select store_id, business_date, channel, {', '.join(columns)} from mart.mart_daily_sales"
        )
    }
    truth = {key: {name: exact(row[name]) for name in columns if name in row} for key, row in books.items()}
    return {key: known(row, books.get(key, {})) for key, row in told.items()}, truth


def shelves(shop: Company) -> Told:
    """Units at the end of the night's day on every shelf that is not empty, the marketplace's in our own SKUs."""
    rows = shop.read(
        "select sku, location_code, on_hand from mart.fct_inventory_snapshot_daily"
        " join mart.dim_location using (location_id) where business_date = %s and on_hand <> 0",
        shop.day,
    )
    truth = on_shelves(shop.world, shop.midnight)
    truth |= {(sku, "AMAZON_FBA"): units for sku, units in fba_on_hand(shop.world, shop.midnight).items()}
    return {row[:2]: row[2] for row in rows}, {place: units for place, units in truth.items() if units}


def known(told: dict[str, Any], truth: dict[str, object]) -> dict[str, Any]:
    """Only the columns that the world tells, too."""
    return {name: exact(value) for name, value in told.items() if name in truth}


def exact(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
