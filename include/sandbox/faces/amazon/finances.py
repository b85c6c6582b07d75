"""Finances 2024-06-19: listTransactions.

Quirks kept: nothing of the last 48 hours; a window of more than 180 days is empty, not refused; pages without
transactions that have a next token all the same; amounts are JSON numbers. Money that waits for the delivery is
DEFERRED; when it is let go, the transaction becomes DEFERRED_RELEASED, and a second one, RELEASED, says the same
amounts once more and names the first: who adds up both counts twice. An A-to-z claim that Amazon granted is a
transaction of its own, of nothing: the money is in the refund.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.amazon.asked import TWO_MINUTES, Asked, text_of
from include.sandbox.faces.amazon.errors import invalid
from include.sandbox.faces.amazon.pages import seal, unseal
from include.sandbox.world.model import Fee, Marketplace, MarketplaceOrder, MarketplaceRefund

LAG = timedelta(hours=48)
LONGEST = timedelta(days=180)
PAGE_SIZE = 100
EMPTY_EVERY = 3  # every third page has a next token and nothing else
TOKEN_SECONDS = 3600.0
STATUSES = frozenset({"DEFERRED", "RELEASED", "DEFERRED_RELEASED"})


@dataclass(frozen=True)
class Posting:
    """One transaction: `at` is its posted date. `held_until` is when deferred money is let go."""

    id: str
    at: datetime
    kind: str
    order: MarketplaceOrder | None = None
    refund: MarketplaceRefund | None = None
    charge: Any = None
    held: bool = False
    held_until: datetime | None = None
    copies: str | None = None


class Finances:
    """The seller's account at the company's present."""

    def __init__(self, sandbox: Sandbox, market: Marketplace):
        self._sandbox, self._market = sandbox, market
        self._asins = {listing.seller_sku: listing.asin for listing in market.listings}
        self._ours = {one.seller_sku for one in market.listings if one.fulfilled_by == "MERCHANT"}
        self._postings = sorted(_postings(market), key=lambda posting: (posting.at, posting.id))
        self._moments = [posting.at for posting in self._postings]

    def page(self, asked: Asked) -> dict[str, Any]:
        start, end = asked.past("postedAfter"), asked.past("postedBefore")
        name, value = asked.text("relatedIdentifierName"), asked.text("relatedIdentifierValue")
        if start is None and not value:
            raise invalid("Start date cannot be null", "Start date cannot be null")
        if name not in (None, "ORDER_ID") or bool(name) != bool(value):
            raise invalid("relatedIdentifierName must be ORDER_ID, with a value.")
        wanted = asked.words("transactionStatus", STATUSES)
        query, token = asked.query("nextToken"), asked.text("nextToken")
        number, first = unseal(token, query, "nextToken") if token else (1, 0)
        end = end or asked.wall - TWO_MINUTES
        if start is not None and end - start > LONGEST:
            return {"payload": {"transactions": []}}
        now = self._sandbox.clock.now()
        low = bisect_left(self._moments, start) if start else 0
        high = min(bisect_left(self._moments, end), bisect_left(self._moments, now - LAG))
        chosen = [self._postings[place] for place in range(low, high)]
        if value:
            chosen = [posting for posting in chosen if posting.order and posting.order.id == value]
        if wanted:
            chosen = [posting for posting in chosen if _status(posting, now) in wanted]
        if number % EMPTY_EVERY == 0:
            return _page([], seal([number + 1, first], query, TOKEN_SECONDS))
        shown, after = chosen[first : first + PAGE_SIZE], first + PAGE_SIZE
        more = seal([number + 1, after], query, TOKEN_SECONDS) if after < len(chosen) else None
        return _page([self._transaction(posting, now) for posting in shown], more)

    # ------------------------------------------------------------------ one transaction

    def _transaction(self, posting: Posting, now: datetime) -> dict[str, Any]:
        items = list(self._items(posting))
        market = self._market
        total = sum(amount for _, amount, _ in items)
        place = {"marketplaceId": market.marketplace_id, "marketplaceName": market.name}
        return {
            "sellingPartnerMetadata": {
                "sellingPartnerId": market.seller_id,
                "accountType": "Standard Orders",
                "marketplaceId": market.marketplace_id,
            },
            "relatedIdentifiers": _related(posting, now),
            "transactionType": posting.kind,
            "transactionId": posting.id,
            "transactionStatus": _status(posting, now),
            "description": _DESCRIPTIONS[posting.kind],
            "postedDate": text_of(posting.at),
            "totalAmount": self._money(total),
            "marketplaceDetails": place,
            "items": [item for item, _, _ in items],
            "contexts": [],
            "breakdowns": self._summary([part for _, _, parts in items for part in parts]),
        }

    def _items(self, posting: Posting) -> Iterator[tuple[dict[str, Any], int, list[tuple[str, int]]]]:
        """Each item with its amount and its parts."""
        if posting.charge is not None:
            charge = posting.charge
            fees = [Fee(charge.kind, charge.amount_minor)]
            yield self._item(
                charge.kind, charge.seller_sku, None, 1, _parts(0, 0, 0, 0, fees, withheld=False)
            )
        elif posting.refund is not None and posting.order is not None:
            lines = {line.id: line for line in posting.order.lines}
            for back in posting.refund.lines:
                parts = _parts(-back.amount_minor, -back.tax_minor, 0, 0, back.fees)
                yield self._item("Refund", lines[back.line_id].seller_sku, back.line_id, back.quantity, parts)
        elif posting.order is not None and posting.kind == "Shipment":
            for line in posting.order.lines:
                goods = line.unit_price_minor * line.quantity
                parts = _parts(
                    goods, line.tax_minor, line.shipping_minor + line.shipping_discount_minor,
                    -line.discount_minor, line.fees, -line.shipping_discount_minor,
                )  # fmt: skip
                yield self._item("Order", line.seller_sku, line.id, line.quantity, parts)

    def _item(
        self,
        title: str,
        sku: str | None,
        line_id: str | None,
        quantity: int,
        parts: list[tuple[str, str, int]],
    ) -> tuple[dict[str, Any], int, list[tuple[str, int]]]:
        amount = sum(minor for _, _, minor in parts)
        item: dict[str, Any] = {"description": title, "totalAmount": self._money(amount)}
        item["breakdowns"] = self._tree(parts)
        if line_id:
            name = {"itemRelatedIdentifierName": "ORDER_ADJUSTMENT_ITEM_ID"}
            item["relatedIdentifiers"] = [name | {"itemRelatedIdentifierValue": line_id}]
        if sku:
            network = "MFN" if sku in self._ours else "AFN"
            context = {"contextType": "ProductContext", "sku": sku, "quantityShipped": quantity}
            item["contexts"] = [
                context | {"fulfillmentNetwork": network, "asin": self._asins.get(sku, "B000000000")}
            ]
        return item, amount, [(group, minor) for group, _, minor in parts]

    def _tree(self, parts: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
        """Groups with their parts; a fee says again what of it is not tax."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for group, kind, minor in parts:
            base = [self._breakdown("Base", minor, [])] if group == "AmazonFees" else []
            groups.setdefault(group, []).append(self._breakdown(kind, minor, base))
        totals = {group: sum(minor for name, _, minor in parts if name == group) for group in groups}
        return [self._breakdown(group, totals[group], children) for group, children in groups.items()]

    def _summary(self, parts: list[tuple[str, int]]) -> list[dict[str, Any]]:
        expenses = sum(minor for group, minor in parts if group == "AmazonFees")
        sales = sum(minor for group, minor in parts if group != "AmazonFees")
        return [self._breakdown("Sales", sales, []), self._breakdown("Expenses", expenses, [])]

    def _breakdown(self, kind: str, minor: int, children: list[dict[str, Any]]) -> dict[str, Any]:
        return {"breakdownType": kind, "breakdownAmount": self._money(minor), "breakdowns": children}

    def _money(self, minor: int) -> dict[str, Any]:
        amount = minor if self._market.currency == "JPY" else minor / 100
        return {"currencyAmount": amount, "currencyCode": self._market.currency}


_DESCRIPTIONS = {
    "Shipment": "Order Payment",
    "Refund": "Refund Order",
    "ServiceFee": "Service Fee",
    "GuaranteeClaim": "A-to-z Guarantee Claim",
}


def _postings(market: Marketplace) -> Iterator[Posting]:
    for order in market.orders:
        if order.posted_at is not None:
            yield from _shipment(order, order.posted_at)
        for refund in order.refunds:
            yield Posting(f"refund-{refund.id}", refund.at, "Refund", order, refund)
        if order.claim_at is not None and not order.claim_denied:
            yield Posting(f"claim-{order.id}", order.claim_at, "GuaranteeClaim", order)
    for charge in market.charges:
        yield Posting(f"charge-{charge.id}", charge.at, "ServiceFee", charge=charge)


def _shipment(order: MarketplaceOrder, posted_at: datetime) -> Iterator[Posting]:
    first, until = f"shipment-{order.id}", order.released_at
    held = until is None or until > posted_at
    yield Posting(first, posted_at, "Shipment", order, held=held, held_until=until)
    if held and until is not None:
        yield Posting(f"release-{order.id}", until, "Shipment", order, copies=first)


def _status(posting: Posting, now: datetime) -> str:
    if not posting.held:
        return "RELEASED"
    is_free = posting.held_until is not None and posting.held_until <= now - LAG
    return "DEFERRED_RELEASED" if is_free else "DEFERRED"


def _related(posting: Posting, now: datetime) -> list[dict[str, str]]:
    names: dict[str, str] = {}
    if posting.order is not None:
        names["ORDER_ID"] = posting.order.id
    if posting.refund is not None:
        names["REFUND_ID"] = posting.refund.id
    if posting.copies is not None:
        names["DEFERRED_TRANSACTION_ID"] = posting.copies
    if _status(posting, now) == "DEFERRED_RELEASED" and posting.order is not None:
        names["RELEASE_TRANSACTION_ID"] = f"release-{posting.order.id}"
    names["FINANCIAL_EVENT_GROUP_ID"] = f"group-{posting.at:%G-%V}"
    return [{"relatedIdentifierName": name, "relatedIdentifierValue": value} for name, value in names.items()]


def _parts(
    goods: int,
    tax: int,
    shipping: int,
    discount: int,
    fees: Iterable[Fee],
    on_shipping: int = 0,
    withheld: bool = True,
) -> list[tuple[str, str, int]]:
    """(group, kind, minor units). The marketplace collects the tax itself, so it comes and goes."""
    parts = [
        ("ProductCharges", "OurPricePrincipal", goods),
        ("Tax", "OurPriceTax", tax),
        ("Tax", "MarketplaceFacilitatorTax-Principal", -tax if withheld else 0),
        ("Shipping", "ShippingPrincipal", shipping),
        ("PromoRebates", "OurPriceDiscount", discount),
        ("PromoRebates", "ShippingDiscount", on_shipping),
    ]
    return [part for part in parts if part[2]] + [("AmazonFees", fee.kind, fee.amount_minor) for fee in fees]


def _page(transactions: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    payload: dict[str, Any] = {"transactions": transactions}
    if token:
        payload["nextToken"] = token
    return {"payload": payload}
