"""The catalogue as somebody knows it who looks at it once a night.

A shop tells what a thing costs today, not what it cost: a price is a version of its own when a night found another
than the night before. Changed on the 3rd and again on the 4th, but looked at on the 2nd and 5th, it has two. What
was deleted before anybody looked was never there.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from include.sandbox.truth.company import Company
from include.sandbox.truth.moments import happened, money
from include.sandbox.world.model import Product, Variant

Row = dict[str, Any]


def product_rows(company: Company, nights: Sequence[datetime]) -> dict[int, Row]:
    """The rows of `dim_product` by product id: what some night found listed."""
    rows: dict[int, Row] = {}
    for shop in company.shops:
        for product in shop.world.products:
            if any(_is_listed(product, night) for night in nights):
                rows[product.id] = {
                    "store_id": shop.world.company.shop_domain,
                    "variants": sum(one.product_id == product.id for one in shop.world.variants),
                    "is_deleted": happened(product.deleted_at, company.now),
                }
    return rows


def variant_rows(company: Company, nights: Sequence[datetime]) -> dict[tuple[int, int], Row]:
    """The rows of `dim_variant` by (variant id, number of the version, from 1 on)."""
    rows: dict[tuple[int, int], Row] = {}
    for shop in company.shops:
        products = {product.id: product for product in shop.world.products}
        for variant in shop.world.variants:
            product = products[variant.product_id]
            prices = list(_prices(product, variant, nights))
            cost = shop.unit_cost(variant.id)
            for number, price in enumerate(prices, 1):
                rows[variant.id, number] = {
                    "store_id": shop.world.company.shop_domain,
                    "sku": variant.sku,
                    "is_current": number == len(prices),
                    "price_amount": money(shop.world, price),
                    "unit_cost_amount": None if cost is None else money(shop.world, cost),
                    "is_deleted": happened(product.deleted_at, company.now),
                }
    return rows


def _prices(product: Product, variant: Variant, nights: Sequence[datetime]) -> Iterator[int]:
    before: int | None = None
    for night in nights:
        if _is_listed(product, night):
            known = [change for change in variant.prices if happened(change.at, night)] or variant.prices[:1]
            if known[-1].price_minor != before:
                before = known[-1].price_minor
                yield before


def _is_listed(product: Product, night: datetime) -> bool:
    return happened(product.created_at, night) and not happened(product.deleted_at, night)
