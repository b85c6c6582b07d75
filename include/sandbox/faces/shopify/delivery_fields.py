"""How each field of an order's deliveries, refunds, returns and payments is read."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.faces.shopify.context import Connection, Connections, Context, Fields, Resolver, by_id
from include.sandbox.faces.shopify.order_state import OrderState, status_changes
from include.sandbox.faces.shopify.readers import Part, gid_of, value, when
from include.sandbox.faces.shopify.values import instant
from include.sandbox.world.model import OrderLine, Parcel, Refund, RefundLine, Return, ReturnLine, Scan

GATEWAY = "shopify_payments"

DISPLAY_STATUS = {
    "pre_transit": "LABEL_PRINTED",
    "in_transit": "IN_TRANSIT",
    "out_for_delivery": "OUT_FOR_DELIVERY",
    "delivered": "DELIVERED",
    "available_for_pickup": "READY_FOR_PICKUP",
    "return_to_sender": "NOT_DELIVERED",
    "failure": "ATTEMPTED_DELIVERY",
    "cancelled": "CANCELED",
    "error": "FAILURE",
}


@dataclass(slots=True, frozen=True)
class Payment:
    """A transaction, derived: Shopify numbers them on their own."""

    id: int
    kind: str
    at: datetime
    amount: int


def _fulfillments(
    state: OrderState, context: Context, first: int | None = None, query: str | None = None
) -> list[Part[Parcel]]:
    return [Part(state, parcel) for parcel in state.parcels][:first]


def _seen(part: Part[Parcel]) -> list[Scan]:
    """The status changes Shopify had been told of, oldest news first."""
    return [scan for scan in status_changes(part.of) if scan.seen_at < part.state.now]


def _fulfillment_updated(part: Part[Parcel], context: Context) -> str:
    return instant(max([part.of.created_at, *(scan.seen_at for scan in _seen(part))]))


def _display_status(part: Part[Parcel], context: Context) -> str:
    seen = _seen(part)
    return DISPLAY_STATUS.get(seen[-1].status, "CONFIRMED") if seen else "FULFILLED"


def _first_scan(status: str) -> Resolver:
    def read(part: Part[Parcel], context: Context) -> str | None:
        return next((instant(scan.at) for scan in _seen(part) if scan.status == status), None)

    return read


def _estimated(part: Part[Parcel], context: Context) -> str | None:
    """The end of the estimated day, as the company's clocks have it."""
    day = part.of.estimated_delivery_on
    if day is None:
        return None
    zone = ZoneInfo(context.shop.company.timezone)
    return instant(datetime.combine(day + timedelta(days=1), time.min, zone) - timedelta(seconds=1))


def _refunds(state: OrderState, context: Context, first: int | None = None) -> list[Part[Refund]]:
    return [Part(state, refund) for refund in state.refunds][:first]


def _refund_subtotal(part: Part[RefundLine], context: Context) -> int:
    return part.of.subtotal_minor + (part.of.tax_minor if part.state.taxes_included else 0)


def _returns(state: OrderState, context: Context, query: str | None = None) -> list[Part[Return]]:
    return [Part(state, item) for item in sorted(state.returns, key=attrgetter("id"))]


def _return_status(part: Part[Return], context: Context) -> str:
    return "CLOSED" if part.state.is_closed(part.of) else "OPEN"


def _return_closed(part: Part[Return], context: Context) -> str | None:
    return instant(part.of.closed_at) if part.state.is_closed(part.of) else None


def _return_name(part: Part[Return], context: Context) -> str:
    position = part.state.order.returns.index(part.of) + 1
    return f"{part.state.order.name}-R{position}"


def _transactions(
    state: OrderState,
    context: Context,
    first: int | None = None,
    capturable: bool | None = None,
    manuallyResolvable: bool | None = None,
) -> list[Payment]:
    order = state.order
    payments = []
    if state.is_paid and order.paid_at:
        payments.append(Payment(order.id * 10, "SALE", order.paid_at, state.total))
    else:
        payments.append(Payment(order.id * 10 + 1, "AUTHORIZATION", order.created_at, state.total))
        if state.is_cancelled and order.cancelled_at:
            payments.append(Payment(order.id * 10 + 2, "VOID", order.cancelled_at, state.total))
    for number, refund in enumerate(state.refunds, start=3):
        if amount := state.refund_total(refund):
            payments.append(Payment(order.id * 10 + number, "REFUND", refund.at, amount))
    return payments[:first]


def _line(state: OrderState, line_id: int) -> Part[OrderLine]:
    return Part(state, next(line for line in state.order.lines if line.id == line_id))


def _location(source: Any, context: Context) -> Any:
    return context.shop.locations.get(source.of.location_id)


def _refund_lines(part: Part[Refund], context: Context) -> list[Part[RefundLine]]:
    return [Part(part.state, line) for line in sorted(part.of.lines, key=attrgetter("id"))]


def _return_lines(
    part: Part[Return], context: Context, processingStatus: str | None = None
) -> list[Part[ReturnLine]]:
    return [Part(part.state, line) for line in sorted(part.of.lines, key=attrgetter("id"))]


FIELDS: Fields = {
    "Order": {
        "fulfillments": _fulfillments,
        "refunds": _refunds,
        "transactions": _transactions,
    },
    "Fulfillment": {
        "id": gid_of("Fulfillment"),
        "createdAt": when("of.created_at"),
        "updatedAt": _fulfillment_updated,
        "status": lambda part, context: "SUCCESS",
        "displayStatus": _display_status,
        "estimatedDeliveryAt": _estimated,
        "inTransitAt": _first_scan("in_transit"),
        "deliveredAt": _first_scan("delivered"),
        "location": _location,
        "trackingInfo": lambda part, context, first=None: [part.of][:first],
    },
    "FulfillmentTrackingInfo": {
        "company": value("carrier"),
        "number": value("tracking_code"),
        "url": lambda parcel, context: None,
    },
    "FulfillmentLineItem": {
        "id": gid_of("FulfillmentLineItem"),
        "lineItem": lambda part, context: _line(part.state, part.of.line_id),
    },
    "Refund": {
        "id": gid_of("Refund"),
        "createdAt": when("of.at"),
        "updatedAt": when("of.at"),
        "note": lambda part, context: None,
        "totalRefundedSet": lambda part, context: part.state.refund_total(part.of),
    },
    "RefundLineItem": {
        "id": gid_of("RefundLineItem"),
        "lineItem": lambda part, context: _line(part.state, part.of.line_id),
        "quantity": value("of.quantity"),
        "restockType": value("of.restock_type"),
        "restocked": lambda part, context: part.of.restock_type != "NO_RESTOCK",
        "location": _location,
        "subtotalSet": _refund_subtotal,
        "totalTaxSet": value("of.tax_minor"),
    },
    "Return": {
        "id": gid_of("Return"),
        "name": _return_name,
        "status": _return_status,
        "createdAt": when("of.requested_at"),
        "closedAt": _return_closed,
        "totalQuantity": lambda part, context: sum(line.quantity for line in part.of.lines),
    },
    "ReturnLineItem": {
        "id": gid_of("ReturnLineItem"),
        "quantity": value("of.quantity"),
        "returnReason": value("of.reason"),
        "fulfillmentLineItem": lambda part, context: part,
    },
    "OrderTransaction": {
        "id": gid_of("OrderTransaction"),
        "kind": value("kind"),
        "status": lambda payment, context: "SUCCESS",
        "processedAt": when("at"),
        "gateway": lambda payment, context: GATEWAY,
        "amountSet": value("amount"),
    },
}

CONNECTIONS: Connections = {
    ("Order", "returns"): Connection(_returns, by_id),
    ("Refund", "refundLineItems"): Connection(_refund_lines, by_id),
    ("Return", "returnLineItems"): Connection(_return_lines, by_id),
}
