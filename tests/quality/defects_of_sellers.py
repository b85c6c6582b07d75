"""What goes wrong with a marketplace's and the ad platforms' reports, and with mail."""

from decimal import Decimal
from itertools import pairwise

from include.sources.base import Page, Record
from tests.quality.defects import Asked, Defect
from tests.quality.ways import (
    again_under_new_ids,
    always,
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
