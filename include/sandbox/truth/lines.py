"""Every line of every order alone, and what of it came back.

A line's goods cost what all its units cost less what the resellable and the cancelled ones brought back. Three
of 2.00 each, one of them returned, have cost 4.00; had it come back damaged, 6.00.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from include.sandbox.truth.company import Company, less
from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.truth.rates import Total
from include.sandbox.truth.refunds import OF_SHOPIFY, refund_rows
from include.sandbox.truth.rules import components

Key = tuple[str, str]  # store, the line
Row = dict[str, Any]


def line_rows(company: Company) -> dict[Key, Row]:
    """The rows of `fct_order_lines` of all stores, by store and Shopify's or the marketplace's id."""
    backs: dict[Key, list[Row]] = defaultdict(list)
    for row in refund_rows(company).values():
        if row["order_line_id"]:
            backs[row["store_id"], row["order_line_id"]].append(row)
    return {
        key: _finished(company, row, cost, backs[key])
        for key, row, cost in (*_shops(company), *_market(company))
    }


def _shops(company: Company) -> Iterator[tuple[Key, Row, Decimal | None]]:
    for shop in company.shops:
        variants = {variant.id: variant for variant in shop.world.variants}
        for order in shop.orders:
            for line in shop.lines(order):
                variant = variants[line.line.variant_id]
                # What is not launched yet (test orders try it out) is in nobody's catalogue.
                cost = shop.unit_cost(variant.id) if happened(variant.prices[0].at, shop.now) else None
                yield (
                    (shop.world.company.shop_domain, f"{OF_SHOPIFY}LineItem/{line.line.id}"),
                    {
                        "business_date": local_day(shop.world, order.created_at),
                        "currency": shop.world.company.currency,
                        "sku": variant.sku,
                        "quantity": line.line.quantity,
                        "unit_price_amount": money(shop.world, line.unit_price),
                        "is_gift_card": shop.is_gift_card(variant.id),
                        "line_total_amount": money(shop.world, line.gross),
                        "discount_amount": money(shop.world, line.discount),
                        "tax_amount": money(shop.world, line.line.tax_minor),
                        "is_sale_line": line.is_sale,
                    },
                    None if cost is None else money(shop.world, cost),
                )


def _market(company: Company) -> Iterator[tuple[Key, Row, Decimal | None]]:
    if company.market is None:
        return
    market = company.market
    for order in market.orders:
        day = market.day_of(order.created_at)
        for line in order.lines:
            cost, parts = market.cost_minor(line, day), components("amazon", line.seller_sku, day)
            yield (
                (market.store_id, line.id),
                {
                    "business_date": day,
                    "currency": market.market.currency,
                    "sku": parts[0][0] if len(parts) == 1 else line.seller_sku,
                    "quantity": line.quantity,
                    "unit_price_amount": market.money(line.unit_price_minor),
                    "is_gift_card": False,
                    "line_total_amount": market.money(line.unit_price_minor * line.quantity),
                    "discount_amount": market.money(line.discount_minor),
                    "tax_amount": market.money(line.tax_minor),
                    "is_sale_line": market.is_sale(order),
                },
                None if cost is None else market.money(cost),
            )


def _finished(company: Company, row: Row, cost: Decimal | None, backs: list[Row]) -> Row:
    day, currency = row["business_date"], row["currency"]
    gross = company.rates.convert(row["line_total_amount"], currency, day)
    discount = company.rates.convert(row["discount_amount"], currency, day)
    whole = None if cost is None else company.rates.convert(cost * row["quantity"], currency, day)
    returned = Total()
    for back in backs:
        if back["own_cost_back"] is not None:
            returned.add(back["cost_back_reporting_amount"])
    kept = row["quantity"] - sum(back["quantity"] for back in backs if back["kind"] in ("return", "cancel"))
    return row | {
        "net_amount": row["line_total_amount"] - row["discount_amount"],
        "refunded_quantity": sum(back["quantity"] for back in backs),
        "refunded_amount": sum((back["amount"] for back in backs), Decimal(0)),
        "unit_cost_amount": cost,
        "cogs_amount": None if cost is None else cost * kept,
        "fx_rate": company.rates.rate(currency, day),
        "gross_reporting_amount": gross,
        "discount_reporting_amount": discount,
        "net_reporting_amount": less(gross, discount),
        "cost_reporting_amount": whole,
        "cogs_reporting_amount": less(whole, returned.value),
    }
