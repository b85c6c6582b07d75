"""Stock in Amazon's warehouses, by seller SKU and marketplace.

Quirks:

* Always read whole: `startDateTime` would leave out what changed since, but units on their way to Amazon are no change
  to it, so an inbound shipment would stay invisible until something of that SKU is sold.
* A next token lives 30 seconds. All pages are fetched before the first is handed on, and when a token has died all the
  same (a backoff, a slow network) the reading begins anew.
* Not told per warehouse, and the same seller SKU may be listed on several marketplaces: the key is both.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from include.clients.pages import by_cursor
from include.errors import Stop, Wait
from include.sources.amazon.client import Amazon
from include.sources.base import Page, Record, usable
from include.window import Window

PATH = "/fba/inventory/v1/summaries"
READINGS = 3

FIELDS = """id marketplaceId! sellerSku! asin fnSku condition lastUpdatedTime@ totalQuantity+
inventoryDetails!{
  fulfillableQuantity+! inboundWorkingQuantity+ inboundShippedQuantity+ inboundReceivingQuantity+
  reservedQuantity {
    totalReservedQuantity+ pendingCustomerOrderQuantity+ pendingTransshipmentQuantity+ fcProcessingQuantity+
  }
  researchingQuantity { totalResearchingQuantity+ }
  unfulfillableQuantity {
    totalUnfulfillableQuantity+ customerDamagedQuantity+ warehouseDamagedQuantity+ distributorDamagedQuantity+
    carrierDamagedQuantity+ defectiveQuantity+ expiredQuantity+
  }
}"""

UNWANTED = "productName stores inventoryDetails { researchingQuantity { researchingQuantityBreakdown } }"


class _TokenDied(Exception):
    """A page was refused whose predecessor was not."""


def pull(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Every SKU of every marketplace as it is now; the window does not matter."""
    for marketplace in amazon.marketplaces:
        found = _whole(amazon, marketplace)
        made, bad = usable("amazon", found, partial(_named, marketplace), "sellerSku")
        yield Page(made, bad=bad)


def _whole(amazon: Amazon, marketplace: str) -> list[Record]:
    for _ in range(READINGS):
        try:
            return [one for page in by_cursor(partial(_summaries, amazon, marketplace)) for one in page]
        except _TokenDied:
            continue
    raise Wait(f"{amazon.name}: the inventory's next tokens die before they are used")


def _summaries(amazon: Amazon, marketplace: str, token: str | None) -> tuple[list[Record], str | None]:
    params: dict[str, Any] = {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": marketplace,
        "marketplaceIds": marketplace,
    }
    if token:
        params["nextToken"] = token
    try:
        answer = amazon.get("inventory", PATH, params)
    except Stop:
        if token is None:
            raise
        raise _TokenDied from None
    # a list that is missing is not an empty one: all stock would be gone
    return answer["payload"]["inventorySummaries"], (answer.get("pagination") or {}).get("nextToken") or None


def _named(marketplace: str, summary: Record) -> Record:
    return {**summary, "id": f"{marketplace}/{summary.get('sellerSku')}", "marketplaceId": marketplace}
