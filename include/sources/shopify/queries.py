"""What we ask Shopify, for the Admin API version below.

A query may cost 1,000 points: an object is one, a connection its size times what it holds. Inner pages are therefore
small; what does not fit is asked for again by the order's (product's, checkout's) own id.
"""

VERSION = "2026-07"

LINES, REFUND_LINES, RETURNS, RETURN_LINES = 10, 5, 2, 5
VARIANTS, CHECKOUT_LINES = 20, 20

_MONEY = "{ shopMoney { amount currencyCode } }"
_MORE = "pageInfo { hasNextPage endCursor }"
_PAGED = "first: $first, after: $after, query: $search"
_VARIABLES = "($first: Int!, $after: String, $search: String!)"

_LINE = f"""
id sku name quantity currentQuantity isGiftCard
originalUnitPriceSet {_MONEY} totalDiscountSet {_MONEY} discountedTotalSet(withCodeDiscounts: true) {_MONEY}
taxLines {{ rate priceSet {_MONEY} }} variant {{ id }} product {{ id productType }}"""

_ORDER = f"""
id name test createdAt processedAt updatedAt cancelledAt cancelReason closedAt currencyCode taxesIncluded
displayFinancialStatus displayFulfillmentStatus returnStatus sourceName tags discountCodes
customer {{ id defaultEmailAddress {{ emailAddress }} }}
shippingAddress {{ countryCodeV2 provinceCode }}
customerJourneySummary {{ lastVisit {{ utmParameters {{ source medium campaign }} }} }}
subtotalPriceSet {_MONEY} totalDiscountsSet {_MONEY} totalShippingPriceSet {_MONEY} totalTaxSet {_MONEY}
totalPriceSet {_MONEY} currentTotalPriceSet {_MONEY} totalRefundedSet {_MONEY} netPaymentSet {_MONEY}
fulfillments {{
  id createdAt updatedAt status displayStatus estimatedDeliveryAt inTransitAt deliveredAt location {{ id }}
  trackingInfo {{ company number }}
}}
refunds {{ id }}
transactions {{ id kind status processedAt gateway amountSet {_MONEY} }}"""

_REFUND_LINE = f"""
id quantity restockType restocked location {{ id }} subtotalSet {_MONEY} totalTaxSet {_MONEY} lineItem {{ id }}"""

_RETURN_LINE = "... on ReturnLineItem { id quantity returnReason fulfillmentLineItem { lineItem { id } } }"

_PRODUCT = "id title handle productType vendor status tags createdAt updatedAt publishedAt"

_VARIANT = """
id sku title barcode price compareAtPrice updatedAt
inventoryItem { id unitCost { amount currencyCode } tracked }"""

_CUSTOMER = """
id createdAt updatedAt state tags numberOfOrders firstName lastName amountSpent { amount currencyCode }
defaultAddress { countryCodeV2 provinceCode }
defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
defaultPhoneNumber { phoneNumber marketingState marketingUpdatedAt }"""

_CHECKOUT = f"""
id createdAt updatedAt completedAt subtotalPriceSet {_MONEY} totalPriceSet {_MONEY}
customer {{ id defaultEmailAddress {{ emailAddress }} }}"""

_CHECKOUT_LINE = f"id sku quantity variant {{ id }} discountedTotalPriceSet {_MONEY}"

SHOP = "query Shop { shop { id name myshopifyDomain currencyCode ianaTimezone } }"

LOCATIONS = f"""
query Locations($first: Int!, $after: String) {{
  locations(first: $first, after: $after, includeInactive: true, sortKey: ID) {{
    nodes {{ id name isActive fulfillsOnlineOrders address {{ countryCode provinceCode city }} }}
    {_MORE}
  }}
}}"""

ORDERS = f"""
query Orders{_VARIABLES} {{
  orders({_PAGED}, sortKey: UPDATED_AT) {{
    nodes {{ {_ORDER} lineItems(first: {LINES}) {{ nodes {{ {_LINE} }} {_MORE} }}
             returns(first: 1) {{ nodes {{ id }} }} }}
    {_MORE}
  }}
}}"""

ORDERS_WITH_MONEY_BACK = f"""
query OrdersWithMoneyBack{_VARIABLES} {{
  orders({_PAGED}, sortKey: ID) {{
    nodes {{
      id
      refunds {{
        id createdAt updatedAt totalRefundedSet {_MONEY}
        refundLineItems(first: {REFUND_LINES}) {{ nodes {{ {_REFUND_LINE} }} {_MORE} }}
      }}
      returns(first: {RETURNS}) {{
        nodes {{
          id name status createdAt closedAt totalQuantity
          returnLineItems(first: {RETURN_LINES}) {{ nodes {{ {_RETURN_LINE} }} }}
        }}
      }}
    }}
    {_MORE}
  }}
}}"""

ORDER_LINES = f"""
query OrderLines($search: String!, $after: String) {{
  orders(first: 1, query: $search) {{
    nodes {{ id lineItems(first: 50, after: $after) {{ nodes {{ {_LINE} }} {_MORE} }} }}
  }}
}}"""

ORDER_REFUND_LINES = f"""
query OrderRefundLines($search: String!, $after: String) {{
  orders(first: 1, query: $search) {{
    nodes {{
      id refunds {{ id refundLineItems(first: 50, after: $after) {{ nodes {{ {_REFUND_LINE} }} {_MORE} }} }}
    }}
  }}
}}"""

ORDER_RETURNS = f"""
query OrderReturns($search: String!) {{
  orders(first: 1, query: $search) {{
    nodes {{
      id
      returns(first: 15) {{
        nodes {{
          id name status createdAt closedAt totalQuantity
          returnLineItems(first: 20) {{ nodes {{ {_RETURN_LINE} }} }}
        }}
      }}
    }}
  }}
}}"""

PRODUCTS = f"""
query Products{_VARIABLES} {{
  products({_PAGED}, sortKey: UPDATED_AT) {{
    nodes {{ {_PRODUCT} variants(first: {VARIANTS}) {{ nodes {{ {_VARIANT} }} {_MORE} }} }}
    {_MORE}
  }}
}}"""

PRODUCT_VARIANTS = f"""
query ProductVariants($search: String!, $after: String) {{
  products(first: 1, query: $search) {{
    nodes {{ id variants(first: 100, after: $after) {{ nodes {{ {_VARIANT} }} {_MORE} }} }}
  }}
}}"""

CUSTOMERS = f"""
query Customers{_VARIABLES} {{
  customers({_PAGED}, sortKey: UPDATED_AT) {{ nodes {{ {_CUSTOMER} }} {_MORE} }}
}}"""

CHECKOUTS = f"""
query AbandonedCheckouts{_VARIABLES} {{
  abandonedCheckouts({_PAGED}, sortKey: CREATED_AT) {{
    nodes {{ {_CHECKOUT} lineItems(first: {CHECKOUT_LINES}) {{ nodes {{ {_CHECKOUT_LINE} }} }} }}
    {_MORE}
  }}
}}"""

CHECKOUT_ALL_LINES = f"""
query CheckoutLines($search: String!) {{
  abandonedCheckouts(first: 1, query: $search) {{
    nodes {{ id lineItems(first: 200) {{ nodes {{ {_CHECKOUT_LINE} }} }} }}
  }}
}}"""

# Bulk operations take no variables and no page sizes; `%s` is the search, already quoted as GraphQL wants it.
BULK_ORDERS = f"""
{{ orders(query: %s, sortKey: UPDATED_AT) {{
  nodes {{ {_ORDER} lineItems {{ nodes {{ {_LINE} }} }} returns {{ nodes {{ id }} }} }}
}} }}"""

BULK_PRODUCTS = (
    f"{{ products(query: %s) {{ nodes {{ {_PRODUCT} variants {{ nodes {{ {_VARIANT} }} }} }} }} }}"
)

BULK_CUSTOMERS = f"{{ customers(query: %s) {{ nodes {{ {_CUSTOMER} }} }} }}"

BULK_CHECKOUTS = f"""
{{ abandonedCheckouts(query: %s) {{ nodes {{ {_CHECKOUT} lineItems {{ nodes {{ {_CHECKOUT_LINE} }} }} }} }} }}"""

BULK_STOCK = """
{ inventoryItems { nodes {
  id sku
  inventoryLevels { nodes {
    id location { id } quantities(names: ["available", "on_hand", "committed", "incoming"]) { name quantity }
  } }
} } }"""

BULK_RUN = """
mutation RunInBulk($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}"""

BULK_POLL = """
query BulkProgress($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount fileSize url }
}"""
