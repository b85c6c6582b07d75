"""Finances 2024-06-19: every movement on the seller's account.

Quirks:

* Orders of the last 48 hours may be missing, and money that waits for a delivery is DEFERRED until it becomes
  DEFERRED_RELEASED weeks later under the same id and posted date. Each night reads 45 days back.
* The release is posted a second time, as a transaction of its own that names the first as DEFERRED_TRANSACTION_ID. It
  is kept here and left out in staging, or all that was ever deferred would count twice.
* A range of more than 180 days is answered with nothing, without an error: ranges are cut into pieces.
* A page may be empty and have a next token: only the missing token is the end.
* No marketplace is named: asked for one, Amazon leaves out what US sellers ship themselves.
* Amounts are JSON numbers here and decimal strings in orders. What is in `breakdowns` is a tree without a fixed depth.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from include.clients.pages import by_cursor
from include.sources.amazon.client import Amazon
from include.sources.base import Page, Record
from include.window import Window

PATH = "/finances/2024-06-19/transactions"
LONGEST = timedelta(days=179)
STILL_DEFERRED = timedelta(days=45)
SAFE_PAST = timedelta(minutes=3)
DEEPEST = 5


def _breakdowns(depth: int) -> str:
    """`breakdowns{…}` within itself so many times: seen in the wild are three levels."""
    deeper = _breakdowns(depth - 1) if depth > 1 else ""
    return f"breakdowns* {{ breakdownType breakdownAmount {{ currencyAmount# currencyCode }} {deeper} }}"


FIELDS = f"""transactionId transactionType transactionStatus description postedDate@!
sellingPartnerMetadata {{ sellingPartnerId accountType marketplaceId }}
relatedIdentifiers* {{ relatedIdentifierName relatedIdentifierValue }}
totalAmount!{{ currencyAmount#! currencyCode }}
marketplaceDetails {{ marketplaceId marketplaceName }}
items* {{
  description totalAmount {{ currencyAmount# currencyCode }}
  relatedIdentifiers* {{ itemRelatedIdentifierName itemRelatedIdentifierValue }}
  contexts* {{ contextType asin sku quantityShipped# fulfillmentNetwork deferralReason maturityDate@ }}
  {_breakdowns(DEEPEST)}
}}
contexts* {{ contextType deferralReason maturityDate@ }}
{_breakdowns(DEEPEST)}"""


def pull(amazon: Amazon, window: Window) -> Iterator[Page]:
    """Transactions posted in the window; of one that has not ended, up to three minutes ago."""
    end = min(window.end, datetime.now(UTC) - SAFE_PAST)
    if end <= window.start:
        return
    for piece in Window(window.start, end).tiles(LONGEST):
        for transactions in by_cursor(partial(_transactions, amazon, piece)):
            yield Page(transactions)


def _transactions(amazon: Amazon, window: Window, token: str | None) -> tuple[list[Record], str | None]:
    params: dict[str, Any] = {"postedAfter": _second(window.start), "postedBefore": _second(window.end)}
    if token:
        params["nextToken"] = token
    payload = amazon.get("transactions", PATH, params)["payload"]
    return payload.get("transactions") or [], payload.get("nextToken") or None


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
