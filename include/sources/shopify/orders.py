"""Orders, with everything that was given back.

A bulk operation cannot hold a connection inside a list, so refund lines are out of its reach. Orders are read without
them first (in bulk for history, in pages for a night), then those with a refund or a return are asked for theirs: one
in ten or so. When such an order has changed between the two readings it is left for the next window, which begins
before the change, unless a page of today shows it.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from include.errors import Stop, Wait
from include.sources.base import Page, Record, usable
from include.sources.shopify import queries
from include.sources.shopify.client import Shop, by_ids

BATCH = 500
_AT_ONCE = 25


def complete(shop: Shop, orders: Iterable[Record], total: int | None = None) -> Iterator[Page]:
    """Pages of whole orders from orders read without lines of refunds and returns."""
    orders = iter(orders)
    while batch := list(islice(orders, BATCH)):
        known, strange = usable("shopify", batch, lambda order: order | {"gave_back": _gave_back(order)})
        money_back = _money_back(shop, [order["id"] for order in known if order.pop("gave_back")])
        whole, bad = usable("shopify", known, partial(_whole, shop, money_back))
        yield Page(whole, total=total, bad=(*strange, *bad))


def _gave_back(order: Record) -> bool:
    """ValueError for one that did and cannot be asked for: it would seem to have vanished, night after night."""
    if not (order["refunds"] or order["returns"]["nodes"]):
        return False
    if not order["id"].rpartition("/")[2].isdigit():
        raise ValueError("an order without a number")
    return True


def _money_back(shop: Shop, gids: list[str]) -> dict[str, Record]:
    """Refunds and returns by order id."""
    found: dict[str, Record] = {}
    query, left = queries.ORDERS_WITH_MONEY_BACK, list(gids)
    while left:
        asked, left = left[:_AT_ONCE], left[_AT_ONCE:]
        for page in shop.nodes(query, "orders", len(asked), search=by_ids(asked)):
            found.update((order["id"], order) for order in page)
    missing = [gid for gid in gids if gid not in found]
    if missing:
        raise Wait(f"{shop.session.name}: {len(missing)} orders vanished while they were read; read again")
    return found


def _whole(shop: Shop, money_back: dict[str, Record], order: Record) -> Record:
    order["lineItems"] = {"nodes": _all_lines(shop, order)}
    order["refunds"], order["returns"] = [], {"nodes": []}
    back = money_back.get(order["id"])
    if back is None:
        return order
    order["refunds"] = [_whole_refund(shop, order["id"], refund) for refund in back["refunds"]]
    order["returns"] = {"nodes": _all_returns(shop, order["id"], back["returns"]["nodes"])}
    return order


def _all_lines(shop: Shop, order: Record) -> list[Record]:
    lines, info = order["lineItems"]["nodes"], order["lineItems"].get("pageInfo")
    if not info or not info["hasNextPage"]:
        return lines
    return lines + shop.rest(
        queries.ORDER_LINES, "orders", order["id"], lambda node: node["lineItems"], info["endCursor"]
    )


def _whole_refund(shop: Shop, order: str, refund: Record) -> Record:
    lines, info = refund["refundLineItems"]["nodes"], refund["refundLineItems"]["pageInfo"]
    if info["hasNextPage"]:
        # the cursor is this refund's; what the order's other refunds answer to it is not looked at
        def this(node: Record) -> Record:
            return next(each["refundLineItems"] for each in node["refunds"] if each["id"] == refund["id"])

        lines = lines + shop.rest(queries.ORDER_REFUND_LINES, "orders", order, this, info["endCursor"])
    return refund | {"refundLineItems": {"nodes": lines}}


def _all_returns(shop: Shop, order: str, returns: list[Record]) -> list[Record]:
    """These connections do not tell whether there is more, so a full one is asked for again, larger."""
    if not _is_full(returns, queries.RETURNS, queries.RETURN_LINES):
        return returns
    found = shop.one(queries.ORDER_RETURNS, search=by_ids([order]))["orders"]["nodes"]
    if not found or _is_full(found[0]["returns"]["nodes"], 15, 20):
        raise Stop(f"{shop.session.name}: order {order} has more returns than we can read")
    return found[0]["returns"]["nodes"]


def _is_full(returns: list[Record], most: int, most_lines: int) -> bool:
    return len(returns) >= most or any(
        len(each["returnLineItems"]["nodes"]) >= most_lines for each in returns
    )
