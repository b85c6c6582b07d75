"""What can happen to visits and carts, and to the goods that were looked at."""

from datetime import timedelta

from tests.flows.any_order.shop_changes import Change, anybody
from tests.flows.any_order.sources import Sources


def visitor_came(sources: Sources, a: int, b: int) -> str:
    """A visit told late, between others; or a profile that says no."""
    if b % 3 == 0:
        place, scope, profile = sources.pick("klaviyo", "profiles", a)
        marketing = profile["attributes"]["subscriptions"]["email"]["marketing"]
        marketing["consent"] = ("SUBSCRIBED", "UNSUBSCRIBED")[a % 2]
        profile["attributes"]["updated"] = sources.now.isoformat()
    else:
        place, _, profile = sources.pick("klaviyo", "events", a)
        scope = profile["id"] = f"event{sources.new_id()}"
        when = sources.days_ago(b) + timedelta(minutes=7 * (a % 9))
        profile["attributes"]["datetime"] = when.isoformat()
    sources.tell(place, scope, profile)
    return f"klaviyo tells of {scope}"


def visit_corrected(sources: Sources, a: int, b: int) -> str:
    """An event is told again: it was somebody else's, at another time, or of goods that no shop knows."""
    place, scope, event = sources.pick("klaviyo", "events", a)
    if b % 3 == 0:
        _, _, other = sources.pick("klaviyo", "events", a + b + 1)
        event["customer_key"] = other["customer_key"]
    elif b % 3 == 1:
        event["attributes"]["datetime"] = sources.days_ago(b).isoformat()
    else:
        for item in event["attributes"]["items"]:
            item |= {"variant_id": "404", "product_id": None, "sku": None}
    sources.tell(place, scope, event)
    return f"{scope} is {('of another person', 'of another time', 'of goods unknown')[b % 3]}"


def variant_moved(sources: Sources, a: int, b: int) -> str:
    """Another product of the shop lists a variant from now on."""
    place, scope, product = sources.pick("shopify", "products", a)
    others = sorted(sources.records[place])
    other = others[(others.index(scope) + b) % len(others)]
    moved = {**product, "variants": sources.records[place][other].payload["variants"]}
    moved["updatedAt"] = sources.now.isoformat()
    sources.tell(place, scope, moved)
    return f"{scope} has the variants of {other}"


def cart_changed(sources: Sources, a: int, b: int) -> str:
    place, scope, cart = sources.pick("shopify", "abandoned_checkouts", a)
    cart["completedAt"] = sources.now.isoformat() if b % 2 else None
    cart["updatedAt"] = sources.now.isoformat()
    sources.tell(place, scope, cart)
    return f"{scope} is {'completed' if b % 2 else 'left'}"


def cart_begun(sources: Sources, a: int, b: int) -> str:
    """A cart like another, begun today or told weeks late, by anybody; of some it is known when they will be finished."""
    place, _, cart = sources.pick("shopify", "abandoned_checkouts", a)
    scope, begun = f"gid://shopify/AbandonedCheckout/{sources.new_id()}", sources.days_ago(b)
    cart |= {
        "id": scope, "customer_key": anybody(sources, a), "createdAt": begun.isoformat(),
        "updatedAt": (begun + timedelta(hours=a % 30)).isoformat(),
        "completedAt": (begun + timedelta(hours=a)).isoformat() if a % 4 == 0 else None,
    }  # fmt: skip
    sources.tell(place, scope, cart)
    return f"{scope} was begun {b % 25} days ago"


CHANGES: tuple[Change, ...] = (visitor_came, visit_corrected, variant_moved, cart_changed, cart_begun)
