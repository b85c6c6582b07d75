"""The data defects that are tried, vendor by vendor; each is one night's load of one stream gone wrong."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from include.sources.base import Page, Record
from tests.quality.defects import (
    Asked,
    Defect,
    again_under_new_ids,
    always,
    comma,
    day_and_month_swapped,
    each,
    every,
    kept,
    later,
    newest_day,
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
CURRENCIES = ("currencyCode", *(path.replace(".amount", ".currencyCode") for path in AMOUNTS))
TIMES = ("createdAt", "processedAt", "updatedAt")


def _without_goods(order: Record) -> None:
    order["lineItems"] = {"nodes": []}


def _cancelled(order: Record) -> None:
    order |= {"cancelledAt": order["createdAt"], "cancelReason": "OTHER", "displayFinancialStatus": "VOIDED"}


def _unsent(order: Record) -> None:
    order |= {"fulfillments": [], "displayFulfillmentStatus": "UNFULFILLED"}


def _no_discount(order: Record) -> None:
    order["totalDiscountsSet"]["shopMoney"]["amount"] = "0.0"
    for line in order["lineItems"]["nodes"]:
        line["totalDiscountSet"]["shopMoney"]["amount"] = "0.0"
        line["discountedTotalSet"] = line["originalUnitPriceSet"]


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


def _doubled_rows(asked: Asked) -> list[Page]:
    return [Page(page.records * 2, page.scope, page.total) for page in asked.pages()]


def _newest_day_missing(asked: Asked) -> list[Page]:
    pages = asked.pages()
    newest = max(page.scope for page in pages if page.scope)
    return [page for page in pages if page.scope != newest]


def _days_shifted(asked: Asked) -> list[Page]:
    """Each day is told under the day before: a report in another time zone."""
    pages = sorted(asked.pages(), key=lambda page: page.scope or "")
    return [Page(two.records, one.scope) for one, two in pairwise(pages)]


def _part_of_a_day(*numbers: str):
    def change(row: Record) -> None:
        for path in numbers:
            node, _, name = path.rpartition(".")
            place = row[node] if node else row
            if place.get(name) is not None:
                place[name] = times(0.35)(place[name])

    return newest_day(change)


def _local_time(hours: int):
    return every("tracking_details.datetime", "created_at", to=later(hours=hours))


def _ups_in_local_time(record: Record) -> None:
    for package in record["package"]:
        for scan in package["activity"]:
            scan["gmtDate"], scan["gmtTime"] = scan["date"], scan["time"]


def _ups_last_year(record: Record) -> None:
    for package in record["package"]:
        for scan in package["activity"]:
            for name in ("date", "gmtDate"):
                scan[name] = str(int(scan[name][:4]) - 1) + scan[name][4:]


def _inverted(row: Record) -> None:
    row["rate"] = f"{1 / float(row['rate']):.6f}"


def _dollar_inverted(row: Record) -> None:
    if row["currency"] == "USD":
        _inverted(row)


def _yen_ten_times(row: Record) -> None:
    if row["currency"] == "JPY":
        row["rate"] = str(float(row["rate"]) * 10)


def _shifted_by_a_row(asked: Asked) -> list[Page]:
    """Every rate stands beside the next currency."""
    pages = asked.pages()
    for page in pages:
        rates = [row["rate"] for row in page.records]
        for row, rate in zip(page.records, rates[1:] + rates[:1], strict=True):
            row["rate"] = rate
    return pages


def _fees_gone(record: Record) -> None:
    record["breakdowns"] = [b for b in record.get("breakdowns") or [] if b["breakdownType"] != "Expenses"]
    for item in record.get("items") or []:
        item["breakdowns"] = [b for b in item["breakdowns"] if b["breakdownType"] != "AmazonFees"]


AMAZON_MONEY = ("proceeds.grandTotal", "proceeds.breakdowns.subtotal", "orderItems.proceeds.proceedsTotal",
                "orderItems.proceeds.breakdowns.subtotal", "orderItems.product.price.unitPrice")  # fmt: skip
MONEY_OF_TRANSACTIONS = tuple(
    f"{root}{'.breakdowns' * depth}.breakdownAmount.currencyAmount"
    for root in ("", "items.") for depth in range(1, 5)
)  # fmt: skip
TRANSACTIONS = (
    "totalAmount.currencyAmount", "items.totalAmount.currencyAmount",
    *(path.replace("items..", "items.").lstrip(".") for path in MONEY_OF_TRANSACTIONS),
)  # fmt: skip

SHOPIFY = (
    Defect("half of the orders, the count agrees", "shopify.orders", kept(0.5, agrees=True)),
    Defect("a fifth of the orders, the count agrees", "shopify.orders", kept(0.2, agrees=True)),
    Defect("no orders", "shopify.orders", nothing),
    Defect("another currency", "shopify.orders", every(*CURRENCIES, to=always("GBP"))),
    Defect("prices in cents", "shopify.orders", every(*AMOUNTS, to=times(100))),
    Defect("unit prices alone in cents", "shopify.orders", every(AMOUNTS[7], to=times(100))),
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

AMAZON = (
    Defect("another currency", "amazon.orders", every(*(f"{p}.currencyCode" for p in AMAZON_MONEY), to=always("EUR"))),
    Defect("prices in cents", "amazon.orders", every(*(f"{p}.amount" for p in AMAZON_MONEY), to=times(100))),
    Defect("another marketplace", "amazon.orders", every("salesChannel.marketplaceId", to=always("A1PA6795UKMFR9"))),
    Defect("no orders", "amazon.orders", nothing),
    Defect("half of the transactions", "amazon.transactions", kept(0.5)),
    Defect("signs turned round", "amazon.transactions", every(*TRANSACTIONS, to=times(-1))),
    Defect("transactions in cents", "amazon.transactions", every(*TRANSACTIONS, to=times(100))),
    Defect("no fees", "amazon.transactions", each(_fees_gone)),
    Defect("stock all zero", "amazon.inventory", every("totalQuantity", "inventoryDetails.fulfillableQuantity", to=always(0))),
    Defect("half of the stock list", "amazon.inventory", kept(0.5)),
)  # fmt: skip

ADS = (
    Defect("cost in units, not micros", "google_ads.campaigns_daily", every("metrics.costMicros", to=times(0.000001))),
    Defect("cost in micros of micros", "google_ads.campaigns_daily", every("metrics.costMicros", to=times(1_000_000))),
    Defect("a campaign vanished from every day", "google_ads.campaigns_daily",
           only(lambda row: row["campaign"]["id"] != "21400000003")),
    Defect("a third of a day told as the whole", "google_ads.campaigns_daily",
           _part_of_a_day("metrics.costMicros", "metrics.clicks", "metrics.impressions")),
    Defect("yesterday is missing", "google_ads.campaigns_daily", _newest_day_missing),
    Defect("last night's report again", "google_ads.campaigns_daily", Asked.a_night_late),
    Defect("days without rows", "google_ads.campaigns_daily", nothing),
    Defect("no conversions", "google_ads.campaigns_daily", every("metrics.conversions", "metrics.conversionsValue", to=always(Decimal(0)))),
    Defect("clicks and impressions changed places", "google_ads.campaigns_daily", each(swap("metrics.clicks", "metrics.impressions"))),
    Defect("another currency", "google_ads.campaigns_daily", every("customer.currencyCode", to=always("EUR"))),
    Defect("every row twice", "google_ads.campaigns_daily", _doubled_rows),
    Defect("days shifted by one", "google_ads.campaigns_daily", _days_shifted),
    Defect("spend in cents", "meta.campaigns_daily", every("spend", to=times(100))),
    Defect("spend below zero", "meta.campaigns_daily", every("spend", to=times(-1))),
    Defect("a placement vanished", "meta.campaigns_daily", only(lambda row: row["publisher_platform"] != "instagram")),
    Defect("days without rows", "meta.campaigns_daily", nothing),
    Defect("another currency", "meta.campaigns_daily", every("account_currency", to=always("EUR"))),
)  # fmt: skip

MAIL = (
    Defect("half of the events", "klaviyo.events", kept(0.5)),
    Defect("no events", "klaviyo.events", nothing),
    Defect("every event again under a new id", "klaviyo.events", again_under_new_ids("id", lambda v: v[::-1] + "x")),
    Defect("times eight hours ahead", "klaviyo.events", every("attributes.datetime", to=later(hours=8))),
    Defect("an empty list", "klaviyo.list_members", nothing),
)  # fmt: skip

PARCELS = (
    Defect("half of the parcels", "easypost.trackers", kept(0.5)),
    Defect("pages lost on the way", "easypost.trackers", kept(0.7, ordered=False)),
    Defect("scans in local time", "easypost.trackers", every("tracking_details.datetime", to=later(hours=-5))),
    Defect("a status got another name", "easypost.trackers", every("status", to=lambda s: s.upper())),
    Defect("everything is delivered", "easypost.trackers", every("status", to=always("delivered"))),
    Defect("no tracking codes", "easypost.trackers", every("tracking_code", to=always(None))),
    Defect("last night's parcels again", "easypost.trackers", Asked.a_night_late),
    Defect("scans in local time", "ups.tracking", each(_ups_in_local_time)),
    Defect("scans of last year", "ups.tracking", each(_ups_last_year)),
    Defect("no parcels", "ups.tracking", nothing),
)  # fmt: skip

ERP = (
    Defect("stock below zero", "odoo.stock_quants", every("quantity", to=lambda n: -abs(n) - 1)),
    Defect("stock all zero", "odoo.stock_quants", every("quantity", to=always(Decimal(0)))),
    Defect("ten times the stock", "odoo.stock_quants", every("quantity", to=times(10))),
    Defect("last night's stock again", "odoo.stock_quants", Asked.a_night_late),
    Defect("lead times of zero", "odoo.supplier_info", every("delay", to=always(0), of=Asked.all_there_is)),
    Defect("supplier prices in cents", "odoo.supplier_info", every("price", to=times(100), of=Asked.all_there_is)),
    Defect("costs of zero", "odoo.products", every("standard_price", to=always(Decimal(0)), of=Asked.all_there_is)),
    Defect("ten times the units moved", "odoo.stock_moves", every("quantity", to=times(10))),
    Defect("every move again under a new id", "odoo.stock_moves", again_under_new_ids("id", lambda v: v + 10_000_000)),
    Defect("from and to changed places", "odoo.stock_moves", each(swap("location_id", "location_dest_id"))),
)  # fmt: skip

RATES = (
    Defect("all rates inverted", "ecb.rates", each(_inverted)),
    Defect("the dollar inverted", "ecb.rates", each(_dollar_inverted)),
    Defect("ten times the yen", "ecb.rates", each(_yen_ten_times)),
    Defect("rates beside their neighbours", "ecb.rates", _shifted_by_a_row),
    Defect("the dollar is missing", "ecb.rates", only(lambda row: row["currency"] != "USD")),
    Defect("no rates", "ecb.rates", nothing),
)  # fmt: skip

DEFECTS = (*SHOPIFY, *AMAZON, *ADS, *MAIL, *PARCELS, *ERP, *RATES)
