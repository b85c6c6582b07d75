"""What can happen to a shop's records between two nights. Each change says in words what it did."""

import json
from collections.abc import Callable
from typing import Any

from tests.dbt.shop_payloads import gid
from tests.flows.any_order.sources import Place, Sources

Change = Callable[[Sources, int, int], str]


def an_order(sources: Sources, number: int) -> tuple[Place, str, dict[str, Any]]:
    return sources.pick("shopify", "orders", number)


def told(
    sources: Sources, place: Place, scope: str, order: dict[str, Any], what: str, tied: bool = False
) -> str:
    """The order is told anew, with the update time every change brings (unless it is `tied` to the last one's)."""
    if not tied:
        order["updatedAt"] = sources.now.isoformat()
    sources.tell(place, scope, order, tied)
    return f"{order['name']} {what}"


def amount(value: dict[str, Any]) -> float:
    return float(value["shopMoney"]["amount"])


def money(value: float, like: dict[str, Any]) -> dict[str, Any]:
    return {"shopMoney": {**like["shopMoney"], "amount": f"{value:.2f}"}}


def line_added(sources: Sources, a: int, b: int) -> str:
    place, scope, order = an_order(sources, a)
    lines, quantity = order["lineItems"]["nodes"], b % 3 + 1
    unit = lines[0]["originalUnitPriceSet"]
    total = money(amount(unit) * quantity, unit)
    taxes = [{**tax, "priceSet": money(amount(total) * 0.07, unit)} for tax in lines[0]["taxLines"]]
    lines.append(
        {**lines[0], "id": gid("LineItem", sources.new_id()), "quantity": quantity, "currentQuantity": quantity,
         "discountedTotalSet": total, "taxLines": taxes}
    )  # fmt: skip
    for header in ("subtotalPriceSet", "totalPriceSet"):
        order[header] = money(amount(order[header]) + amount(total), unit)
    return told(sources, place, scope, order, f"got a line of {quantity}", tied=b % 5 == 4)


def line_removed(sources: Sources, a: int, b: int) -> str:
    """Either its units are taken off, as an order edit does, or the line is not told any more."""
    place, scope, order = an_order(sources, a)
    lines = order["lineItems"]["nodes"]
    if b % 2 and len(lines) > 1:
        lines.pop()
        return told(sources, place, scope, order, "lost its last line")
    lines[-1]["currentQuantity"] = 0
    return told(sources, place, scope, order, "has nothing left of its last line")


def refunded(sources: Sources, a: int, b: int) -> str:
    place, scope, order = an_order(sources, a)
    sold, number = order["lineItems"]["nodes"][b % len(order["lineItems"]["nodes"])], sources.new_id()
    unit = sold["originalUnitPriceSet"]
    order["refunds"].append({
        "id": gid("Refund", number), "createdAt": sources.days_ago(b % 4).isoformat(), "totalRefundedSet": unit,
        "refundLineItems": {"nodes": [{
            "id": gid("RefundLineItem", number), "quantity": 1, "subtotalSet": unit, "totalTaxSet": money(0, unit),
            "restockType": ("RETURN", "CANCEL", "NO_RESTOCK")[b % 3], "restocked": b % 3 < 2,
            "location": {"id": gid("Location", 11)}, "lineItem": {"id": sold["id"]},
        }]},
    })  # fmt: skip
    return told(sources, place, scope, order, "had a unit refunded")


def refund_withdrawn(sources: Sources, a: int, b: int) -> str:
    place, scope, order = an_order(sources, a)
    order["refunds"] = order["refunds"][: b % 2]
    return told(sources, place, scope, order, f"has {len(order['refunds'])} refunds left")


def cancelled(sources: Sources, a: int, b: int) -> str:
    place, scope, order = an_order(sources, a)
    order["cancelledAt"] = None if order["cancelledAt"] else sources.days_ago(b % 3).isoformat()
    order["displayFinancialStatus"] = ("REFUNDED", "VOIDED")[b % 2] if order["cancelledAt"] else "PAID"
    return told(sources, place, scope, order, f"is {order['displayFinancialStatus']}")


def fulfilled(sources: Sources, a: int, b: int) -> str:
    """One parcel more: a split shipment where there was one."""
    place, scope, order = an_order(sources, a)
    number = sources.new_id()
    order["fulfillments"].append({
        "id": gid("Fulfillment", number), "status": "SUCCESS", "createdAt": sources.days_ago(b % 3).isoformat(),
        "location": {"id": gid("Location", (11, 12)[b % 2])},
        "trackingInfo": [{"company": "UPS", "number": f"1Z{(1, 2, number)[b % 3]:09d}"}],
    })  # fmt: skip
    return told(sources, place, scope, order, "was shipped once more")


def another_buyer(sources: Sources, a: int, b: int) -> str:
    place, scope, order = an_order(sources, a)
    order["customer_key"] = anybody(sources, b)
    return told(sources, place, scope, order, "belongs to somebody else")


def another_currency(sources: Sources, a: int, _b: int) -> str:
    place, scope, order = an_order(sources, a)
    swapped = {"USD": "EUR", "EUR": "USD"}[order["currencyCode"]]
    text = json.dumps(order).replace(f'"{order["currencyCode"]}"', f'"{swapped}"')
    return told(sources, place, scope, json.loads(text), f"is in {swapped}")


def another_day(sources: Sources, a: int, b: int) -> str:
    place, scope, order = an_order(sources, a)
    order["processedAt"] = order["createdAt"] = sources.days_ago(b).isoformat()
    return told(sources, place, scope, order, f"was ordered {b % 25} days ago")


def another_nature(sources: Sources, a: int, b: int) -> str:
    """A test order, a gift card, another destination, another channel, an unpaid or tax-inclusive order."""
    place, scope, order = an_order(sources, a)
    change: dict[str, Any] = [
        {"test": not order["test"]},
        {"shippingAddress": {"countryCodeV2": "US", "provinceCode": ("OH", "CA")[a % 2]}},
        {"sourceName": ("web", "pos", "instagram")[a % 3]},
        {"displayFinancialStatus": "PENDING", "transactions": []},
        {"taxesIncluded": not order["taxesIncluded"]},
        {"tags": ["deliver-by:2026-03-12"]},
    ][b % 6]
    return told(sources, place, scope, order | change, f"has another {', '.join(change)}")


def sent_back(sources: Sources, a: int, _b: int) -> str:
    place, scope, order = an_order(sources, a)
    number, sold = sources.new_id(), order["lineItems"]["nodes"][0]
    like = next(
        (one["returns"]["nodes"][0] for one in _payloads(sources, "orders") if one["returns"]["nodes"]), None
    )
    if like is None:
        return "nothing is like a return"
    back = json.loads(json.dumps(like)) | {"id": gid("Return", number)}
    for part in back["returnLineItems"]["nodes"]:
        part["id"] = gid("ReturnLineItem", sources.new_id())
        part["fulfillmentLineItem"]["lineItem"]["id"] = sold["id"]
    order["returns"]["nodes"].append(back)
    return told(sources, place, scope, order, "comes back")


def ordered(sources: Sources, a: int, b: int) -> str:
    """A new order like another one, in any shop, today or told weeks late."""
    place, _, order = an_order(sources, a)
    number = sources.new_id()
    text = json.dumps(order).replace(order["id"], gid("Order", number))
    order = json.loads(text) | {
        "name": f"#{number}",
        "refunds": [],
        "cancelledAt": None,
        "returns": {"nodes": []},
    }
    for part in (*order["lineItems"]["nodes"], *order["fulfillments"], *order["transactions"]):
        part["id"] = f"{part['id'].rsplit('/', 1)[0]}/{sources.new_id()}"
    for box in order["fulfillments"]:
        box["trackingInfo"] = [{"company": "UPS", "number": f"1Z{sources.new_id():09d}"}]
    order["processedAt"] = order["createdAt"] = sources.days_ago(b).isoformat()
    return told(sources, place, gid("Order", number), order, f"was ordered {b % 25} days ago")


def anybody(sources: Sources, number: int) -> str | None:
    """Somebody the shops know, or nobody they know."""
    people = sorted({one["customer_key"] for one in _payloads(sources, "customers") if one["customer_key"]})
    return [*people, None][number % (len(people) + 1)]


def _payloads(sources: Sources, stream: str) -> list[dict[str, Any]]:
    return [
        held.payload
        for place, records in sorted(sources.records.items())
        if (place.source, place.stream) == ("shopify", stream)
        for _, held in sorted(records.items())
    ]


CHANGES: tuple[Change, ...] = (
    line_added, line_removed, refunded, refund_withdrawn, cancelled, fulfilled, another_buyer, another_currency,
    another_day, another_nature, sent_back, ordered,
)  # fmt: skip
