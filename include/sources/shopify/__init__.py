"""Shopify: the shop's orders, customers, products, stock and abandoned checkouts, over the Admin GraphQL API.

Quirks:

* Search goes by `updated_at` to the second and is a little behind the truth, so each night reads ten minutes back.
  An order refunded at 23:59:40 may be found at 00:02 only: the window that began at 00:00 starts at 23:50.
* `updated_at` moves when a refund, return or fulfilment changes; the whole order is read again and its newest
  version wins. Money is text (`"55.0"`), ids are `gid://shopify/Order/7`.
* Orders older than 60 days are shown only to apps with the scope `read_all_orders`.
* Windows longer than three days are read by bulk operation, shorter ones in pages. Both give the same payloads.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from include.errors import Stop
from include.sources.base import Consent, Page, Person, Record, Source, Stream, usable
from include.sources.shopify import bulk, queries
from include.sources.shopify.client import Shop, by_ids, connect, quoted, updated_in
from include.sources.shopify.orders import complete
from include.window import Window

HISTORY = timedelta(days=3)
SEARCH_LAG = timedelta(minutes=10)


# ---------------------------------------------------------------------------- reading


def _shop(shop: Shop, window: Window) -> Iterator[Page]:
    yield Page([shop.one(queries.SHOP)["shop"]], total=1)


def _locations(shop: Shop, window: Window) -> Iterator[Page]:
    for nodes in shop.nodes(queries.LOCATIONS, "locations", 50):
        yield Page(nodes)


def _orders(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        result = bulk.run(shop, queries.BULK_ORDERS % quoted(updated_in(window)))
        children = {"LineItem": "lineItems", "Return": "returns"}
        yield from complete(shop, bulk.grouped(shop, result, children), result.roots)
        return
    for nodes in shop.nodes(queries.ORDERS, "orders", 5, search=updated_in(window)):
        yield from complete(shop, nodes)


def _products(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        yield from _in_bulk(shop, queries.BULK_PRODUCTS, window, {"ProductVariant": "variants"})
        return
    for nodes in shop.nodes(queries.PRODUCTS, "products", 12, search=updated_in(window)):
        made, bad = usable(
            "shopify", nodes, lambda product: product | {"variants": {"nodes": _variants(shop, product)}}
        )
        yield Page(made, bad=bad)


def _customers(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        yield from _in_bulk(shop, queries.BULK_CUSTOMERS, window, {})
        return
    for nodes in shop.nodes(queries.CUSTOMERS, "customers", 100, search=updated_in(window)):
        yield Page(nodes)


def _checkouts(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        yield from _in_bulk(shop, queries.BULK_CHECKOUTS, window, {"AbandonedCheckoutLineItem": "lineItems"})
        return
    for nodes in shop.nodes(queries.CHECKOUTS, "abandonedCheckouts", 8, search=updated_in(window)):
        made, bad = usable(
            "shopify", nodes, lambda one: one | {"lineItems": {"nodes": _checkout_lines(shop, one)}}
        )
        yield Page(made, bad=bad)


def _stock(shop: Shop, window: Window) -> Iterator[Page]:
    """Always in bulk: a page of items and their levels costs as much as a whole catalogue does this way."""
    result = bulk.run(shop, queries.BULK_STOCK)
    for item in bulk.grouped(shop, result, {"InventoryLevel": "inventoryLevels"}):
        named = {"id": item["id"], "sku": item["sku"]}
        levels = item["inventoryLevels"]["nodes"]
        yield Page([{**level, "item": named} for level in levels], total=result.objects - result.roots)


def _is_history(window: Window) -> bool:
    return window.end - window.start > HISTORY


def _in_bulk(shop: Shop, query: str, window: Window, children: dict[str, str]) -> Iterator[Page]:
    result = bulk.run(shop, query % quoted(updated_in(window)))
    for record in bulk.grouped(shop, result, children):
        yield Page([record], total=result.roots)


def _variants(shop: Shop, product: Record) -> list[Record]:
    variants, info = product["variants"]["nodes"], product["variants"]["pageInfo"]
    if not info["hasNextPage"]:
        return variants
    return variants + shop.rest(
        queries.PRODUCT_VARIANTS, "products", product["id"], lambda node: node["variants"], info["endCursor"]
    )


def _checkout_lines(shop: Shop, checkout: Record) -> list[Record]:
    """This connection does not tell whether there is more, so a full one is asked for again, larger."""
    lines = checkout["lineItems"]["nodes"]
    if len(lines) < queries.CHECKOUT_LINES:
        return lines
    found = shop.one(queries.CHECKOUT_ALL_LINES, search=by_ids([checkout["id"]]))["abandonedCheckouts"][
        "nodes"
    ]
    if not found or len(found[0]["lineItems"]["nodes"]) >= 200:
        raise Stop(f"{shop.session.name}: checkout {checkout['id']} has more lines than we can read")
    return found[0]["lineItems"]["nodes"]


# ---------------------------------------------------------------------------- people


def _consents(customer: Record) -> list[Consent]:
    """Marketing states as Shopify keeps them; the tag `consent-ads` stands for consent to audience matching."""
    found = []
    for purpose, field in (("email", "defaultEmailAddress"), ("sms", "defaultPhoneNumber")):
        state = customer.get(field)
        if state and state.get("marketingState"):
            since = state.get("marketingUpdatedAt") or customer["updatedAt"]
            evidence = {"field": f"{field}.marketingState", "state": state["marketingState"]}
            found.append(Consent(purpose, state["marketingState"] == "SUBSCRIBED", since, evidence))
    granted = "consent-ads" in _listed(customer.get("tags"))
    return [*found, Consent("ads", granted, customer["updatedAt"], {"field": "tags", "tag": "consent-ads"})]


def _listed(tags: Any) -> list[Any]:
    """A text that happens to hold the tag is no consent."""
    return tags if isinstance(tags, list) else []


BUYER = Person(at="customer")
CUSTOMER = Person(
    phone="defaultPhoneNumber.phoneNumber",
    first_name="firstName",
    last_name="lastName",
    country="defaultAddress.countryCodeV2",
    consents=_consents,
    vault=True,
)

# ---------------------------------------------------------------------------- streams

_MONEY = "{ shopMoney { amount# currencyCode } }"
_AMOUNT = "!{ shopMoney!{ amount#! currencyCode } }"

# the longest first: they are pulled two at a time in this order
STREAMS = (
    Stream(
        "orders",
        "log",
        f"""id name test? createdAt@! processedAt@ updatedAt@ cancelledAt@ cancelReason closedAt@ currencyCode!
        taxesIncluded? displayFinancialStatus displayFulfillmentStatus returnStatus sourceName tags* discountCodes*
        shippingAddress {{ countryCodeV2 provinceCode }}
        customerJourneySummary {{ lastVisit {{ utmParameters {{ source medium campaign }} }} }}
        subtotalPriceSet {_MONEY} totalDiscountsSet {_MONEY} totalShippingPriceSet {_MONEY} totalTaxSet {_MONEY}
        totalPriceSet{_AMOUNT} currentTotalPriceSet {_MONEY} totalRefundedSet {_MONEY} netPaymentSet {_MONEY}
        lineItems {{ nodes* {{
          id! sku name quantity+! currentQuantity+
          originalUnitPriceSet{_AMOUNT} totalDiscountSet {_MONEY} discountedTotalSet {_MONEY}
          taxLines* {{ rate# priceSet {_MONEY} }} variant {{ id }} product {{ id productType }}
        }} }}
        fulfillments* {{
          id! createdAt@! updatedAt@ status displayStatus estimatedDeliveryAt@ inTransitAt@ deliveredAt@
          location {{ id }} trackingInfo* {{ company number }}
        }}
        refunds* {{
          id! createdAt@ updatedAt@ totalRefundedSet{_AMOUNT}
          refundLineItems {{ nodes* {{
            id quantity+! restockType restocked? location {{ id }} subtotalSet {_MONEY} totalTaxSet {_MONEY}
            lineItem!{{ id! }}
          }} }}
        }}
        returns {{ nodes* {{
          id! name status createdAt@ closedAt@ totalQuantity+
          returnLineItems {{ nodes* {{ id quantity+ returnReason fulfillmentLineItem {{ lineItem {{ id }} }} }} }}
        }} }}
        transactions* {{ id! kind status processedAt@ gateway amountSet {_MONEY} }}""",
        _orders,
        updated_at="updatedAt",
        person=BUYER,
        overlap=SEARCH_LAG,
        counted=True,
    ),
    Stream("shop", "snapshot", "id name myshopifyDomain currencyCode! ianaTimezone~!", _shop),
    Stream(
        "locations",
        "snapshot",
        "id name isActive? fulfillsOnlineOrders? address { countryCode provinceCode city }",
        _locations,
    ),
    Stream(
        "products",
        "log",
        """id title handle productType vendor status tags* createdAt@ updatedAt@ publishedAt@
        variants { nodes* {
          id! sku title barcode price# compareAtPrice# updatedAt@
          inventoryItem { id unitCost { amount# currencyCode } tracked? }
        } }""",
        _products,
        updated_at="updatedAt",
        from_the_first=True,
        overlap=SEARCH_LAG,
        counted=True,
    ),
    Stream(
        "inventory_levels",
        "snapshot",
        "id item { id sku } location { id } quantities* { name! quantity+! }",
        _stock,
        counted=True,
    ),
    Stream(
        "customers",
        "log",
        """id createdAt@ updatedAt@ state tags* numberOfOrders+ amountSpent { amount# currencyCode }
        defaultAddress { countryCodeV2 provinceCode }
        defaultEmailAddress { marketingState marketingUpdatedAt@ }
        defaultPhoneNumber { marketingState marketingUpdatedAt@ }""",
        _customers,
        updated_at="updatedAt",
        from_the_first=True,
        person=CUSTOMER,
        overlap=SEARCH_LAG,
        counted=True,
    ),
    Stream(
        "abandoned_checkouts",
        "log",
        f"""id createdAt@ updatedAt@ completedAt@ subtotalPriceSet {_MONEY} totalPriceSet {_MONEY}
        lineItems {{ nodes* {{ id sku quantity+ variant {{ id }} discountedTotalPriceSet {_MONEY} }} }}""",
        _checkouts,
        updated_at="updatedAt",
        person=BUYER,
        overlap=SEARCH_LAG,
        counted=True,
    ),
)

SHOPIFY = Source(
    "shopify",
    "Shopify",
    STREAMS,
    connect,
    "Host: your-shop.myshopify.com. Password: an Admin API access token (shpat_…); or login and password: the client "
    'id and secret of your own app. Extra: {"account": "your-shop.myshopify.com"}. Scopes: read_orders, '
    "read_all_orders, read_products, read_inventory, read_locations, read_customers, read_returns, read_fulfillments.",
)
