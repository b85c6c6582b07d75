"""Shopify: the shop's orders, customers, products, stock and abandoned checkouts, over the Admin GraphQL API.

Quirks:

* Search goes by `updated_at` to the second and is a little behind the truth, so each night reads ten minutes back.
  An order refunded at 23:59:40 may be found at 00:02 only: the window that began at 00:00 starts at 23:50.
* `updated_at` moves when a refund, return or fulfilment changes; the whole order is read again and its newest
  version wins. Money is text (`"55.0"`), ids are `gid://shopify/Order/7`.
* Orders older than 60 days are shown only to apps with the scope `read_all_orders`.
* Windows longer than three days are read by bulk operation, shorter ones in pages. Both give the same payloads.
"""

from datetime import timedelta

from include.sources.base import Source, Stream
from include.sources.shopify import reading
from include.sources.shopify.client import connect
from include.sources.shopify.people import BUYER, CUSTOMER

SEARCH_LAG = timedelta(minutes=10)

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
          id! sku name quantity+! currentQuantity+ isGiftCard?
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
        reading.orders,
        updated_at="updatedAt",
        person=BUYER,
        overlap=SEARCH_LAG,
        counted=True,
    ),
    Stream("shop", "snapshot", "id name myshopifyDomain currencyCode! ianaTimezone~!", reading.shop),
    Stream(
        "locations",
        "snapshot",
        "id name isActive? fulfillsOnlineOrders? address { countryCode provinceCode city }",
        reading.locations,
    ),
    Stream(
        "products",
        "log",
        """id title handle productType vendor status tags* createdAt@ updatedAt@ publishedAt@
        variants { nodes* {
          id! sku title barcode price# compareAtPrice# updatedAt@
          inventoryItem { id unitCost { amount# currencyCode } tracked? }
        } }""",
        reading.products,
        updated_at="updatedAt",
        from_the_first=True,
        overlap=SEARCH_LAG,
        counted=True,
    ),
    Stream(
        "inventory_levels",
        "snapshot",
        "id item { id sku } location { id } quantities* { name! quantity+! }",
        reading.stock,
        counted=True,
    ),
    Stream(
        "customers",
        "log",
        """id createdAt@ updatedAt@ state tags* numberOfOrders+ amountSpent { amount# currencyCode }
        defaultAddress { countryCodeV2 provinceCode }
        defaultEmailAddress { marketingState marketingUpdatedAt@ }
        defaultPhoneNumber { marketingState marketingUpdatedAt@ }""",
        reading.customers,
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
        reading.checkouts,
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
