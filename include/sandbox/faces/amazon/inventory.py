"""FBA inventory v1: what lies in Amazon's warehouses, by seller SKU.

Quirks kept: a next token lives 30 seconds; `startDateTime` finds what changed since, and units on their way to Amazon
are no change; without `details` there are totals only. Units of open orders are reserved, no longer fulfillable.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.amazon.asked import Asked, text_of
from include.sandbox.faces.amazon.errors import invalid
from include.sandbox.faces.amazon.order_datasets import status
from include.sandbox.faces.amazon.pages import seal, unseal
from include.sandbox.world.model import FbaMove, Marketplace

PAGE_SIZE = 20
TOKEN_SECONDS = 30.0
EIGHTEEN_MONTHS = timedelta(days=548)


class Inventory:
    """The marketplace's own warehouse at the company's present."""

    def __init__(self, sandbox: Sandbox, market: Marketplace):
        self._sandbox, self._market = sandbox, market
        self._listings = [listing for listing in market.listings if listing.fulfilled_by == "AMAZON"]
        self._counted: tuple[datetime | None, dict[str, Counter[str]], dict[str, datetime]] = (None, {}, {})

    def page(self, asked: Asked) -> dict[str, Any]:
        marketplaces = asked.words("marketplaceIds", most=1)
        if (
            asked.text("granularityType") != "Marketplace"
            or not asked.text("granularityId")
            or not marketplaces
        ):
            raise invalid("granularityType, granularityId and marketplaceIds are required.")
        since = asked.moment("startDateTime")
        if since and since < asked.wall - EIGHTEEN_MONTHS:
            raise invalid("startDateTime must not lie more than 18 months back.")
        query = asked.query("nextToken")
        token = asked.text("nextToken")
        first = int(unseal(token, query, "nextToken")) if token else 0
        summaries = self._summaries(asked, since) if marketplaces == [self._market.marketplace_id] else []
        granularity = {"granularityType": "Marketplace", "granularityId": asked.text("granularityId")}
        shown = summaries[first : first + PAGE_SIZE]
        told: dict[str, Any] = {"payload": {"granularity": granularity, "inventorySummaries": shown}}
        if first + PAGE_SIZE < len(summaries):
            told["pagination"] = {"nextToken": seal(first + PAGE_SIZE, query, TOKEN_SECONDS)}
        return told

    def _summaries(self, asked: Asked, since: datetime | None) -> list[dict[str, Any]]:
        units, changed = self._count(self._sandbox.clock.now())
        wanted = asked.words("sellerSkus", most=50) or asked.words("sellerSku")
        details = asked.text("details") == "true"
        told = []
        for listing in self._listings:
            sku = listing.seller_sku
            if sku not in units or (since and changed.get(sku, since) <= since):
                continue
            if wanted and not since and sku not in wanted:
                continue
            summary: dict[str, Any] = {
                "asin": listing.asin,
                "fnSku": f"X{listing.asin[1:]}",
                "sellerSku": sku,
                "condition": "NewItem",
                "productName": listing.title,
                "totalQuantity": units[sku].total(),
                "stores": [],
            }
            if sku in changed:
                summary["lastUpdatedTime"] = text_of(changed[sku])
            if details:
                summary["inventoryDetails"] = _details(units[sku])
            told.append(summary)
        return told

    def _count(self, now: datetime) -> tuple[dict[str, Counter[str]], dict[str, datetime]]:
        """Units by SKU and state, and each SKU's last change that Amazon notices: counted once for each present."""
        if self._counted[0] != now:
            units: dict[str, Counter[str]] = {}
            changed: dict[str, datetime] = {}
            for move in self._market.fba_moves:
                if move.at <= now:
                    _apply(move, units.setdefault(move.seller_sku, Counter()))
                    if move.kind != "inbound":
                        changed[move.seller_sku] = max(move.at, changed.get(move.seller_sku, move.at))
            for order in self._market.orders:
                if (
                    order.fulfilled_by == "AMAZON"
                    and order.created_at <= now
                    and status(order, now) == "UNSHIPPED"
                ):
                    for line in order.lines:
                        _reserve(line.quantity, units.setdefault(line.seller_sku, Counter()))
            self._counted = (now, units, changed)
        return self._counted[1], self._counted[2]


def _apply(move: FbaMove, units: "Counter[str]") -> None:
    if move.kind == "inbound":
        units["inbound"] += move.quantity
    elif move.kind == "received":
        units["inbound"] -= move.quantity
        units["fulfillable"] += move.quantity
    elif move.kind == "damaged":
        units["unfulfillable"] += move.quantity
    else:
        units["fulfillable"] += move.quantity if move.kind == "return" else -move.quantity


def _reserve(quantity: int, units: "Counter[str]") -> None:
    """Goods leave the shelf when they are shipped; until then those of an open order are there, but promised."""
    taken = min(quantity, max(units["fulfillable"], 0))
    units["fulfillable"] -= taken
    units["reserved"] += taken


def _details(units: "Counter[str]") -> dict[str, Any]:
    return {
        "fulfillableQuantity": units["fulfillable"],
        "inboundWorkingQuantity": 0,
        "inboundShippedQuantity": units["inbound"],
        "inboundReceivingQuantity": 0,
        "reservedQuantity": {
            "totalReservedQuantity": units["reserved"],
            "pendingCustomerOrderQuantity": units["reserved"],
            "pendingTransshipmentQuantity": 0,
            "fcProcessingQuantity": 0,
        },
        "researchingQuantity": {"totalResearchingQuantity": 0, "researchingQuantityBreakdown": []},
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": units["unfulfillable"],
            "customerDamagedQuantity": units["unfulfillable"],
            "warehouseDamagedQuantity": 0,
            "distributorDamagedQuantity": 0,
            "carrierDamagedQuantity": 0,
            "defectiveQuantity": 0,
            "expiredQuantity": 0,
        },
    }
