"""Shopify payloads as the projection leaves them, as short as the models allow."""

from typing import Any

STORE = "test.myshopify.com"


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def money(amount: str | float) -> dict[str, Any]:
    return {"shopMoney": {"amount": f"{float(amount):.2f}", "currencyCode": "USD"}}


def a_shop() -> dict[str, Any]:
    return {"id": gid("Shop", 1), "name": "Test", "currencyCode": "USD", "ianaTimezone": "America/New_York"}


def a_line(
    number: int, *, quantity: int = 1, price: float = 10, sku: str = "SOUP", **fields: Any
) -> dict[str, Any]:
    total = price * quantity
    return {
        "id": gid("LineItem", number),
        "sku": sku,
        "name": sku,
        "quantity": quantity,
        "currentQuantity": quantity,
        "originalUnitPriceSet": money(price),
        "discountedTotalSet": money(total),
        "taxLines": [{"rate": 0.07, "priceSet": money(total * 0.07)}],
        "variant": {"id": gid("ProductVariant", sku)},
        "product": {"id": gid("Product", sku), "productType": "Grocery"},
        **fields,
    }


def a_refund(
    number: int, line: int, *, at: str | None, quantity: int = 1, price: float = 10, **fields: Any
) -> dict[str, Any]:
    goods = price * quantity
    return {
        "id": gid("Refund", number),
        "createdAt": at,
        "totalRefundedSet": money(goods * 1.07),
        "refundLineItems": {
            "nodes": [
                {
                    "id": gid("RefundLineItem", number),
                    "quantity": quantity,
                    "restockType": "RETURN",
                    "restocked": True,
                    "location": {"id": gid("Location", 1)},
                    "subtotalSet": money(goods),
                    "totalTaxSet": money(goods * 0.07),
                    "lineItem": {"id": gid("LineItem", line)},
                }
            ]
        },
        **fields,
    }


def an_order(number: int, at: str, lines: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A paid, shipped order of the web shop; `fields` replace Shopify's fields by name."""
    subtotal = sum(float(line["discountedTotalSet"]["shopMoney"]["amount"]) for line in lines)
    return {
        "id": gid("Order", number),
        "name": f"#{number}",
        "test": False,
        "createdAt": at,
        "processedAt": at,
        "updatedAt": at,
        "cancelledAt": None,
        "currencyCode": "USD",
        "taxesIncluded": False,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "sourceName": "web",
        "tags": [],
        "discountCodes": [],
        "customer_key": f"{number:032x}",
        "shippingAddress": {"countryCodeV2": "US", "provinceCode": "OH"},
        "customerJourneySummary": None,
        "subtotalPriceSet": money(subtotal),
        "totalShippingPriceSet": money(0),
        "totalTaxSet": money(subtotal * 0.07),
        "totalPriceSet": money(subtotal * 1.07),
        "totalRefundedSet": money(0),
        "lineItems": {"nodes": lines},
        "fulfillments": [
            {
                "id": gid("Fulfillment", number),
                "createdAt": at,
                "status": "SUCCESS",
                "location": {"id": gid("Location", 1)},
                "trackingInfo": [{"company": "UPS", "number": f"1Z{number}"}],
            }
        ],
        "refunds": [],
        "returns": {"nodes": []},
        "transactions": [
            {
                "id": gid("OrderTransaction", number),
                "kind": "SALE",
                "status": "SUCCESS",
                "processedAt": at,
                "amountSet": money(subtotal * 1.07),
            }
        ],
        **fields,
    }
