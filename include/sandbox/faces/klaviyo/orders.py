"""What Shopify's integration tells of an order: the event *Placed Order*, once, as it was when it was placed.

Quirks kept: the order's id is the event's own (`$event_id`, a text), `$value` is all the buyer was asked for, test orders
are told like any other, and the whole order lies in `$extra`, with the buyer's address and all.
"""

from typing import Any

from include.sandbox.world.model import Company, Customer, Order, Product, Variant

Row = dict[str, Any]


def properties(
    order: Order,
    company: Company,
    buyer: Customer,
    variants: dict[int, Variant],
    products: dict[int, Product],
) -> Row:
    """The event's properties; amounts in the shop's currency."""
    lines = [
        {
            "id": line.id,
            "product_id": variants[line.variant_id].product_id,
            "variant_id": line.variant_id,
            "sku": variants[line.variant_id].sku,
            "title": products[variants[line.variant_id].product_id].title,
            "quantity": line.quantity,
            "price": str(_money(line.unit_price_minor, company)),
        }
        for line in order.lines
    ]
    place = {"city": order.ship_to.city, "zip": order.ship_to.zip, "country_code": order.ship_to.country}
    return {
        "$event_id": str(order.id),
        "$currency_code": company.currency,
        "$value": _money(total_minor(order, company), company),
        "Items": [line["title"] for line in lines],
        "Item Count": len(lines),
        "Discount Codes": list(order.discount_codes),
        "Total Discounts": str(_money(sum(line.discount_minor for line in order.lines), company)),
        "Source Name": order.channel,
        "$extra": {
            "id": order.id,
            "name": order.name,
            "email": buyer.email,
            "customer": {"id": buyer.id, "first_name": buyer.first_name, "last_name": buyer.last_name},
            "shipping_address": {"first_name": buyer.first_name, "phone": buyer.phone, **place},
            "line_items": lines,
        },
    }


def total_minor(order: Order, company: Company) -> int:
    """Goods less discounts, shipping and tax, in minor units."""
    goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
    tax = sum(line.tax_minor for line in order.lines) + order.shipping_tax_minor
    return goods + order.shipping_minor + (0 if company.taxes_included else tax)


def _money(minor: int, company: Company) -> float:
    return minor / 10**company.minor_digits
