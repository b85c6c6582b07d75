"""An order as the Orders API tells it, with the datasets that were asked for, as of an instant.

What names a buyer comes only to an application with a restricted role (the state's document `amazon_role` /
`restricted`): without it RECIPIENT is city, region and country. Payment is authorised at once, so no order is ever
PENDING.
"""

from datetime import datetime
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.amazon.asked import decimal, text_of
from include.sandbox.world.model import Address, Marketplace, MarketplaceLine, MarketplaceOrder, Parcel

DATASETS = frozenset(
    [
        "BUYER",
        "RECIPIENT",
        "PROCEEDS",
        "EXPENSE",
        "PROMOTION",
        "CANCELLATION",
        "FULFILLMENT",
        "PACKAGES",
        "TAX",
        "PAYMENT",
        "FULFILLMENT_ORDERS",
    ]
)


class Datasets:
    """Tells the orders of one marketplace."""

    def __init__(self, sandbox: Sandbox, market: Marketplace):
        self._sandbox, self._market = sandbox, market
        self._titles = {listing.seller_sku: listing for listing in market.listings}

    def of(self, order: MarketplaceOrder, now: datetime, included: frozenset[str]) -> dict[str, Any]:
        """The order as it is at an instant."""
        market = self._market
        told: dict[str, Any] = {
            "orderId": order.id,
            "createdTime": text_of(order.created_at),
            "lastUpdatedTime": text_of(changed_at(order, now)),
            "programs": [],
            "salesChannel": {
                "channelName": "AMAZON",
                "marketplaceId": market.marketplace_id,
                "marketplaceName": market.name,
            },
            "orderItems": [self._item(order, line, now, included) for line in order.lines],
        }
        restricted = bool(self._sandbox.state.get("amazon_role", "restricted"))
        if "BUYER" in included:
            told["buyer"] = {"buyerName": f"Buyer of {order.id}"} if restricted else {}
        if "RECIPIENT" in included:
            told["recipient"] = {"deliveryAddress": _address(order, restricted)}
        if "PROCEEDS" in included:
            told["proceeds"] = self._proceeds(order)
        if "FULFILLMENT" in included:
            told["fulfillment"] = _fulfillment(order, now)
        if "PACKAGES" in included and order.fulfilled_by == "MERCHANT":
            told["packages"] = _packages(order, now)
        return told

    def _item(
        self, order: MarketplaceOrder, line: MarketplaceLine, now: datetime, included: frozenset[str]
    ) -> dict[str, Any]:
        listing = self._titles.get(line.seller_sku)
        item: dict[str, Any] = {
            "orderItemId": line.id,
            "quantityOrdered": line.quantity,
            "programs": [],
            "product": {
                "asin": listing.asin if listing else None,
                "title": listing.title if listing else line.seller_sku,
                "sellerSku": line.seller_sku,
                "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
                "price": {"unitPrice": self._money(line.unit_price_minor)},
            },
        }
        if listing is None:
            del item["product"]["asin"]
        if "PROCEEDS" in included:
            item["proceeds"] = {
                "proceedsTotal": self._money(_total(line)),
                "breakdowns": self._breakdowns([line], is_detailed=True),
            }
        if "FULFILLMENT" in included:
            shipped = line.quantity if status(order, now) == "SHIPPED" else 0
            item["fulfillment"] = {
                "quantityFulfilled": shipped,
                "quantityUnfulfilled": line.quantity - shipped,
            }
        if "CANCELLATION" in included and status(order, now) == "CANCELLED":
            by = "BUYER" if order.cancelled_by == "BUYER" else "MERCHANT"
            item["cancellation"] = {"cancellationExecution": {"cancelledBy": by}}
        return item

    def _proceeds(self, order: MarketplaceOrder) -> dict[str, Any]:
        total = sum(map(_total, order.lines))
        return {"grandTotal": self._money(total), "breakdowns": self._breakdowns(order.lines)}

    def _breakdowns(self, lines: list[MarketplaceLine], is_detailed: bool = False) -> list[dict[str, Any]]:
        """Of an order as of an item; but what a discount was given on, only items tell."""
        goods = sum(line.unit_price_minor * line.quantity for line in lines)
        tax = sum(line.tax_minor for line in lines)
        off = {
            "ITEM": sum(line.discount_minor for line in lines),
            "SHIPPING": sum(line.shipping_discount_minor for line in lines),
        }
        shipping = sum(line.shipping_minor for line in lines) + off["SHIPPING"]
        told: list[dict[str, Any]] = [{"type": "ITEM", "subtotal": self._money(goods)}]
        if shipping:
            told.append({"type": "SHIPPING", "subtotal": self._money(shipping)})
        if tax:
            told.append({"type": "TAX", "subtotal": self._money(tax)})
        if discount := sum(off.values()):
            told.append({"type": "DISCOUNT", "subtotal": self._money(-discount)})
            if is_detailed:
                told[-1]["detailedBreakdowns"] = [
                    {"subtype": subtype, "value": self._money(-minor)}
                    for subtype, minor in off.items()
                    if minor
                ]
        return told

    def _money(self, minor: int) -> dict[str, str]:
        return {"amount": decimal(minor, self._market.currency), "currencyCode": self._market.currency}


def status(order: MarketplaceOrder, now: datetime) -> str:
    """The order's fulfilment status at an instant."""
    if order.cancelled_at is not None and order.cancelled_at <= now:
        return "CANCELLED"
    if order.shipped_at is not None and order.shipped_at <= now:
        return "SHIPPED"
    return "UNSHIPPED"


def changed_at(order: MarketplaceOrder, now: datetime) -> datetime:
    """When Amazon last touched the order, as of an instant: made, cancelled, shipped, its parcel delivered."""
    moments = [order.created_at, order.shipped_at, order.cancelled_at]
    if order.fulfilled_by == "MERCHANT" and order.shipped_at is not None:
        ends = (scan.seen_at for parcel in order.parcels for scan in parcel.scans if scan.status in _ENDS)
        moments.extend(max(end, order.shipped_at) for end in ends)
    return max(moment for moment in moments if moment is not None and moment <= now)


_ENDS = {"delivered": "DELIVERED", "return_to_sender": "UNDELIVERABLE"}


def _address(order: MarketplaceOrder, restricted: bool) -> dict[str, Any]:
    to: Address = order.ship_to
    told = {"city": to.city, "countryCode": to.country, "addressType": "RESIDENTIAL"}
    if to.province:
        told["stateOrRegion"] = to.province
    if restricted:
        person = {"name": f"Buyer of {order.id}", "addressLine1": "1 Main Street", "phone": "+1 555 0100"}
        told |= person | {"postalCode": to.zip}
    return told


def _fulfillment(order: MarketplaceOrder, now: datetime) -> dict[str, Any]:
    made = text_of(order.created_at)
    return {
        "fulfillmentStatus": status(order, now),
        "fulfilledBy": order.fulfilled_by,
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": {"earliestDateTime": made, "latestDateTime": text_of(order.ship_by)},
        "deliverByWindow": {"earliestDateTime": made, "latestDateTime": text_of(order.deliver_by)},
    }


def _packages(order: MarketplaceOrder, now: datetime) -> list[dict[str, Any]]:
    """Amazon hears of a parcel when the merchant confirms the shipment; of a letter it never hears."""
    if order.shipped_at is None or order.shipped_at > now:
        return []
    return [_package(order, parcel, now) for parcel in order.parcels if parcel.created_at <= now]


def _package(order: MarketplaceOrder, parcel: Parcel, now: datetime) -> dict[str, Any]:
    assert order.shipped_at is not None
    ends = [scan for scan in parcel.scans if scan.status in _ENDS and scan.seen_at <= now]
    last = max(ends, key=lambda scan: scan.seen_at, default=None)
    word = _ENDS[last.status] if last else "SHIPPED"
    units = {line.id: line.quantity for line in order.lines}
    return {
        "packageReferenceId": str(parcel.id),
        "createdTime": text_of(parcel.created_at),
        "packageStatus": {"status": word, "detailedStatus": word},
        "carrier": parcel.carrier,
        "shipTime": text_of(max(order.shipped_at, parcel.created_at)),
        "shippingService": parcel.service,
        "trackingNumber": parcel.tracking_code,
        "packageItems": [{"orderItemId": line, "quantity": count} for line, count in units.items()],
    }


def _total(line: MarketplaceLine) -> int:
    goods = line.unit_price_minor * line.quantity - line.discount_minor
    return goods + line.shipping_minor + line.tax_minor
