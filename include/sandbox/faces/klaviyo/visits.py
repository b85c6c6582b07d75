"""What is told of a visit: a product that was looked at or put in the cart, a checkout that was begun.

Quirks kept: a begun checkout is ONE event with its lines in `$extra.line_items`; ids in properties are bare numbers.
"""

from collections.abc import Sequence
from typing import Any

from include.sandbox.world.model import Browsing, Company, Product, Variant

Row = dict[str, Any]


def properties(
    kind: str,
    lines: Sequence[Browsing],
    company: Company,
    variants: dict[int, Variant],
    products: dict[int, Product],
) -> Row:
    """The event's properties; amounts in the shop's currency."""
    value = _money(sum(line.value_minor for line in lines), company)
    common: Row = {
        "$event_id": lines[0].id,
        "$currency_code": company.currency,
        "$value": value,
    }
    if kind == "Started Checkout":
        names = [products[variants[line.variant_id].product_id].title for line in lines]
        extra = {
            "checkout_id": lines[0].checkout_id,
            "full_landing_site": f"https://{company.shop_domain}/?utm_source=newsletter",
            "line_items": [_checkout_line(line, company, variants, products) for line in lines],
        }
        return {**common, "Items": names, "Item Count": len(names), "Source Name": "web", "$extra": extra}
    (line,) = lines
    variant = variants[line.variant_id]
    product = products[variant.product_id]
    page = f"https://{company.shop_domain}/products/{product.id}"
    return {
        **common,
        "Name": product.title,
        "ProductID": product.id,
        "VariantID": variant.id,
        "SKU": variant.sku,
        "Categories": [product.product_type],
        "Brand": product.vendor,
        "URL": f"{page}?variant={variant.id}",
        "ImageURL": f"{page}.jpg",
        "Price": _money(line.value_minor // max(line.quantity, 1), company),
        "Quantity": line.quantity,
    }


def _checkout_line(
    line: Browsing, company: Company, variants: dict[int, Variant], products: dict[int, Product]
) -> Row:
    variant = variants[line.variant_id]
    product = products[variant.product_id]
    return {
        "product_id": product.id,
        "variant_id": variant.id,
        "sku": variant.sku,
        "title": product.title,
        "quantity": line.quantity,
        "line_price": str(_money(line.value_minor, company)),
    }


def _money(minor: int, company: Company) -> float:
    return minor / 10**company.minor_digits
