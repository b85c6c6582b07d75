"""Everything given back, line by line: worth what it is on its own day, beside what it was on the order's.

2.00 EUR sold at 1.08 and given back at 1.10 are 2.2000 USD of returns, 0.0400 more than they had brought.
Goods that can be sold again, and those that never left, bring their cost back; damaged ones do not.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from include.sandbox.truth.company import Company
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import local_day, money
from include.sandbox.truth.sales import Sales

Key = tuple[str, str]  # store, the refunded line
Row = dict[str, Any]
OF_SHOPIFY = "gid://shopify/"


def refund_rows(company: Company) -> dict[Key, Row]:
    """The rows of `fct_refund_lines` of all stores, by store and Shopify's or the marketplace's id."""
    return {(str(row["store_id"]), str(row["refund_line_id"])): row for row in _rows(company)}


def refunds_by_order(company: Company) -> dict[tuple[str, str], list[Row]]:
    """The same rows by store and the order's name."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _rows(company):
        found[str(row["store_id"]), str(row["order_name"])].append(row)
    return found


def _rows(company: Company) -> Iterator[Row]:
    for shop in company.shops:
        yield from _of_shop(company, shop)
    if company.market:
        yield from _of_marketplace(company, company.market)


def _of_shop(company: Company, shop: Sales) -> Iterator[Row]:
    store, currency = shop.world.company.shop_domain, shop.world.company.currency
    for order in shop.orders:
        ordered = local_day(shop.world, order.created_at)
        lines = {line.line.id: line for line in shop.lines(order)}
        counts = not order.test and not shop.is_voided(order)
        for refund in shop.refunds(order):
            day = local_day(shop.world, refund.at)
            about: Row = {"store_id": store, "order_name": order.name, "is_date_estimated": False}
            for back in refund.lines:
                kind, line = shop.kind(order, refund, back), lines[back.line_id]
                cost = shop.unit_cost(line.line.variant_id) if kind in ("return", "cancel") else None
                yield about | {
                    "refund_line_id": f"{OF_SHOPIFY}RefundLineItem/{back.id}",
                    "order_line_id": f"{OF_SHOPIFY}LineItem/{back.line_id}",
                    "kind": kind,
                    "quantity": back.quantity,
                    "tax_amount": money(shop.world, back.tax_minor),
                    "is_sale_line": line.is_sale,
                    **_worth(company, currency, money(shop.world, back.subtotal_minor), ordered, day),
                    **_cost_back(
                        company,
                        currency,
                        None if cost is None else money(shop.world, cost * back.quantity),
                        day,
                    ),
                }
            if shop.adjustment(order, refund):
                yield about | {
                    "refund_line_id": f"{OF_SHOPIFY}Refund/{refund.id}/adjustment",
                    "order_line_id": None,
                    "kind": "adjustment",
                    "quantity": 0,
                    "tax_amount": Decimal(0),
                    "is_sale_line": counts,
                    **_worth(
                        company, currency, money(shop.world, shop.adjustment(order, refund)), ordered, day
                    ),
                    **_cost_back(company, currency, None, day),
                }


def _of_marketplace(company: Company, market: MarketplaceSales) -> Iterator[Row]:
    currency = market.market.currency
    for order in market.orders:
        ordered, refunds = market.day_of(order.created_at), market.refunded(order)
        ids = {id(back): refund.id for refund in order.refunds for back in refund.lines}
        for one in refunds:
            cost = market.cost_minor(one.line, ordered) if one.kind == "return" else None
            yield {
                "store_id": market.store_id,
                "order_name": order.id,
                "refund_line_id": f"{ids[id(one.back)]}/{one.line.id}",
                "order_line_id": one.line.id,
                "kind": one.kind,
                "quantity": 0 if one.kind == "adjustment" else one.back.quantity,
                "tax_amount": Decimal(0),  # the marketplace's own affair
                "is_sale_line": market.is_sale(order),
                "is_date_estimated": False,
                **_worth(company, currency, market.money(one.back.amount_minor), ordered, one.day),
                **_cost_back(
                    company,
                    currency,
                    None if cost is None else market.money(cost * one.back.quantity),
                    one.day,
                ),
            }


def _worth(company: Company, currency: str, amount: Decimal, ordered: date, day: date) -> Row:
    return {
        "order_date": ordered,
        "refund_date": day,
        "days_to_refund": (day - ordered).days,
        "amount": amount,
        "currency": currency,
        "fx_rate": company.rates.rate(currency, day),
        "reporting_amount": company.rates.convert(amount, currency, day),
        "order_rate_reporting_amount": company.rates.convert(amount, currency, ordered),
    }


def _cost_back(company: Company, currency: str, cost: Decimal | None, day: date) -> Row:
    converted = None if cost is None else company.rates.convert(cost, currency, day)
    return {"own_cost_back": cost, "cost_back_reporting_amount": converted}
