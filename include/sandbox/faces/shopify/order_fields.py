"""How each field of an order, its lines and its marketing visit is read."""

from operator import attrgetter
from typing import Any

from include.sandbox.faces.shopify.context import Connection, Connections, Context, Fields, by_id
from include.sandbox.faces.shopify.order_state import OrderState
from include.sandbox.faces.shopify.readers import Part, gid_of, same, value, when
from include.sandbox.faces.shopify.values import instant
from include.sandbox.world.model import Order, OrderLine, Product


def _lines(state: OrderState, context: Context) -> list[Part[OrderLine]]:
    return [Part(state, line) for line in sorted(state.order.lines, key=attrgetter("id"))]


def _gross(line: OrderLine) -> int:
    return line.quantity * line.unit_price_minor


def _discounted(part: Part[OrderLine], context: Context, withCodeDiscounts: bool = False) -> int:
    """Code discounts are left out unless asked for, which is Shopify's own trap."""
    if part.state.order.discount_codes and not withCodeDiscounts:
        return _gross(part.of)
    return _gross(part.of) - part.of.discount_minor


def _variant(part: Part[OrderLine], context: Context) -> Any:
    return context.shop.variants.get(part.of.variant_id)


def _product(part: Part[OrderLine], context: Context) -> Any:
    variant = _variant(part, context)
    return context.shop.products[variant.product.id] if variant else None


def _sold(part: Part[OrderLine], context: Context) -> Product:
    """Also when it is deleted now: a line remembers what it sold."""
    return context.shop.every_product[context.shop.every_variant[part.of.variant_id].product_id]


def _tax_lines(part: Part[OrderLine], context: Context, first: int | None = None) -> list[OrderLine]:
    return [part.of][:first] if part.of.tax_minor else []


def _tags(state: OrderState, context: Context) -> list[str]:
    promised = state.order.promised_on
    return [f"deliver-by:{promised.isoformat()}"] if promised else []


def _customer(state: OrderState, context: Context) -> Any:
    number = state.order.customer_id
    return None if number is None else context.shop.customers.get(number)


def _utm(order: Order, context: Context) -> Order | None:
    return order if order.utm_source or order.utm_medium or order.utm_campaign else None


FIELDS: Fields = {
    "Order": {
        "id": gid_of("Order"),
        "legacyResourceId": lambda state, context: str(state.order.id),
        "name": value("order.name"),
        "test": value("order.test"),
        "createdAt": when("order.created_at"),
        "processedAt": when("order.created_at"),
        "updatedAt": when("updated_at"),
        "cancelledAt": lambda state, context: (
            instant(state.order.cancelled_at) if state.is_cancelled else None
        ),
        "cancelReason": lambda state, context: state.order.cancel_reason if state.is_cancelled else None,
        "closedAt": when("closed_at"),
        "currencyCode": lambda state, context: context.shop.company.currency,
        "presentmentCurrencyCode": lambda state, context: context.shop.company.currency,
        "taxesIncluded": value("taxes_included"),
        "displayFinancialStatus": value("financial_status"),
        "displayFulfillmentStatus": value("fulfillment_status"),
        "returnStatus": value("return_status"),
        "sourceName": value("order.channel"),
        "tags": _tags,
        "discountCodes": lambda state, context: list(state.order.discount_codes),
        "customer": _customer,
        "shippingAddress": value("order.ship_to"),
        "customerJourneySummary": value("order"),
        "subtotalPriceSet": value("subtotal"),
        "totalDiscountsSet": value("discounts"),
        "totalShippingPriceSet": value("order.shipping_minor"),
        "totalTaxSet": value("tax"),
        "totalPriceSet": value("total"),
        "currentTotalPriceSet": value("current_total"),
        "totalRefundedSet": value("refunded"),
        "netPaymentSet": lambda state, context: state.received - state.refunded,
    },
    "CustomerJourneySummary": {
        "ready": lambda order, context: True,
        "firstVisit": same,
        "lastVisit": same,
    },
    "CustomerVisit": {
        "occurredAt": when("created_at"),
        "source": lambda order, context: order.utm_source or "direct",
        "utmParameters": _utm,
    },
    "UTMParameters": {
        "source": value("utm_source"),
        "medium": value("utm_medium"),
        "campaign": value("utm_campaign"),
        "term": lambda order, context: None,
        "content": lambda order, context: None,
    },
    "LineItem": {
        "id": gid_of("LineItem"),
        "sku": lambda part, context: context.shop.every_variant[part.of.variant_id].sku,
        "name": lambda part, context: _sold(part, context).title,
        "quantity": value("of.quantity"),
        "currentQuantity": lambda part, context: part.state.current_quantity(part.of),
        "refundableQuantity": lambda part, context: part.state.current_quantity(part.of),
        "isGiftCard": lambda part, context: _sold(part, context).is_gift_card,
        "originalUnitPriceSet": value("of.unit_price_minor"),
        "totalDiscountSet": lambda part, context: _gross(part.of) - _discounted(part, context),
        "discountedTotalSet": _discounted,
        "taxLines": _tax_lines,
        "variant": _variant,
        "product": _product,
    },
    "TaxLine": {
        "title": lambda line, context: "Tax",
        "rate": value("tax_rate"),
        "priceSet": value("tax_minor"),
    },
}


CONNECTIONS: Connections = {
    ("Order", "lineItems"): Connection(_lines, by_id),
}
