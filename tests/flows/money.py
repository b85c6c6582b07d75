"""What the marts tell of fees, margins, customer value and our standing, beside what the world knows of them."""

from datetime import date
from typing import Any

from include.sandbox.truth import Company as Books
from include.sandbox.truth import daily_pnl, ltv_cohorts, marketplace_fees, seller_health
from tests.flows.company import Company

Told = tuple[Any, Any]  # what the marts say, what is true


def fees(shop: Company) -> Told:
    """Every fee line of the marketplace."""
    rows = shop.read(
        "select coalesce(order_id, ''), coalesce(order_line_id, ''), coalesce(seller_sku, ''), fee_type, posted_at,"
        " posted_date, amount, reporting_amount, is_estimated from mart.fct_marketplace_fees"
    )
    truth = [
        (
            *(one.order_id or "", one.order_line_id or "", one.seller_sku or "", one.fee_type, one.posted_at),
            *(one.posted_date, one.amount, one.reporting_amount, one.is_estimated),
        )
        for one in marketplace_fees(shop.world, shop.midnight)
    ]
    return sorted(rows), sorted(truth)


def profit(shop: Company) -> Told:
    """Every store's and channel's day from net sales to CM3, in the company's currency."""
    rows = shop.read(
        "select store_id, channel_group, business_date, net_sales_reporting_amount, cm1_reporting_amount,"
        " cm2_reporting_amount, ad_spend_reporting_amount, cm3_reporting_amount, cost_coverage_pct"
        " from mart.mart_daily_pnl"
    )
    truth = daily_pnl(Books(shop.world, shop.midnight))
    return {row[:3]: row[3:] for row in rows}, {
        key: (day.amount("net_sales"), day.cm1, day.cm2, day.amount("ad_spend"), day.cm3, day.coverage_pct)
        for key, day in truth.items()
    }


def customer_value(shop: Company) -> Told:
    """Every cohort at every horizon."""
    rows: list[tuple[Any, ...]] = shop.read(
        "select cohort_month, horizon_days, cohort_size, is_mature, net_sales_reporting_amount, cm2_reporting_amount,"
        " ltv_net_reporting_amount, ltv_cm2_reporting_amount, repeat_customers, repeat_rate"
        " from mart.mart_customer_ltv_cohort"
    )
    truth: dict[tuple[date, int], Any] = ltv_cohorts(Books(shop.world, shop.midnight), shop.day)
    return {row[:2]: row[2:] for row in rows}, {
        key: (
            *(one.size, one.is_mature, one.net_sales, one.cm2),
            *(one.ltv_net, one.ltv_cm2, one.repeat_customers, one.repeat_rate),
        )
        for key, one in truth.items()
    }


def standing(shop: Company) -> Told:
    """Every rate the marketplace judges us by, on the day of the night."""
    rows = shop.read(
        "select metric, numerator, denominator, value, status from mart.mart_marketplace_seller_health"
        " where as_of_day = %s",
        shop.day,
    )
    truth = seller_health(shop.world, shop.midnight, shop.day)
    return {row[0]: row[1:] for row in rows}, {
        metric: (one.numerator, one.denominator, one.value, one.status) for metric, one in truth.items()
    }
