"""What goes wrong with the shop, its catalogue and its stock."""

from decimal import Decimal
from typing import Any

from include.sources.base import Page, Record
from tests.quality.defects import Asked, Defect
from tests.quality.ways import (
    again_under_new_ids,
    always,
    comma,
    day_and_month_swapped,
    each,
    every,
    kept,
    later,
    nothing,
    only,
    swap,
    times,
)

AMOUNTS = tuple(
    f"{name}.shopMoney.amount"
    for name in (
        "subtotalPriceSet", "totalDiscountsSet", "totalShippingPriceSet", "totalTaxSet", "totalPriceSet",
        "currentTotalPriceSet", "totalRefundedSet", "netPaymentSet", "lineItems.nodes.originalUnitPriceSet",
        "lineItems.nodes.totalDiscountSet", "lineItems.nodes.discountedTotalSet",
        "lineItems.nodes.taxLines.priceSet", "transactions.amountSet",
    )
)  # fmt: skip
UNIT_PRICE = "lineItems.nodes.originalUnitPriceSet.shopMoney.amount"
CURRENCIES = ("currencyCode", *(path.replace(".amount", ".currencyCode") for path in AMOUNTS))
TIMES = ("createdAt", "processedAt", "updatedAt")


def _without_goods(order: Record) -> None:
    order["lineItems"] = {"nodes": []}


def _cancelled(order: Record) -> None:
    order |= {"cancelledAt": order["createdAt"], "cancelReason": "OTHER", "displayFinancialStatus": "VOIDED"}


def _unsent(order: Record) -> None:
    order |= {"fulfillments": [], "displayFulfillmentStatus": "UNFULFILLED"}


def _no_discount(order: Record) -> None:
    """Told nowhere: of an order whose subtotal still tells it, it would be found all the same."""

    def amount(told: Record) -> Decimal:
        return Decimal(str(told["shopMoney"]["amount"]))

    hidden = -amount(order["subtotalPriceSet"])
    for line in order["lineItems"]["nodes"]:
        whole = amount(line["originalUnitPriceSet"]) * line["quantity"]
        line["totalDiscountSet"]["shopMoney"]["amount"] = "0.0"
        line["discountedTotalSet"]["shopMoney"]["amount"] = str(whole)
        hidden += whole
    order["totalDiscountsSet"]["shopMoney"]["amount"] = "0.0"
    for name in ("subtotalPriceSet", "totalPriceSet", "currentTotalPriceSet"):
        order[name]["shopMoney"]["amount"] = str(amount(order[name]) + hidden)


def _one_customer(record: Record) -> None:
    record["customer"] = {
        "id": "gid://shopify/Customer/1",
        "defaultEmailAddress": {"emailAddress": "guest@example.com"},
    }


def _no_address(order: Record) -> None:
    order["shippingAddress"] = None


def _skus_rotated(asked: Asked) -> list[Page]:
    """Each variant answers to the SKU of the next: an export sorted by another column."""
    pages = asked.all_there_is()
    variants = [v for page in pages for product in page.records for v in product["variants"]["nodes"]]
    skus = [variant["sku"] for variant in variants]
    for variant, sku in zip(variants, skus[1:] + skus[:1], strict=True):
        variant["sku"] = sku
    return pages


def _one_sku(asked: Asked) -> list[Page]:
    """A template's SKU was left in every variant."""
    pages = asked.all_there_is()
    for page in pages:
        for product in page.records:
            for variant in product["variants"]["nodes"]:
                variant["sku"] = "NEW-SKU"
    return pages


def _quantities(change: Any):
    return every("quantities.quantity", to=change)


def _twice(asked: Asked) -> list[Page]:
    """A page is sent twice, with the vendor's count of it."""
    pages = asked.pages()
    return [page for page in pages for _ in range(2)]


def _shuffled(asked: Asked) -> list[Page]:
    return [Page(page.records[::-1], page.scope, page.total) for page in asked.pages()]


def _of_the_other_store(asked: Asked) -> list[Page]:
    return asked.of_account(0)


SHOPIFY = (
    Defect("half of the orders, the count agrees", "shopify.orders", kept(0.5, agrees=True)),
    Defect("a fifth of the orders, the count agrees", "shopify.orders", kept(0.2, agrees=True)),
    Defect("no orders", "shopify.orders", nothing),
    Defect("another currency", "shopify.orders", every(*CURRENCIES, to=always("GBP"))),
    Defect("prices in cents", "shopify.orders", every(*AMOUNTS, to=times(100))),
    Defect("unit prices alone in cents", "shopify.orders", every(UNIT_PRICE, to=times(100))),
    Defect("a page sent twice", "shopify.orders", _twice, neutralised=True),
    Defect("pages in another order", "shopify.orders", _shuffled, neutralised=True),
    Defect("every order again under a new id", "shopify.orders", again_under_new_ids("id", lambda v: v[:-9] + "9" + v[-8:])),
    Defect("the cursor is frozen: last night's orders again", "shopify.orders", Asked.a_night_late),
    Defect("times five hours ahead", "shopify.orders", every(*TIMES, to=later(hours=5))),
    Defect("times nine hours behind", "shopify.orders", every(*TIMES, to=later(hours=-9))),
    Defect("orders of next year", "shopify.orders", every(*TIMES, to=later(days=365))),
    Defect("day and month changed places", "shopify.orders", every(*TIMES, to=day_and_month_swapped)),
    Defect("every order is cancelled", "shopify.orders", each(_cancelled)),
    Defect("all customers are one", "shopify.orders", each(_one_customer)),
    Defect("a status got another name", "shopify.orders", every("displayFinancialStatus", to=lambda s: f"{s}_V2")),
    Defect("ten times the units", "shopify.orders", every("lineItems.nodes.quantity", to=times(10))),
    Defect("prices include tax all at once", "shopify.orders", every("taxesIncluded", to=lambda b: not b)),
    Defect("discounts are not told", "shopify.orders", each(_no_discount)),
    Defect("a flood of test orders", "shopify.orders", every("test", to=always(True))),
    Defect("another store's orders", "shopify.orders", _of_the_other_store, account=1),
    Defect("no shipments", "shopify.orders", each(_unsent)),
    Defect("lines without a SKU", "shopify.orders", every("lineItems.nodes.sku", to=always(None))),
    Defect("orders without a key", "shopify.orders", every("id", to=always(None))),
    Defect("orders without lines", "shopify.orders", each(_without_goods)),
    Defect("subtotal and tax changed places", "shopify.orders", each(swap("subtotalPriceSet", "totalTaxSet"))),
    Defect("a decimal comma", "shopify.orders", every(*AMOUNTS, to=comma)),
    Defect("money is negative", "shopify.orders", every(*AMOUNTS, to=times(-1))),
    Defect("no addresses", "shopify.orders", each(_no_address)),
    Defect("catalogue prices in cents", "shopify.products", every("variants.nodes.price", to=times(100), of=Asked.all_there_is)),
    Defect("unit costs of zero", "shopify.products",
           every("variants.nodes.inventoryItem.unitCost.amount", to=always("0.0"), of=Asked.all_there_is)),
    Defect("one SKU for every variant", "shopify.products", _one_sku),
    Defect("every variant under its neighbour's SKU", "shopify.products", _skus_rotated),
    Defect("stock below zero", "shopify.inventory_levels", _quantities(lambda n: -abs(n) - 1)),
    Defect("stock all zero", "shopify.inventory_levels", _quantities(always(0))),
    Defect("ten times the stock", "shopify.inventory_levels", _quantities(times(10))),
    Defect("half of the stock list, the count agrees", "shopify.inventory_levels", kept(0.5, agrees=True)),
    Defect("a location's stock is gone", "shopify.inventory_levels",
           only(lambda level: not level["location"]["id"].endswith("71002"))),
    Defect("an empty stock list", "shopify.inventory_levels", nothing),

)  # fmt: skip
