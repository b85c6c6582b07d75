"""What the world knows of products, people, places and days, as the rows of each mart."""

from datetime import datetime
from typing import Any

from include.privacy import customer_key
from include.sandbox import truth
from tests.flows.company import Company
from tests.flows.published import published
from tests.flows.tables import Action, Key, Rows, Table, books, gid

WITH_ADS = (
    "fct_ad_performance_daily", "fct_ad_placement_daily", "fct_ad_restatement", "mart_daily_pnl",
    "mart_marketing_efficiency_daily", "mart_ad_bridge_daily", "mart_reconciliation",
)  # fmt: skip
"""Marts that hold what ad platforms restate for weeks."""
UNSOLD = {"abc_class": None, "xyz_class": None}


def nights(shop: Company) -> list[datetime]:
    """The midnights at which the shops were read."""
    return [shop.midnight_of(night) for night in shop.looked]


def variant_days(shop: Company) -> Rows:
    moments = nights(shop)
    rows = truth.product_days(books(shop), truth.closings(shop.looked, moments), moments[0])
    return {(store, gid("ProductVariant", variant), day): row for (store, variant, day), row in rows.items()}


def went_meanwhile(shop: Company, key: Key) -> bool:
    """Whether a variant's product was deleted since the first night: Shopify forgets it, so its orders name it or
    not, depending on when each was last read."""
    first, number = shop.midnight_of(shop.looked[0]), int(key[1].rpartition("/")[2])
    return any(
        product.deleted_at and first <= product.deleted_at < shop.midnight
        for store in (shop.world, *shop.world.branches)
        for variant in store.variants
        if variant.id == number
        for product in store.products
        if product.id == variant.product_id
    )


def products(shop: Company) -> Rows:
    rows = truth.product_rows(books(shop), nights(shop))
    return {(gid("Product", number),): row for number, row in rows.items()}


def variants(shop: Company) -> Rows:
    company, moments = books(shop), nights(shop)
    classes = truth.sku_classes(company, shop.day, moments)
    return {
        (gid("ProductVariant", variant), version): row | classes.get(row["sku"], UNSOLD)
        for (variant, version), row in truth.variant_rows(company, moments).items()
    }


def people(shop: Company) -> Rows:
    return _by_key(shop, truth.person_rows(books(shop)))


def scores(shop: Company) -> Rows:
    return _by_key(shop, truth.rfm_rows(books(shop), shop.day))


def _by_key(shop: Company, rows: dict[str, dict[str, Any]]) -> Rows:
    """Who somebody is in the world is a mail address, or the store and their number in it."""
    secret = shop.settings.secret("customer_key")
    return {(_key(secret, who),): row for who, row in rows.items()}


def _key(secret: bytes, who: str) -> str | None:
    store, _, number = who.rpartition("/")
    return (
        customer_key(secret, who)
        if not store
        else customer_key(secret, None, gid("Customer", int(number)), "shopify")
    )


def audiences(shop: Company) -> Rows:
    """People stand under their keys in what our own actions read."""
    rows = truth.audience_rows(books(shop), shop.day)
    secret = shop.settings.secret("customer_key")
    return {(audience, _key(secret, who)): row for (audience, who), row in rows.items()}


def days(shop: Company) -> Rows:
    return {(day,): row for day, row in truth.date_rows(shop.world.company.country).items()}


def places(shop: Company) -> Rows:
    """All our places are in use; a marketplace's own is one."""
    codes = [one.code for store in (shop.world, *shop.world.branches) for one in store.locations]
    return {(code,): {"is_active": True} for code in (*codes, "AMAZON_FBA")}


def trust(shop: Company) -> Rows:
    """Every source answered on a night of this story: nothing is stale."""
    names = set(published()) - {"freshness"}
    return {(name,): {"is_stale": False, "is_provisional": name in WITH_ADS} for name in names}


CATALOGUE = (
    Table("mart_product_daily", ("store_id", "variant_id", "business_date"), variant_days,
          is_open=went_meanwhile),
    Table("dim_product", ("product_id",), products),
    Table(
        "dim_variant", ("variant_id", "version"), variants,
        "select *, row_number() over (partition by variant_id order by valid_from) as version from mart.dim_variant",
    ),
    Table("dim_customer", ("customer_key",), people),
    Action("act_audience_member", ("audience", "customer_key"), audiences, "select * from act.act_audience_member"),
    Table(
        "mart_customer_rfm", ("customer_key",), scores,
        "select * from mart.mart_customer_rfm where as_of_day = %(day)s",
    ),
    Table("dim_date", ("date_day",), days),
    Table("freshness", ("mart_name",), trust),
    Table("dim_location", ("location_code",), places),
)  # fmt: skip
