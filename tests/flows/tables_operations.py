"""What the world knows of visits, carts and audiences, as the rows of each mart; and all tables of operations together."""

from collections.abc import Iterator
from datetime import timedelta

from include.privacy import customer_key
from include.sandbox import truth
from include.sandbox.truth import effect
from include.warehouse.connect import connect
from tests.flows.company import Company
from tests.flows.tables import Rows, Table, books, gid, instant, was_deleted_meanwhile
from tests.flows.tables_delivery import DELIVERY
from tests.flows.tables_restock import RESTOCK
from tests.flows.tables_supply import SUPPLY


def visits(shop: Company) -> Rows:
    names = (
        "business_date",
        "events",
        "products_viewed",
        "views",
        "carts_added",
        "checkouts_started",
        "is_converted",
    )
    return {
        (instant(one.started_at), instant(one.ended_at)): {name: getattr(one, name) for name in names}
        | {"order_name": one.order_name}
        for one in truth.visits(shop.world, shop.midnight)
    }


def interest(shop: Company) -> Rows:
    return {
        (gid("Product", product), day): row
        for store in (shop.world, *shop.world.branches)
        for (product, day), row in truth.interest(store, shop.midnight, shop.day).items()
    }


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
    return {(one.audience,): effect.effect(people, sales, one.audience, shop.day) for one in people}


def note_everybody(shop: Company) -> None:
    """Journal every customer as if an audience called `everybody` had drawn one in four to be held out: sides large
    enough to be compared, most of them long enough ago to be over."""
    secret = shop.settings.secret("customer_key")
    keys = {
        customer_key(secret, one.email, gid("Customer", one.id), "shopify")
        for store in (shop.world, *shop.world.branches)
        for one in store.customers
        if one.created_at < shop.midnight
    }
    with connect(shop.settings, "activation") as conn:
        conn.cursor().executemany(
            "INSERT INTO ops.audience_exposure (audience, customer_key, is_held_out, first_eligible_on)"
            " VALUES ('everybody', %s, %s, %s)",
            [
                (key, number % 4 == 0, shop.day - timedelta(days=20 + number % 40))
                for number, key in enumerate(sorted(filter(None, keys)))
            ],
        )


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
    columns=(
        "window_days", "people_under_observation", "treated_people", "treated_buyers", "held_out_people", "held_out_buyers", "lift",
        "lift_low", "lift_high", "treated_rate", "held_out_rate", "is_conclusive",
        "treated_revenue_per_person_amount", "held_out_revenue_per_person_amount",
    ),
)  # fmt: skip
"""Compared alone: its people are what the actions of earlier nights and `note_everybody` wrote down."""

OPERATIONS = (
    *SUPPLY,
    *RESTOCK,
    *DELIVERY,
    Table(
        "fct_sessions", ("started_at", "ended_at"), visits,
        "select s.*, order_name from mart.fct_sessions as s left join mart.fct_orders using (order_id)",
    ),
    Table(
        "mart_product_interest_daily", ("product_id", "business_date"), interest, is_open=was_deleted_meanwhile,
    ),
    Table("fct_abandoned_carts", ("cart_id",), carts),
)  # fmt: skip
