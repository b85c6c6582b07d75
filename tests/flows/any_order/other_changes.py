"""What can happen at everybody else's: catalogue, people, marketplace, rates, ads, parcels, stock."""

import json
from typing import Any

from tests.flows.any_order.shop_changes import Change
from tests.flows.any_order.sources import Place, Sources


def catalogue_changed(sources: Sources, a: int, b: int) -> str:
    """Cost, price, SKU or type of a product."""
    place, scope, product = sources.pick("shopify", "products", a)
    (variant, *_) = product["variants"]["nodes"]
    if b % 4 == 0:
        variant["inventoryItem"]["unitCost"] = {**_cost(variant, product), "amount": f"{a % 9 + 0.5}"}
    elif b % 4 == 1:
        variant["price"] = f"{a % 30 + 1}.00"
    elif b % 4 == 2:
        product["productType"] = ("GROCERY", "Gift Card")[a % 2]
    else:
        variant["sku"] = ("COF-1", "TEA-1", "EU-COF-1")[a % 3]
    product["updatedAt"] = sources.now.isoformat()
    sources.tell(place, scope, product)
    return f"{scope} has another {('cost', 'price', 'type', 'sku')[b % 4]}"


def sku_moved(sources: Sources, a: int, _b: int) -> str:
    """A variant is made anew: another one bears its SKU, at the same cost."""
    place, scope, product = sources.pick("shopify", "products", a)
    (variant, *_) = product["variants"]["nodes"]
    variant["id"] = f"gid://shopify/ProductVariant/{sources.new_id()}"
    product["updatedAt"] = sources.now.isoformat()
    sources.tell(place, scope, product)
    return f"{variant['sku']} is {variant['id']}"


def _cost(variant: dict[str, Any], product: dict[str, Any]) -> dict[str, Any]:
    return variant["inventoryItem"]["unitCost"] or {"currencyCode": "USD"}


def person_changed(sources: Sources, a: int, b: int) -> str:
    place, scope, person = sources.pick("shopify", "customers", a)
    person["tags"] = [["consent-ads"], ["complaint-open"], []][b % 3]
    person["updatedAt"] = sources.now.isoformat()
    sources.tell(place, scope, person)
    return f"{scope} has the tags {person['tags']}"


def stock_changed(sources: Sources, a: int, b: int) -> str:
    """On the shelves of the shop, of the back office or of the marketplace."""
    which = (("shopify", "inventory_levels"), ("odoo", "stock_quants"), ("amazon", "inventory"))[b % 3]
    place, scope, level = sources.pick(*which, a)
    if b % 3 == 0:
        for quantity in level["quantities"]:
            quantity["quantity"] = a % 40
    elif b % 3 == 1:
        level |= {"quantity": float(a % 40), "reserved_quantity": 0.0}
    else:
        level["inventoryDetails"]["fulfillableQuantity"] = a % 40
    sources.tell(place, scope, level)
    return f"{place.source} has {a % 40} at {scope}"


def shop_moved(sources: Sources, a: int, b: int) -> str:
    """The shop lives in another time zone, so its orders fall on other days."""
    place, scope, shop = sources.pick("shopify", "shop", a)
    shop["ianaTimezone"] = ("America/New_York", "Europe/Berlin", "Asia/Tokyo")[b % 3]
    sources.tell(place, scope, shop)
    return f"{place.account} lives in {shop['ianaTimezone']}"


def marketplace_order_changed(sources: Sources, a: int, b: int) -> str:
    place, scope, order = sources.pick("amazon", "orders", a)
    if b % 4 == 0:
        scope = order["orderId"] = f"113-{sources.new_id():07d}-0000009"
        order["createdTime"] = sources.days_ago(a).isoformat()
        for item in order["orderItems"]:
            item["orderItemId"] = str(sources.new_id())
    elif b % 4 == 1:
        order["fulfillment"]["fulfillmentStatus"] = "CANCELLED"
    elif b % 4 == 2:
        order["orderItems"][0]["quantityOrdered"] += 1
    else:
        order["fulfillment"]["fulfilledBy"] = ("AMAZON", "MERCHANT")[a % 2]
    order["lastUpdatedTime"] = sources.now.isoformat()
    sources.tell(place, scope, order)
    return f"{scope} is {('new', 'cancelled', 'larger', 'shipped by another')[b % 4]}"


def marketplace_money_moved(sources: Sources, a: int, b: int) -> str:
    """A movement is told again with another state or amount or for another order, or a new one is posted."""
    place, scope, moved = sources.pick("amazon", "transactions", a)
    if b % 4 == 3:
        _, order, _ = sources.pick("amazon", "orders", a + b)
        for one in moved["relatedIdentifiers"]:
            if one["relatedIdentifierName"] == "ORDER_ID":
                one["relatedIdentifierValue"] = order
    elif b % 4 == 0:
        moved["transactionStatus"] = ("DEFERRED", "DEFERRED_RELEASED", "RELEASED")[a % 3]
    elif b % 4 == 1:
        scope = moved["transactionId"] = f"posted-{sources.new_id()}"
        moved["postedDate"] = sources.days_ago(a).isoformat()
    else:
        moved["totalAmount"]["currencyAmount"] = round(moved["totalAmount"]["currencyAmount"] - 1, 2)
    sources.tell(place, scope, moved)
    return f"{scope} is {('in another state', 'posted', 'a dollar less', 'of another order')[b % 4]}"


def marketplace_heard(sources: Sources, a: int, b: int) -> str:
    """A rating or a unit that came back."""
    stream, key = (("feedback", "rating"), ("returns", "detailed_disposition"))[b % 2]
    place, scope, told = sources.pick("amazon", stream, a)
    told[key] = str(a % 5 + 1) if stream == "feedback" else ("SELLABLE", "CUSTOMER_DAMAGED")[a % 2]
    sources.tell(place, scope, told)
    return f"{scope} says {told[key]}"


def rate_came_late(sources: Sources, a: int, b: int) -> str:
    """A day's rates: new, other than they were, or taken back."""
    place, _, _ = sources.pick("ecb", "rates", 0)
    day = sources.days_ago(a).date()
    rates = [] if b % 4 == 3 else [{"rate": f"{1 + b % 50 / 100:.4f}", "currency": "USD"}]
    sources.tell(place, str(day), rates)
    return f"the rates of {day} are {rates}"


def ads_restated(sources: Sources, a: int, b: int) -> str:
    """A day of Google's or Meta's: more, less, nothing."""
    source = ("google_ads", "meta")[a % 2]
    place, _, _ = sources.pick(source, "campaigns_daily", 0)
    filled = sorted(day for day, held in sources.records[place].items() if held.payload)
    like = json.loads(json.dumps(sources.records[place][filled[a % len(filled)]].payload)) if filled else []
    day = filled[b % len(filled)] if b % 2 and filled else str(sources.days_ago(b).date())
    for row in like:
        if source == "meta":
            row["spend"] = f"{b}.{a % 10}0"
        else:
            row["metrics"] |= {"costMicros": str(b * 1_000_000), "conversionsValue": float(a)}
    rows = [] if b % 5 == 0 else like
    sources.tell(place, day, rows)
    return f"{source} says of {day} {b}.{a % 10} in {len(rows)} rows"


def parcel_scanned(sources: Sources, a: int, b: int) -> str:
    """A scan that is told now, of today or of days ago; of a number that both carriers' APIs may know."""
    when = sources.days_ago(b % 6)
    if a % 2:
        place, scope, tracker = sources.pick("easypost", "trackers", a // 2)
        status = ("in_transit", "delivered", "failure")[b % 3]
        details = {"datetime": when.isoformat(), "status": status, "status_detail": "arrived_at_destination"}
        like = tracker["tracking_details"][0] if tracker["tracking_details"] else {"source": "UPS"}
        tracker["tracking_details"].append(like | details)
        tracker |= {
            "status": status,
            "updated_at": sources.now.isoformat(),
            "finalized": status == "delivered",
        }
    else:
        place, scope, tracker = sources.pick("ups", "tracking", a // 2)
        package, (kind, code) = tracker["package"][0], (("I", "OR"), ("D", "KB"))[b % 2]
        scan = {"gmtDate": f"{when:%Y%m%d}", "gmtTime": f"{when:%H%M%S}", "gmtOffset": "-05:00",
                "status": {"type": kind, "code": code}, "location": {"address": {"city": "Reno"}}}  # fmt: skip
        package.setdefault("activity", []).insert(0, scan)
        package["currentStatus"] = {"type": kind, "code": code}
        status = kind
    sources.tell(place, scope, tracker)
    return f"{scope} was {status} on {when:%d %b}"


def parcel_followed(sources: Sources, a: int, b: int) -> str:
    """A tracker for another number: of an order that had none, or of a label nobody knows yet."""
    place, _, tracker = sources.pick("easypost", "trackers", a)
    number = sources.new_id()
    scope = tracker["id"] = f"trk_{number:032x}"
    tracker["tracking_code"] = f"1Z{(number - b % 6):09d}"
    tracker |= {"created_at": sources.days_ago(b).isoformat(), "updated_at": sources.now.isoformat()}
    sources.tell(place, scope, tracker)
    return f"{tracker['tracking_code']} is followed"


def parcel_mistaken(sources: Sources, a: int, b: int) -> str:
    """A tracker is told with another code: of another parcel, or of none."""
    place, scope, tracker = sources.pick("easypost", "trackers", a)
    _, _, other = sources.pick("easypost", "trackers", a + b)
    known = (other["tracking_code"], "1Z000000001", "1Z000000002")
    tracker["tracking_code"] = (*known, f"1Z{sources.new_id():09d}", None)[b % 5]
    tracker["updated_at"] = sources.now.isoformat()
    sources.tell(place, scope, tracker)
    return f"{scope} follows {tracker['tracking_code']}"


def buying_changed(sources: Sources, a: int, b: int) -> str:
    """In the back office: an order's arrival, a supplier's terms, a cost, a movement of stock."""
    stream = (
        "purchase_orders",
        "purchase_order_lines",
        "supplier_info",
        "products",
        "stock_moves",
        "suppliers",
    )[b % 6]
    place, scope, record = sources.pick("odoo", stream, a)
    stamp = sources.now.strftime("%Y-%m-%d %H:%M:%S")
    change: dict[str, Any] = {
        "purchase_orders": {"state": ("purchase", "draft", "cancel", "done")[a % 4]},
        "purchase_order_lines": {"qty_received": float(a % 24)},
        "supplier_info": {"delay": a % 30, "price": a % 7 + 0.25},
        "products": {"standard_price": a % 9 + 0.75},
        "stock_moves": {"quantity": float(a % 12), "id": sources.new_id(), "date": stamp},
        "suppliers": {"x_min_order_amount": float(a * 10)},
    }[stream]
    scope = str(change.get("id", scope))
    sources.tell(place, scope, record | change | {"write_date": stamp})
    return f"odoo {stream} {scope}: {change}"


def place_changed(sources: Sources, a: int, b: int) -> str:
    """A warehouse closes, opens or lies in another country; a member leaves a mailing list or joins."""
    if b % 2:
        place, scope, location = sources.pick("shopify", "locations", a)
        location["isActive"] = not location["isActive"]
        location["address"]["countryCode"] = ("US", "DE")[a % 2]
    else:
        place, scope, location = sources.pick("klaviyo", "list_members", a)
        location["list"]["name"] = ("Newsletter", "Flow: abandoned cart", "Flow: browse")[a % 3]
    sources.tell(place, scope, location)
    return f"{scope} is another place"


def deleted(sources: Sources, a: int, b: int) -> tuple[Place, str] | None:
    """A record that vanishes; the last order, product, term of a supplier or tracker stays."""
    kind = (
        ("shopify", "orders"),
        ("shopify", "products"),
        ("odoo", "supplier_info"),
        ("easypost", "trackers"),
    )[b % 4]
    place, scope, _ = sources.pick(*kind, a)
    if len(sources.records[place]) < 2:
        return None
    sources.take_away(place, scope)
    return place, scope


CHANGES: tuple[Change, ...] = (
    catalogue_changed, sku_moved, person_changed, stock_changed, marketplace_order_changed,
    marketplace_money_moved, marketplace_heard, rate_came_late, ads_restated, parcel_scanned, parcel_followed,
    parcel_mistaken, buying_changed, shop_moved, place_changed,
)  # fmt: skip
