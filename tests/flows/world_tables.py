"""What the world knows, as the rows of each mart."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from include.privacy import customer_key
from include.sandbox import truth
from include.sandbox.truth import Company as Books
from include.sandbox.truth import effect
from include.sandbox.truth.moments import ratio
from include.warehouse.connect import connect
from include.window import day_window
from tests.flows.company import Company
from tests.flows.tables import Key, Rows, Table, gid, instant, without
from tests.sandbox.worlds import TODAY

CARRIED = (
    "lane", "carrier", "service", "business_date", "promised_date", "promise_source", "is_delivered", "is_lost",
    "is_returned", "is_exception", "carrier_on_time_attempt", "customer_on_time_delivered", "is_late", "days_late",
    "transit_days",
)  # fmt: skip
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


def books(shop: Company) -> Books:
    return Books(shop.world, shop.midnight)


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
            "reporting_amount": one.reporting_amount,
            "is_estimated": one.is_estimated,
        }
        for one in rows
    }


def profit(shop: Company) -> Rows:
    """Each store's and channel's day in its own currency and in the company's."""
    return {key: _day(day) for key, day in truth.daily_pnl(books(shop)).items()}


def _day(day: Any) -> dict[str, Any]:
    own = day.in_own()
    row = {f"{kind}_amount": own.amount(kind) for kind in (*MARGINS, "ad_spend", "goodwill")}
    row |= {"cm1_amount": own.cm1, "cm2_amount": own.cm2, "cm3_amount": own.cm3}
    row |= {f"{kind}_reporting_amount": day.amount(kind) for kind in ("net_sales", "ad_spend")}
    row |= {f"{name}_reporting_amount": getattr(day, name) for name in ("cm1", "cm2", "cm3")}
    return row | {"cost_coverage_pct": day.coverage_pct}


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
    names = ("numerator", "denominator", "value", "status")
    return {
        (metric,): {name: getattr(one, name) for name in names}
        for metric, one in truth.seller_health(shop.world, shop.midnight, shop.day).items()
    }


def rates(shop: Company) -> Rows:
    return truth.Rates(shop.world, shop.midnight).rows(shop.today)


def parcels(shop: Company) -> Rows:
    return {
        (one.tracking_code,): {name: getattr(one, name) for name in CARRIED}
        | {name: getattr(one, name) for name in ("picked_up_at", "first_attempt_at", "delivered_at")}
        for one in truth.shipments(shop.world, shop.midnight, shop.day)
    }


def lanes(shop: Company) -> Rows:
    return truth.carrier_sla(shop.world, shop.midnight, shop.day)


def shelves(shop: Company) -> Rows:
    return truth.shelf_rows(shop.world, shop.midnight)


def placements(shop: Company) -> Rows:
    platforms = {campaign.id: campaign.platform for campaign in shop.world.campaigns}
    rows = truth.placements(shop.world, shop.midnight, shop.world.first_day, shop.day)
    return {
        (platforms[campaign], str(campaign), day, place): row
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
        | {"spend_reporting_amount": rates.convert(Decimal(str(restated["spend_amount"])), "USD", day)}
        for (platform, campaign, day), restated in truth.Restated(world, shop.asked).performance().items()
    }


def restatements(shop: Company) -> Rows:
    return {
        (platform, str(campaign), day, asked): row
        for (platform, campaign, day, asked), row in truth.Restated(shop.world, shop.asked).rows().items()
    }


def visits(shop: Company) -> Rows:
    names = ("business_date", "products_viewed", "views", "carts_added", "checkouts_started", "is_converted")
    return {
        (instant(one.started_at), instant(one.ended_at)): {name: getattr(one, name) for name in names}
        | {"order_name": one.order_name}
        for one in truth.visits(shop.world, shop.midnight)
    }


def interest(shop: Company) -> Rows:
    return {
        (gid("Product", product), day): row
        for store in (shop.world, *shop.world.branches)
        for (product, day), row in truth.interest(store, shop.midnight).items()
    }


def was_deleted_meanwhile(shop: Company, key: Key) -> bool:
    """Whether a product went between the first night and this one: its orders name it or not, depending on when each
    was last read, for Shopify forgets it."""
    first = day_window(TODAY, shop.settings.timezone).start
    return any(
        key[0] == gid("Product", product.id) and first <= product.deleted_at < shop.midnight
        for store in (shop.world, *shop.world.branches)
        for product in store.products
        if product.deleted_at
    )


def looked(shop: Company) -> Rows:
    return {
        (gid("Product", product),): {
            "viewers_28d": one.viewers,
            "viewers_who_bought_28d": one.buyers,
            "view_to_order_rate": ratio(one.buyers, one.viewers, 6),
            "is_viewed_not_bought": one.is_viewed_not_bought,
        }
        for product, one in truth.looked(shop.world, shop.midnight, shop.day).items()
    }


def unmapped(shop: Company) -> Rows:
    market = books(shop).market
    return {("amazon", sku): row for sku, row in (market.unmapped(shop.day) if market else {}).items()}


def carts(shop: Company) -> Rows:
    return {
        (gid("AbandonedCheckout", number),): row
        for number, row in truth.cart_rows(shop.world, shop.midnight).items()
    }


def effects(shop: Company) -> Rows:
    """Of the journal's people on both sides, who bought: the draw is ours, all else the world's."""
    with connect(shop.settings, "activation") as conn:
        journal = conn.execute(
            "SELECT audience, customer_key, is_held_out, first_eligible_on FROM ops.audience_exposure"
        ).fetchall()
    people, sales = [effect.Exposed(*row) for row in journal], list(_sales(shop))
    told = {(one.audience,): effect.effect(people, sales, one.audience, shop.day) for one in people}
    return {
        key: {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
        for key, row in told.items()
    }


def _sales(shop: Company) -> Iterator[effect.Sale]:
    company, secret = books(shop), shop.settings.secret("customer_key")
    rows = truth.order_rows(company)
    for store in company.shops:
        for order in store.orders:
            if order.customer_id is not None:
                row, who = rows[store.world.company.shop_domain, order.name], store.who(order.customer_id)
                person = customer_key(secret, who, gid("Customer", order.customer_id), "shopify")
                yield effect.Sale(
                    person, row["business_date"], row["net_sales_reporting_amount"], row["is_sale"]
                )


EFFECT = Table(
    "mart_audience_effect",
    ("audience",),
    effects,
    "select * from mart.mart_audience_effect where as_of_day = %(day)s",
)
"""Has no rows before the actions of an earlier night."""

TABLES = (
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
    Table("fct_shipments", ("tracking_code",), parcels),
    Table(
        "mart_carrier_sla_daily", ("carrier", "service", "lane", "due_date"), lanes,
    ),
    Table(
        "fct_inventory_snapshot_daily", ("sku", "location_code"), shelves,
        "select sku, location_code, on_hand, reserved, available, is_out_of_stock"
        " from mart.fct_inventory_snapshot_daily join mart.dim_location using (location_id)"
        " where business_date = %(day)s",
    ),
    Table("fct_ad_placement_daily", ("platform", "campaign_id", "ad_date", "placement"), placements),
    Table("fct_ad_performance_daily", ("platform", "campaign_id", "ad_date"), campaigns),
    Table("fct_ad_restatement", ("platform", "campaign_id", "ad_date", "as_of_date"), restatements),
    Table(
        "fct_sessions", ("started_at", "ended_at"), visits,
        "select s.*, order_name from mart.fct_sessions as s left join mart.fct_orders using (order_id)",
    ),
    Table(
        "mart_product_interest_daily", ("product_id", "business_date"), interest,
        "select * from mart.mart_product_interest_daily"
        " where views + adders + checkout_starters + buyers + units > 0", was_deleted_meanwhile,
    ),
    Table(
        "mart_product_interest_daily", ("product_id",), looked,
        "select * from mart.mart_product_interest_daily where business_date = %(day)s and viewers_28d > 0",
        was_deleted_meanwhile,
    ),
    Table("mart_unmapped_units", ("channel", "channel_sku"), unmapped),
    Table("fct_abandoned_carts", ("cart_id",), carts),
)  # fmt: skip
