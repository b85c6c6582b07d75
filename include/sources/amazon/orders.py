"""Orders 2026-01-01, by when they last changed.

Quirks:

* A range must end two minutes ago at least, and both its ends belong to the answer.
* One page is 100 orders and one request of a quota that gives one in three minutes, so a night asks for one long range:
  a shop of 1,000 orders a day spends 12 of its burst of 20. A first night over 190,000 orders takes days: begin it with
  a smaller NIGHTSHIFT_HISTORY_START, or ask Amazon for a bigger plan.
* A next token lives 24 hours, in which that quota gives 500 pages: long ranges are cut into pieces of 30 days.
* Where an order goes is told by the dataset RECIPIENT only. Amazon itself leaves out name, street, postal code and
  phone unless the application holds a restricted role; ours keeps country and region and drops the rest before anything
  sees it. Should the application hold such a role after all, RECIPIENT is asked for no more: no buyer is read here.
* BUYER is never asked for.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from include.clients.pages import by_cursor
from include.sources.amazon.client import Amazon
from include.sources.base import Page, Record, usable
from include.window import Window

log = logging.getLogger(__name__)

PATH = "/orders/2026-01-01/orders"
PAGE_SIZE = 100
DATASETS = ("PROCEEDS", "FULFILLMENT", "PACKAGES", "CANCELLATION")
SAFE_PAST = timedelta(minutes=3)
LONGEST = timedelta(days=30)
AREA = ("countryCode", "stateOrRegion")
PEOPLE = ("name", "companyName", "addressLine1", "addressLine2", "addressLine3", "postalCode", "phone")

FIELDS = """orderId createdTime@! lastUpdatedTime@ programs*
salesChannel { channelName marketplaceId marketplaceName }
associatedOrders* { orderId associationType }
recipient { deliveryAddress { countryCode stateOrRegion } }
proceeds { grandTotal { amount# currencyCode } breakdowns* { type status subtotal { amount# currencyCode } } }
fulfillment {
  fulfillmentStatus fulfilledBy fulfillmentServiceLevel
  shipByWindow { earliestDateTime@ latestDateTime@ } deliverByWindow { earliestDateTime@ latestDateTime@ }
}
orderItems* {
  orderItemId! quantityOrdered+! programs*
  product { asin title sellerSku condition { conditionType conditionSubtype } price { unitPrice { amount# currencyCode } } }
  proceeds {
    proceedsTotal { amount# currencyCode }
    breakdowns* {
      type subtotal { amount# currencyCode } detailedBreakdowns* { subtype value { amount# currencyCode } }
    }
  }
  fulfillment { quantityFulfilled+ quantityUnfulfilled+ }
  cancellation { cancellationRequest { requester } cancellationExecution { cancelledBy } }
}
packages* {
  packageReferenceId! createdTime@ packageStatus { status detailedStatus } carrier shipTime@ shippingService
  trackingNumber packageItems* { orderItemId quantity+ }
}"""

UNWANTED = """orderAliases payment tax fulfillmentOrders fulfillment { labelPrintingWindow }
orderItems {
  measurement associatedOrderItems expense promotion tax
  product { condition { conditionNote } price { priceDesignation } serialNumbers customization }
  fulfillment { picking packing shipping }
  cancellation { cancellationRequest { cancelReason } cancellationExecution { cancelReason } }
}
packages { shipFromAddress packageItems { transparencyCodes } }"""


class _SeesPeople(Exception):
    """The application is told who the buyers are."""


def pull(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Orders changed in the window; of one that has not ended, up to three minutes ago."""
    end = min(window.end, datetime.now(UTC) - SAFE_PAST)
    if end <= window.start:
        return
    try:
        yield from _pages(amazon, Window(window.start, end))
    except _SeesPeople:
        log.warning(
            "%s: the application holds a restricted role and is told who buys; regions are not read. Take the role"
            " away from it",
            amazon.name,
        )
        amazon.asks_for_area = False
        yield from _pages(amazon, Window(window.start, end))


def _pages(amazon: Amazon, window: Window) -> Iterator[Page]:
    for piece in window.tiles(LONGEST):
        for orders in by_cursor(partial(_search, amazon, piece)):
            made, bad = usable("amazon", orders, _without_people, "orderId")
            yield Page([order for order in made if _is_in(order, piece)], bad=bad)


def _search(amazon: Amazon, window: Window, token: str | None) -> tuple[list[Record], str | None]:
    datasets = [*DATASETS, "RECIPIENT"] if amazon.asks_for_area else list(DATASETS)
    params: dict[str, Any] = {
        "lastUpdatedAfter": _second(window.start),
        "lastUpdatedBefore": _second(window.end),
        "marketplaceIds": ",".join(amazon.marketplaces),
        "maxResultsPerPage": PAGE_SIZE,
        "includedData": ",".join(datasets),
    }
    if token:
        params["paginationToken"] = token
    answer = amazon.get("orders", PATH, params)
    orders = answer["orders"]
    if amazon.asks_for_area and any(map(_names_somebody, orders)):
        raise _SeesPeople
    return orders, (answer.get("pagination") or {}).get("nextToken") or None


def _names_somebody(order: Record) -> bool:
    try:
        address = _address(order)
        return any(address.get(name) for name in PEOPLE)
    except AttributeError:
        return False  # it will be put aside


def _without_people(order: Record) -> Record:
    """The order with no more of its recipient than country and region, and nothing of its buyer."""
    kept = {name: value for name, value in order.items() if name not in ("buyer", "recipient")}
    address = _address(order)
    if address:
        kept["recipient"] = {"deliveryAddress": {name: address.get(name) for name in AREA}}
    return kept


def _address(order: Record) -> Record:
    return (order.get("recipient") or {}).get("deliveryAddress") or {}


def _is_in(order: Record, window: Window) -> bool:
    try:
        return datetime.fromisoformat(order["lastUpdatedTime"]) in window
    except (KeyError, TypeError, ValueError):
        return True  # the projection will say what is wrong with it


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
