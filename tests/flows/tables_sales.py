"""What the world knows of sales, margins, advertising and the marketplace, as the rows of each mart."""

from decimal import Decimal
from typing import Any

from include.sandbox import truth
from tests.flows.company import Company
from tests.flows.tables import Rows, Table, books, without

SEEN = ("impressions", "clicks")
MARGINS = (
    "net_sales",
    "cogs",
    "shipping_cost",
    "handling",
    "payment_fees",
    "marketplace_fees",
    "return_handling",
)


def orders(shop: Company) -> Rows:
    return truth.order_rows(books(shop))


def lines(shop: Company) -> Rows:
    return truth.line_rows(books(shop))


def refunds(shop: Company) -> Rows:
    return without(
        truth.refund_rows(books(shop)), "store_id", "order_name", "refund_line_id", "own_cost_back"
    )


def days(shop: Company) -> Rows:
    return books(shop).daily()


def fees(shop: Company) -> Rows:
    rows = truth.marketplace_fees(shop.world, shop.midnight)
    return {
        (one.order_id, one.order_line_id, one.seller_sku, one.fee_type, one.posted_at): {
            "posted_date": one.posted_date,
            "amount": one.amount,
            "fx_rate": one.fx_rate,
            "reporting_amount": one.reporting_amount,
            "is_estimated": one.is_estimated,
        }
        for one in rows
    }


def profit(shop: Company) -> Rows:
    """Each store's and channel's day in its own currency and in the company's."""
    company = books(shop)
    return {
        key: _day(day) | {"is_complete": company.is_over(key[0], key[2])}
        for key, day in truth.daily_pnl(company).items()
    }


def _day(day: Any) -> dict[str, Any]:
    own = day.in_own()
    row = {f"{kind}_amount": own.amount(kind) for kind in (*MARGINS, "ad_spend", "goodwill")}
    row |= {"cm1_amount": own.cm1, "cm2_amount": own.cm2, "cm3_amount": own.cm3}
    row |= {f"{kind}_reporting_amount": day.amount(kind) for kind in ("net_sales", "ad_spend")}
    row |= {f"{name}_reporting_amount": getattr(day, name) for name in ("cm1", "cm2", "cm3")}
    flags = {name: getattr(day, name) for name in ("is_cost_estimated", "is_provisional")}
    return row | flags | {"cost_coverage_pct": day.coverage_pct}


def customer_value(shop: Company) -> Rows:
    names = {
        "size": "cohort_size", "is_mature": "is_mature", "net_sales": "net_sales_reporting_amount",
        "cm2": "cm2_reporting_amount", "ltv_net": "ltv_net_reporting_amount", "ltv_cm2": "ltv_cm2_reporting_amount",
        "repeat_customers": "repeat_customers", "repeat_rate": "repeat_rate",
        "margin_coverage_pct": "margin_coverage_pct",
    }  # fmt: skip
    return {
        key: {column: getattr(one, name) for name, column in names.items()}
        for key, one in truth.ltv_cohorts(books(shop), shop.day).items()
    }


def standing(shop: Company) -> Rows:
    names = ("numerator", "denominator", "value", "status", "window_days", "target_rate", "warn_rate")
    return {
        (metric,): {name: getattr(one, name) for name in names}
        for metric, one in truth.seller_health(shop.world, shop.midnight, shop.day).items()
    }


def rates(shop: Company) -> Rows:
    return truth.Rates(shop.world, shop.midnight).rows(shop.today)


def placements(shop: Company) -> Rows:
    platforms = {campaign.id: campaign.platform for campaign in shop.world.campaigns}
    rows = truth.placements(shop.world, shop.midnight, shop.world.first_day, shop.day)
    return {
        (platforms[campaign], str(campaign), day, place): row
        | {"is_provisional": (shop.today - day).days < truth.REACH[platforms[campaign]]}
        for (campaign, day, place), row in rows.items()
        if place
    }


def campaigns(shop: Company) -> Rows:
    """The day's own figures, in both currencies, and what having asked before adds to them."""
    world, rates = shop.world, truth.Rates(shop.world, shop.midnight)
    spent = truth.performance(world, shop.midnight, world.first_day, shop.day)
    return {
        (platform, str(campaign), day): restated
        | {name: spent[campaign, day][name] for name in SEEN}
        | {"fx_rate": rates.rate("USD", day)}
        | {"spend_reporting_amount": rates.convert(Decimal(str(restated["spend_amount"])), "USD", day)}
        for (platform, campaign, day), restated in truth.Restated(world, shop.asked).performance().items()
    }


def restatements(shop: Company) -> Rows:
    return {
        (platform, str(campaign), day, asked): row
        for (platform, campaign, day, asked), row in truth.Restated(shop.world, shop.asked).rows().items()
    }


def efficiency(shop: Company) -> Rows:
    return truth.efficiency_rows(books(shop), truth.Restated(shop.world, shop.asked).performance())


def unmapped(shop: Company) -> Rows:
    market = books(shop).market
    return {("amazon", sku): row for sku, row in (market.unmapped(shop.day) if market else {}).items()}


SALES = (
    Table("fct_orders", ("store_id", "order_name"), orders),
    Table("fct_order_lines", ("store_id", "order_line_id"), lines),
    Table("fct_refund_lines", ("store_id", "refund_line_id"), refunds),
    Table("mart_daily_sales", ("store_id", "business_date", "channel"), days),
    Table("fct_marketplace_fees", ("order_id", "order_line_id", "seller_sku", "fee_type", "posted_at"), fees),
    Table("mart_daily_pnl", ("store_id", "channel_group", "business_date"), profit),
    Table("mart_customer_ltv_cohort", ("cohort_month", "horizon_days"), customer_value),
    Table(
        "mart_marketplace_seller_health", ("metric",), standing,
        "select * from mart.mart_marketplace_seller_health where as_of_day = %(day)s",
    ),
    Table("dim_fx_rate", ("rate_date", "currency"), rates),
    Table("fct_ad_placement_daily", ("platform", "campaign_id", "ad_date", "placement"), placements),
    Table("fct_ad_performance_daily", ("platform", "campaign_id", "ad_date"), campaigns),
    Table("fct_ad_restatement", ("platform", "campaign_id", "ad_date", "as_of_date"), restatements),
    Table("mart_marketing_efficiency_daily", ("store_id", "channel", "business_date"), efficiency),
    Table("mart_unmapped_units", ("channel", "channel_sku"), unmapped),
)  # fmt: skip
