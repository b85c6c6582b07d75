"""A shop's sales per day and channel: booked on the day of the order, what was given back on the day of its refund."""

from collections import defaultdict
from datetime import date

from include.sandbox.truth.moments import local_day, money, ratio
from include.sandbox.truth.rules import is_own_shop
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Order


def daily_sales(
    shop: Sales, first: date | None = None, last: date | None = None
) -> dict[tuple[date, str], dict[str, object]]:
    """The rows of `mart_daily_sales` by (business date, channel), booked: sales on the day of the
    order, returns and cancellations on the day they were refunded."""
    sums: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for order in shop.orders:
        if shop.is_sale(order):
            _book_sale(shop, order, sums)
        _book_refunds(shop, order, sums)
    return {
        key: _finished(shop, row)
        for key, row in sorted(sums.items())
        if (first is None or key[0] >= first) and (last is None or key[0] <= last)
    }


def _book_sale(shop: Sales, order: Order, sums: dict[tuple[date, str], dict[str, int]]) -> None:
    row = sums[local_day(shop.world, order.created_at), order.channel]
    row["orders"] += 1
    row["paid_orders"] += shop.is_paid(order)
    for line in shop.lines(order):
        if line.is_sale:
            row["units"] += line.line.quantity
            row["gross"] += line.gross
            row["discounts"] += line.discount
            row["cohort"] += line.net
            cost = shop.unit_cost(line.line.variant_id)
            row["cogs"] += (cost or 0) * line.line.quantity
            row["costed"] += 0 if cost is None else line.line.quantity
    row["cohort"] -= sum(line.subtotal_minor for _, line, _ in shop.refunded(order))
    row["tax"] += shop.tax(order)
    row["shipping"] += shop.shipping(order)
    if order.customer_id is not None and shop.is_paid(order) and is_own_shop(order.channel):
        row["new" if shop.is_first(order) else "returning"] += 1


def _book_refunds(shop: Sales, order: Order, sums: dict[tuple[date, str], dict[str, int]]) -> None:
    variants = {line.id: line.variant_id for line in order.lines}
    for refund, line, kind in shop.refunded(order):
        row = sums[local_day(shop.world, refund.at), order.channel]
        row["cancellations" if kind == "cancel" else "returns"] += line.subtotal_minor
        row["tax"] -= line.tax_minor
        if kind != "damaged":
            row["cogs"] -= (shop.unit_cost(variants[line.line_id]) or 0) * line.quantity
    if not order.test and not shop.is_voided(order):
        for refund in shop.refunds(order):
            if shop.adjustment(order, refund):
                row = sums[local_day(shop.world, refund.at), order.channel]
                row["goodwill"] += shop.adjustment(order, refund)


def _finished(shop: Sales, row: dict[str, int]) -> dict[str, object]:
    net = row["gross"] - row["discounts"] - row["returns"] - row["cancellations"]
    amounts = {
        "gross_sales_amount": row["gross"],
        "discounts_amount": row["discounts"],
        "returns_amount": row["returns"],
        "cancellations_amount": row["cancellations"],
        "net_sales_amount": net,
        "net_sales_cohort_amount": row["cohort"],
        "tax_amount": row["tax"],
        "shipping_amount": row["shipping"],
        "total_sales_amount": net + row["tax"] + row["shipping"],
        "goodwill_amount": row["goodwill"],
        "cogs_amount": row["cogs"],
    }
    return {
        "orders": row["orders"],
        "paid_orders": row["paid_orders"],
        "units": row["units"],
        **{name: money(shop.world, minor) for name, minor in amounts.items()},
        "cost_coverage": ratio(row["costed"], row["units"], 6),
        "aov_gross_of_returns_amount": ratio(
            money(shop.world, row["gross"] - row["discounts"]), row["paid_orders"]
        ),
        "aov_net_amount": ratio(money(shop.world, row["cohort"]), row["paid_orders"]),
        "new_customer_orders": row["new"],
        "returning_customer_orders": row["returning"],
        "currency": shop.world.company.currency,
    }
