"""What advertising brought, by the shop's own orders: every store's day on each platform, and all of it together.

A platform's row holds what it claims and the orders whose last visit it paid for; the row 'blended' all spend
and all orders of our own shops. Spend of 50.00 on a day of 400.00 of net sales by two new customers is a MER
of 8, an ad cost ratio of 0.125 and 25.00 for a new customer.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from include.sandbox.truth.ads import performance
from include.sandbox.truth.company import Company
from include.sandbox.truth.moments import ratio
from include.sandbox.truth.orders import order_rows
from include.sandbox.truth.rates import Total
from include.sandbox.truth.rules import is_own_shop, platform_of
from include.sandbox.world.model import Order

ALL = "blended"
PAID_VISITS = (
    "cpc", "ppc", "paid", "paid_search", "paid_social", "paid-social", "paidsocial", "display", "affiliate",
)  # fmt: skip

Key = tuple[str, str, date]  # store, platform or 'blended', business date
Row = dict[str, Any]


@dataclass(slots=True)
class _Spent:
    """The campaigns of a row; sums in the store's currency."""

    clicks: int = 0
    impressions: int = 0
    spend: Decimal = Decimal(0)
    conversions: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    is_provisional: bool = False

    def add(self, claim: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
        self.clicks += seen["clicks"]
        self.impressions += seen["impressions"]
        self.spend += claim["spend_amount"]
        self.conversions += claim["platform_reported_conversions"]
        self.value += claim["platform_reported_value_amount"]
        self.is_provisional |= claim["is_provisional"]


class _Sold:
    """The orders of a row."""

    def __init__(self) -> None:
        self.orders = self.new = self.paid_visits = self.covered = 0
        self.revenue, self.net = Decimal(0), Decimal(0)
        self.net_reporting = Total()

    def add(self, order: Order, row: Row, platform: str | None, is_new: bool) -> None:
        self.orders += 1
        self.new += is_new
        if (order.utm_medium or "").lower() in PAID_VISITS:
            self.paid_visits += 1
            self.covered += platform is not None
        self.revenue += row["gross_sales_amount"] - row["discounts_amount"]
        self.net += row["net_sales_amount"]
        self.net_reporting.add(row["net_sales_reporting_amount"])


def efficiency_rows(company: Company, claims: Mapping[tuple[str, int, date], Row]) -> dict[Key, Row]:
    """The rows of `mart_marketing_efficiency_daily`; `claims` is what the platforms last said of their campaigns'
    days. All accounts sell for the main shop and bill in its currency, by its days."""
    spent, spend_reporting = _spent(company, claims)
    sold: dict[Key, _Sold] = defaultdict(_Sold)
    for store, order, row, platform, is_new in _orders(company):
        day = row["business_date"]
        sold[store, ALL, day].add(order, row, platform, is_new)
        if platform:
            sold[store, platform, day].add(order, row, platform, is_new)
    return {
        key: _row(key, spent.get(key), spend_reporting[key].value, sold.get(key) or _Sold())
        for key in {*spent, *sold}
    }


def _spent(
    company: Company, claims: Mapping[tuple[str, int, date], Row]
) -> tuple[dict[Key, _Spent], dict[Key, Total]]:
    spent: dict[Key, _Spent] = defaultdict(_Spent)
    reporting: dict[Key, Total] = defaultdict(Total)
    home = company.world.company
    shown = performance(company.world, company.now, date.min, date.max)
    for (platform, campaign, day), claim in claims.items():
        for row in (platform, ALL):
            key = home.shop_domain, row, day
            spent[key].add(claim, shown[campaign, day])
            reporting[key].add(company.rates.convert(claim["spend_amount"], home.currency, day))
    return spent, reporting


def _orders(company: Company) -> Iterator[tuple[str, Order, Row, str | None, bool]]:
    rows = order_rows(company)
    for shop in company.shops:
        store = shop.world.company.shop_domain
        for order in shop.orders:
            if shop.is_sale(order) and is_own_shop(order.channel):
                platform = platform_of(order.utm_source, order.utm_medium)
                yield store, order, rows[store, order.name], platform, shop.is_first(order)


def _row(key: Key, spent: _Spent | None, spend_reporting: Decimal | None, sold: _Sold) -> Row:
    is_all = key[1] == ALL
    claimed = spent if not is_all else None
    spend = spent.spend if spent else Decimal(0)
    return {
        "spend_amount": spend,
        "platform_conversions": claimed and claimed.conversions,
        "platform_value_amount": claimed and claimed.value,
        "orders": sold.orders,
        "net_sales_amount": sold.net,
        "new_customer_orders": sold.new,
        "roas_platform": ratio(claimed.value, spend, 6) if claimed else None,
        "roas_blended": ratio(sold.revenue, spend, 6) if is_all else None,
        "mer": ratio(sold.net, spend, 6) if is_all else None,
        "ad_cost_ratio": ratio(spend, sold.net, 6) if is_all else None,
        "ncac_amount": ratio(spend, sold.new) if is_all else None,
        "spend_coverage": ratio(sold.covered, sold.paid_visits, 6) if is_all else None,
        "cpc_amount": ratio(spend, spent.clicks) if spent else None,
        "ctr": ratio(spent.clicks, spent.impressions, 6) if spent else None,
        "spend_reporting_amount": spend_reporting,
        "net_sales_reporting_amount": sold.net_reporting.value,
        "is_provisional": bool(spent and spent.is_provisional),
        "is_zone_mismatch": False,
    }
