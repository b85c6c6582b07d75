"""Every order alone: what it brought, what it cost, what is left of it.

On an order stand all its costs, whenever they fell due. Its sales are worth what they were on its own day,
each refund what it is on the day it was given back. A cost that nobody knows leaves its margin unknown.
"""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from include.sandbox.truth.company import Company
from include.sandbox.truth.fees import FeeTruth, marketplace_fees
from include.sandbox.truth.margins import MarketCosts, ShopCosts
from include.sandbox.truth.marketplace import MarketplaceSales
from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.truth.order_sums import (
    NOTHING,
    UNKNOWN,
    Priced,
    Row,
    charged_fees,
    costs_below,
    extras_in_reporting,
    in_reporting,
    with_margins,
)
from include.sandbox.truth.refunds import refunds_by_order
from include.sandbox.truth.rules import is_own_shop
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import MarketplaceOrder, Order

Key = tuple[str, str]  # store, the order's name


def order_rows(company: Company) -> dict[Key, Row]:
    """The rows of `fct_orders` of all stores."""
    backs = refunds_by_order(company)
    rows: dict[Key, Row] = {}
    for shop in company.shops:
        costs, store = ShopCosts(shop, company.rates), shop.world.company.shop_domain
        for order in shop.orders:
            day, is_sale = local_day(shop.world, order.created_at), shop.is_sale(order)
            fees = NOTHING if is_own_shop(order.channel) else UNKNOWN
            rows[store, order.name] = {
                **{name: value for name, value in shop.order(order).items() if name != "order_name"},
                **in_reporting(
                    company,
                    shop.world.company.currency,
                    day,
                    _shop_lines(shop, order),
                    backs[store, order.name],
                ),
                **extras_in_reporting(
                    company,
                    shop.world.company.currency,
                    day,
                    _shop_extras(shop, order) if is_sale else None,
                    backs[store, order.name],
                ),
                "is_new_customer": _is_new(shop, order),
                "is_fully_shipped": is_fully_shipped(order, shop.now),
                **(costs_below(costs.entries(order), fees) if is_sale else {}),
            }
    if company.market:
        rows |= _marketplace_rows(company, company.market, backs)
    return {key: with_margins(row) for key, row in rows.items()}


def _marketplace_rows(
    company: Company, market: MarketplaceSales, backs: dict[Key, list[Row]]
) -> dict[Key, Row]:
    costs, fees = MarketCosts(market, company.rates), defaultdict[str | None, list[FeeTruth]](list)
    for fee in marketplace_fees(company.world, company.now, company.asked_at):
        fees[fee.order_id].append(fee)
    rows: dict[Key, Row] = {}
    for order in market.orders:
        key, is_sale = (market.store_id, order.id), market.is_sale(order)
        day, lines = market.day_of(order.created_at), order.lines if is_sale else []
        rows[key] = {
            **_marketplace_amounts(market, order),
            **in_reporting(
                company, market.market.currency, day, _market_lines(market, order, day), backs[key]
            ),
            **extras_in_reporting(
                company,
                market.market.currency,
                day,
                _market_extras(market, order) if is_sale else None,
                backs[key],
            ),
            "is_new_customer": None,
            "is_fully_shipped": is_sale and happened(order.shipped_at, market.now),
            **(costs_below(costs.entries(order), charged_fees(fees[order.id])) if lines else {}),
        }
    return rows


def _marketplace_amounts(market: MarketplaceSales, order: MarketplaceOrder) -> Row:
    is_sale, lines = market.is_sale(order), order.lines if market.is_sale(order) else []
    back = sum(one.back.amount_minor for one in market.refunded(order) if one.kind != "adjustment")
    gross = sum(line.unit_price_minor * line.quantity for line in lines)
    discount = sum(line.discount_minor for line in lines)
    tax, shipping = sum(line.tax_minor for line in lines), sum(line.shipping_minor for line in lines)
    amounts = {
        "gross_sales_amount": gross,
        "discounts_amount": discount,
        "returns_amount": back,
        "cancelled_amount": 0,
        "net_sales_amount": gross - discount - back,
        "tax_amount": tax,
        "shipping_amount": shipping,
        "total_sales_amount": gross - discount - back + tax + shipping,
    }
    return {
        "business_date": market.day_of(order.created_at),
        "is_test": False,
        "is_cancelled": not is_sale,
        "is_voided": not is_sale,
        "is_sale": is_sale,
        "units": sum(line.quantity for line in lines),
        **{name: market.money(minor) for name, minor in amounts.items()},
    }


def _shop_lines(shop: Sales, order: Order) -> list[Priced]:
    lines: list[Priced] = []
    for line in shop.lines(order):
        if line.is_sale:
            cost, units = shop.unit_cost(line.line.variant_id), line.line.quantity
            known = None if cost is None else money(shop.world, cost * units)
            lines.append((money(shop.world, line.gross), money(shop.world, line.discount), known, units))
    return lines


def _market_lines(market: MarketplaceSales, order: MarketplaceOrder, day: date) -> list[Priced]:
    lines: list[Priced] = []
    for line in order.lines if market.is_sale(order) else ():
        cost = market.cost_minor(line, day)
        known = None if cost is None else market.money(cost * line.quantity)
        gross = market.money(line.unit_price_minor * line.quantity)
        lines.append((gross, market.money(line.discount_minor), known, line.quantity))
    return lines


def _shop_extras(shop: Sales, order: Order) -> tuple[Decimal, Decimal]:
    return money(shop.world, shop.tax(order)), money(shop.world, shop.shipping(order))


def _market_extras(market: MarketplaceSales, order: MarketplaceOrder) -> tuple[Decimal, Decimal]:
    tax, shipping = (
        sum(line.tax_minor for line in order.lines),
        sum(line.shipping_minor for line in order.lines),
    )
    return market.money(tax), market.money(shipping)


def _is_new(shop: Sales, order: Order) -> bool | None:
    """Whether it is its buyer's first paid order; nobody can say of those that are unpaid, or whose buyer hides."""
    is_known = order.customer_id is not None and not order.test and is_own_shop(order.channel)
    return shop.is_first(order) if is_known and shop.is_paid(order) else None


def is_fully_shipped(order: Order, now: datetime) -> bool:
    """Something left, and of no line anything is still to be sent: what was cancelled never will be."""
    parcels = [parcel for parcel in order.parcels if happened(parcel.created_at, now)]
    gone: dict[int, int] = defaultdict(int)
    for parcel in parcels:
        for line, units in parcel.line_quantities.items():
            gone[line] += units
    for refund in (one for one in order.refunds if happened(one.at, now)):
        for back in refund.lines:
            gone[back.line_id] += back.quantity if back.restock_type == "CANCEL" else 0
    is_off = happened(order.cancelled_at, now)
    return bool(parcels) and (is_off or all(gone[line.id] >= line.quantity for line in order.lines))
