"""How each field of a customer and of their checkouts is read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.sandbox.faces.shopify.context import Connection, Connections, Context, Fields, by_id
from include.sandbox.faces.shopify.readers import gid_of, value, when
from include.sandbox.faces.shopify.records import customer_tags
from include.sandbox.faces.shopify.shop import CheckoutState, CustomerState
from include.sandbox.faces.shopify.values import instant
from include.sandbox.world.model import CheckoutLine


@dataclass(slots=True, frozen=True)
class CartLine:
    id: int
    of: CheckoutLine


def _spent(state: CustomerState, context: Context) -> int:
    return sum(order.received - order.refunded for order in state.orders if not order.order.test)


def _orders_count(state: CustomerState, context: Context) -> str:
    return str(sum(not order.order.test for order in state.orders))


def _consent(purpose: str) -> Any:
    def read(state: CustomerState, context: Context) -> str:
        if purpose not in state.granted:
            return "NOT_SUBSCRIBED"
        return "SUBSCRIBED" if state.granted[purpose][0] else "UNSUBSCRIBED"

    return read


def _consent_at(purpose: str) -> Any:
    def read(state: CustomerState, context: Context) -> str | None:
        at: datetime | None = state.granted[purpose][1] if purpose in state.granted else None
        return instant(at)

    return read


def _cart_lines(state: CheckoutState, context: Context) -> list[CartLine]:
    first = state.id * 100
    return [CartLine(first + number, line) for number, line in enumerate(state.checkout.lines, start=1)]


def _cart_value(state: CheckoutState, context: Context) -> int:
    return sum(line.quantity * line.unit_price_minor for line in state.checkout.lines)


def _cart_title(line: CartLine, context: Context) -> str:
    variant = context.shop.every_variant[line.of.variant_id]
    return context.shop.every_product[variant.product_id].title


FIELDS: Fields = {
    "Customer": {
        "id": gid_of("Customer"),
        "firstName": value("customer.first_name"),
        "lastName": value("customer.last_name"),
        "createdAt": when("customer.created_at"),
        "updatedAt": when("updated_at"),
        "state": lambda state, context: "ENABLED" if state.customer.email else "DISABLED",
        "tags": lambda state, context: customer_tags(state),
        "numberOfOrders": _orders_count,
        "amountSpent": _spent,
        "verifiedEmail": lambda state, context: state.customer.email is not None,
        "locale": lambda state, context: "en",
        "defaultAddress": value("customer.address"),
        "defaultEmailAddress": lambda state, context: state if state.customer.email else None,
        "defaultPhoneNumber": lambda state, context: state if state.customer.phone else None,
    },
    "CustomerEmailAddress": {
        "emailAddress": value("customer.email"),
        "marketingState": _consent("email"),
        "marketingOptInLevel": lambda state, context: "SINGLE_OPT_IN",
        "marketingUpdatedAt": _consent_at("email"),
    },
    "CustomerPhoneNumber": {
        "phoneNumber": value("customer.phone"),
        "marketingState": _consent("sms"),
        "marketingOptInLevel": lambda state, context: "SINGLE_OPT_IN",
        "marketingUpdatedAt": _consent_at("sms"),
    },
    "AbandonedCheckout": {
        "id": gid_of("AbandonedCheckout"),
        "name": lambda state, context: f"#{state.id}",
        "customer": lambda state, context: context.shop.customers.get(state.checkout.customer_id),
        "createdAt": when("checkout.created_at"),
        "updatedAt": when("updated_at"),
        "completedAt": when("completed_at"),
        "discountCodes": lambda state, context: [],
        "subtotalPriceSet": _cart_value,
        "totalPriceSet": _cart_value,
    },
    "AbandonedCheckoutLineItem": {
        "id": gid_of("AbandonedCheckoutLineItem"),
        "sku": lambda line, context: context.shop.every_variant[line.of.variant_id].sku,
        "title": _cart_title,
        "quantity": value("of.quantity"),
        "variant": lambda line, context: context.shop.variants.get(line.of.variant_id),
        "discountedTotalPriceSet": lambda line, context: line.of.quantity * line.of.unit_price_minor,
    },
}

CONNECTIONS: Connections = {
    ("AbandonedCheckout", "lineItems"): Connection(_cart_lines, by_id),
}

SOURCES = {
    CustomerState: "Customer",
    CheckoutState: "AbandonedCheckout",
}
