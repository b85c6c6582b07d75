"""The part of Shopify's Admin GraphQL schema (2026-07) that the sandbox shop answers."""

from functools import cache

from graphql import GraphQLSchema, build_schema

PAGE = "first: Int, after: String, last: Int, before: String, reverse: Boolean = false"

_SHOP = """
scalar DateTime
scalar Decimal
scalar Money
scalar URL
scalar UnsignedInt64

interface Node { id: ID! }
type PageInfo { hasNextPage: Boolean!, endCursor: String }
type MoneyV2 { amount: Decimal!, currencyCode: CurrencyCode! }
type MoneyBag { shopMoney: MoneyV2!, presentmentMoney: MoneyV2! }
type TaxLine { title: String!, rate: Float, priceSet: MoneyBag! }
type UTMParameters { source: String, medium: String, campaign: String, term: String, content: String }
type MailingAddress { city: String, zip: String, provinceCode: String, countryCodeV2: CountryCode }
type LocationAddress { city: String, provinceCode: String, countryCode: String }

type Shop implements Node {
  id: ID!, name: String!, myshopifyDomain: String!, currencyCode: CurrencyCode!, ianaTimezone: String!
}
type Location implements Node {
  id: ID!, name: String!, isActive: Boolean!, fulfillsOnlineOrders: Boolean!, address: LocationAddress!
}
type LocationConnection { nodes: [Location!]!, pageInfo: PageInfo! }
enum LocationSortKeys { ID NAME }
"""

_PRODUCTS = """
enum ProductStatus { ACTIVE ARCHIVED DRAFT UNLISTED }
enum ProductSortKeys { CREATED_AT ID TITLE UPDATED_AT }
enum ProductVariantSortKeys { ID POSITION SKU }
type Product implements Node {
  id: ID!, title: String!, handle: String!, productType: String!, vendor: String!, status: ProductStatus!
  tags: [String!]!, createdAt: DateTime!, updatedAt: DateTime!, publishedAt: DateTime
  totalInventory: Int!, tracksInventory: Boolean!
  variants(PAGE, sortKey: ProductVariantSortKeys = POSITION): ProductVariantConnection!
}
type ProductConnection { nodes: [Product!]!, pageInfo: PageInfo! }
type ProductVariant implements Node {
  id: ID!, sku: String, title: String!, barcode: String, price: Money!, compareAtPrice: Money
  updatedAt: DateTime!, inventoryQuantity: Int, inventoryItem: InventoryItem!
}
type ProductVariantConnection { nodes: [ProductVariant!]!, pageInfo: PageInfo! }
type InventoryItem implements Node {
  id: ID!, sku: String, tracked: Boolean!, unitCost: MoneyV2, updatedAt: DateTime!
  inventoryLevels(PAGE, includeInactive: Boolean = false, query: String): InventoryLevelConnection!
}
type InventoryItemConnection { nodes: [InventoryItem!]!, pageInfo: PageInfo! }
type InventoryLevel implements Node {
  id: ID!, item: InventoryItem!, location: Location!, updatedAt: DateTime!
  quantities(names: [String!]!): [InventoryQuantity!]!
}
type InventoryLevelConnection { nodes: [InventoryLevel!]!, pageInfo: PageInfo! }
type InventoryQuantity { name: String!, quantity: Int!, updatedAt: DateTime }
"""

_CUSTOMERS = """
enum CustomerState { DECLINED DISABLED ENABLED INVITED }
enum CustomerSortKeys { CREATED_AT ID UPDATED_AT }
enum CustomerMarketingOptInLevel { SINGLE_OPT_IN CONFIRMED_OPT_IN UNKNOWN }
enum CustomerEmailAddressMarketingState { INVALID NOT_SUBSCRIBED PENDING SUBSCRIBED UNSUBSCRIBED }
enum CustomerSmsMarketingState { NOT_SUBSCRIBED PENDING SUBSCRIBED UNSUBSCRIBED REDACTED }
type CustomerEmailAddress {
  emailAddress: String!, marketingState: CustomerEmailAddressMarketingState!
  marketingOptInLevel: CustomerMarketingOptInLevel, marketingUpdatedAt: DateTime
}
type CustomerPhoneNumber {
  phoneNumber: String!, marketingState: CustomerSmsMarketingState!
  marketingOptInLevel: CustomerMarketingOptInLevel, marketingUpdatedAt: DateTime
}
type Customer implements Node {
  id: ID!, firstName: String, lastName: String, createdAt: DateTime!, updatedAt: DateTime!
  state: CustomerState!, tags: [String!]!, numberOfOrders: UnsignedInt64!, amountSpent: MoneyV2!
  verifiedEmail: Boolean!, locale: String!, defaultAddress: MailingAddress
  defaultEmailAddress: CustomerEmailAddress, defaultPhoneNumber: CustomerPhoneNumber
}
type CustomerConnection { nodes: [Customer!]!, pageInfo: PageInfo! }
enum AbandonedCheckoutSortKeys { CREATED_AT ID }
type AbandonedCheckout implements Node {
  id: ID!, name: String!, customer: Customer, createdAt: DateTime!, updatedAt: DateTime!
  completedAt: DateTime, discountCodes: [String!]!, subtotalPriceSet: MoneyBag!, totalPriceSet: MoneyBag!
  lineItems(PAGE): AbandonedCheckoutLineItemConnection!
}
type AbandonedCheckoutConnection { nodes: [AbandonedCheckout!]!, pageInfo: PageInfo! }
type AbandonedCheckoutLineItem implements Node {
  id: ID!, sku: String, title: String, quantity: Int!, variant: ProductVariant
  discountedTotalPriceSet: MoneyBag!
}
type AbandonedCheckoutLineItemConnection { nodes: [AbandonedCheckoutLineItem!]! }
"""

_ORDERS = """
enum OrderCancelReason { CUSTOMER DECLINED FRAUD INVENTORY STAFF OTHER }
enum OrderDisplayFinancialStatus {
  PENDING AUTHORIZED PARTIALLY_PAID PARTIALLY_REFUNDED VOIDED PAID REFUNDED EXPIRED
}
enum OrderDisplayFulfillmentStatus {
  UNFULFILLED PARTIALLY_FULFILLED FULFILLED RESTOCKED PENDING_FULFILLMENT OPEN IN_PROGRESS ON_HOLD
  SCHEDULED REQUEST_DECLINED
}
enum OrderReturnStatus {
  IN_PROGRESS INSPECTION_COMPLETE NO_RETURN RETURNED RETURN_FAILED RETURN_REQUESTED
}
enum OrderSortKeys { CREATED_AT ID PROCESSED_AT UPDATED_AT }
type Order implements Node {
  id: ID!, legacyResourceId: UnsignedInt64!, name: String!, test: Boolean!
  createdAt: DateTime!, processedAt: DateTime!, updatedAt: DateTime!
  cancelledAt: DateTime, cancelReason: OrderCancelReason, closedAt: DateTime
  currencyCode: CurrencyCode!, presentmentCurrencyCode: CurrencyCode!, taxesIncluded: Boolean!
  displayFinancialStatus: OrderDisplayFinancialStatus
  displayFulfillmentStatus: OrderDisplayFulfillmentStatus!, returnStatus: OrderReturnStatus!
  sourceName: String, tags: [String!]!, discountCodes: [String!]!
  customer: Customer, shippingAddress: MailingAddress, customerJourneySummary: CustomerJourneySummary
  subtotalPriceSet: MoneyBag, totalDiscountsSet: MoneyBag, totalShippingPriceSet: MoneyBag!
  totalTaxSet: MoneyBag, totalPriceSet: MoneyBag!, currentTotalPriceSet: MoneyBag!
  totalRefundedSet: MoneyBag!, netPaymentSet: MoneyBag!
  lineItems(PAGE): LineItemConnection!
  fulfillments(first: Int, query: String): [Fulfillment!]!
  refunds(first: Int): [Refund!]!
  returns(PAGE, query: String): ReturnConnection!
  transactions(first: Int, capturable: Boolean, manuallyResolvable: Boolean): [OrderTransaction!]!
}
type OrderConnection { nodes: [Order!]!, pageInfo: PageInfo! }
type CustomerJourneySummary { ready: Boolean!, firstVisit: CustomerVisit, lastVisit: CustomerVisit }
type CustomerVisit { occurredAt: DateTime!, source: String!, utmParameters: UTMParameters }
type LineItem implements Node {
  id: ID!, sku: String, name: String!, quantity: Int!, currentQuantity: Int!, refundableQuantity: Int!
  isGiftCard: Boolean!
  originalUnitPriceSet: MoneyBag!, totalDiscountSet: MoneyBag!
  discountedTotalSet(withCodeDiscounts: Boolean = false): MoneyBag!
  taxLines(first: Int): [TaxLine!]!, variant: ProductVariant, product: Product
}
type LineItemConnection { nodes: [LineItem!]!, pageInfo: PageInfo! }

enum FulfillmentStatus { PENDING OPEN SUCCESS CANCELLED ERROR FAILURE }
enum FulfillmentDisplayStatus {
  ATTEMPTED_DELIVERY CANCELED CONFIRMED DELAYED DELIVERED FAILURE FULFILLED CARRIER_PICKED_UP IN_TRANSIT
  LABEL_PRINTED LABEL_PURCHASED LABEL_VOIDED MARKED_AS_FULFILLED NOT_DELIVERED OUT_FOR_DELIVERY
  READY_FOR_PICKUP PICKED_UP SUBMITTED
}
type Fulfillment implements Node {
  id: ID!, createdAt: DateTime!, updatedAt: DateTime!, status: FulfillmentStatus!
  displayStatus: FulfillmentDisplayStatus, estimatedDeliveryAt: DateTime, inTransitAt: DateTime
  deliveredAt: DateTime, location: Location, trackingInfo(first: Int): [FulfillmentTrackingInfo!]!
}
type FulfillmentTrackingInfo { company: String, number: String, url: URL }
type FulfillmentLineItem implements Node { id: ID!, lineItem: LineItem! }

enum RefundLineItemRestockType { RETURN CANCEL LEGACY_RESTOCK NO_RESTOCK }
type Refund implements Node {
  id: ID!, createdAt: DateTime, updatedAt: DateTime!, note: String, totalRefundedSet: MoneyBag!
  refundLineItems(PAGE): RefundLineItemConnection!
}
type RefundLineItem {
  id: ID, lineItem: LineItem!, quantity: Int!, restockType: RefundLineItemRestockType!
  restocked: Boolean!, location: Location, subtotalSet: MoneyBag!, totalTaxSet: MoneyBag!
}
type RefundLineItemConnection { nodes: [RefundLineItem!]!, pageInfo: PageInfo! }

enum ReturnStatus { CANCELED CLOSED OPEN REQUESTED DECLINED }
enum ReturnReason {
  SIZE_TOO_SMALL SIZE_TOO_LARGE UNWANTED NOT_AS_DESCRIBED WRONG_ITEM DEFECTIVE STYLE COLOR OTHER UNKNOWN
}
enum ReturnProcessingStatusFilterInput { PROCESSED PROCESSABLE }
type Return implements Node {
  id: ID!, name: String!, status: ReturnStatus!, createdAt: DateTime!, closedAt: DateTime
  totalQuantity: Int!
  returnLineItems(PAGE, processingStatus: ReturnProcessingStatusFilterInput): ReturnLineItemTypeConnection!
}
type ReturnConnection { nodes: [Return!]! }
interface ReturnLineItemType { id: ID!, quantity: Int! }
type ReturnLineItem implements Node & ReturnLineItemType {
  id: ID!, quantity: Int!, returnReason: ReturnReason!, fulfillmentLineItem: FulfillmentLineItem!
}
type ReturnLineItemTypeConnection { nodes: [ReturnLineItemType!]! }

enum OrderTransactionKind {
  SALE CAPTURE AUTHORIZATION VOID REFUND CHANGE EMV_AUTHORIZATION SUGGESTED_REFUND
}
enum OrderTransactionStatus { SUCCESS FAILURE PENDING ERROR AWAITING_RESPONSE UNKNOWN }
type OrderTransaction implements Node {
  id: ID!, kind: OrderTransactionKind!, status: OrderTransactionStatus!, processedAt: DateTime
  gateway: String, amountSet: MoneyBag!
}
"""

_ROOTS = """
schema { query: QueryRoot, mutation: Mutation }
type QueryRoot {
  shop: Shop!
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  locations(
    PAGE, sortKey: LocationSortKeys = NAME, query: String
    includeLegacy: Boolean = false, includeInactive: Boolean = false
  ): LocationConnection!
  products(PAGE, sortKey: ProductSortKeys = ID, query: String, savedSearchId: ID): ProductConnection!
  productVariants(
    PAGE, sortKey: ProductVariantSortKeys = ID, query: String, savedSearchId: ID
  ): ProductVariantConnection!
  inventoryItems(PAGE, query: String): InventoryItemConnection!
  customers(PAGE, sortKey: CustomerSortKeys = ID, query: String): CustomerConnection!
  orders(PAGE, sortKey: OrderSortKeys = PROCESSED_AT, query: String, savedSearchId: ID): OrderConnection!
  abandonedCheckouts(
    PAGE, sortKey: AbandonedCheckoutSortKeys = ID, query: String, savedSearchId: ID
  ): AbandonedCheckoutConnection!
  bulkOperation(id: ID!): BulkOperation
}
enum BulkOperationErrorCode { ACCESS_DENIED INTERNAL_SERVER_ERROR TIMEOUT }
enum BulkOperationStatus { CANCELED CANCELING COMPLETED CREATED EXPIRED FAILED RUNNING }
enum BulkOperationUserErrorCode { OPERATION_IN_PROGRESS INVALID LIMIT_REACHED }
type BulkOperation implements Node {
  id: ID!, status: BulkOperationStatus!, errorCode: BulkOperationErrorCode
  createdAt: DateTime!, completedAt: DateTime, objectCount: UnsignedInt64!
  rootObjectCount: UnsignedInt64!, fileSize: UnsignedInt64, url: URL, partialDataUrl: URL
}
type BulkOperationUserError { field: [String!], message: String!, code: BulkOperationUserErrorCode }
type BulkOperationRunQueryPayload {
  bulkOperation: BulkOperation, userErrors: [BulkOperationUserError!]!
}
type Mutation {
  bulkOperationRunQuery(query: String!, groupObjects: Boolean! = false): BulkOperationRunQueryPayload
}
"""


@cache
def schema(countries: frozenset[str], currencies: frozenset[str]) -> GraphQLSchema:
    """The schema with the country and currency codes that occur in a world."""
    codes = {"CountryCode": countries, "CurrencyCode": currencies}
    enums = "".join(f"enum {name} {{ {' '.join(sorted(values))} }}\n" for name, values in codes.items())
    parts = (_SHOP, _PRODUCTS, _CUSTOMERS, _ORDERS, _ROOTS)
    return build_schema(enums + "".join(parts).replace("PAGE", PAGE))
