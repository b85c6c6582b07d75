"""A shop that has connected nothing but Shopify gets its numbers; what nobody tells stays empty, and money without an
exchange rate is told as missing, never as if a euro were a dollar.

One story of three nights: without rates, with them, and twelve days after the bank fell silent.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from include.activation.reports import cautions
from include.sandbox.faults import Fault
from include.sandbox.truth import Company as Books
from include.sandbox.world import WorldConfig
from include.warehouse.connect import connect
from tests.flows.company import company

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TODAY = date(2026, 4, 12)
LAST_PRINTED = date(2026, 4, 10)  # a Friday
SILENT_FOR = timedelta(days=12)
COLUMNS = (
    "net_sales_amount", "gross_sales_reporting_amount", "returns_reporting_amount", "net_sales_reporting_amount",
    "tax_reporting_amount", "shipping_reporting_amount", "total_sales_reporting_amount", "fx_gain_loss_amount",
    "fx_rate",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(module_warehouse, tmp_path_factory):
    config = WorldConfig(today=TODAY, history_days=20, assortment=40, household_share=0.04)
    with company(module_warehouse, tmp_path_factory.mktemp("sandbox"), config) as shop:
        yield shop


def sales(shop):
    """Each store's, day's and channel's row."""
    rows = shop.read(
        f"select store_id, business_date, channel, {', '.join(COLUMNS)} from mart.mart_daily_sales"
    )
    return {row[:3]: row[3:] for row in rows}


def true_sales(shop, last_printed):
    """The same of the two shops, as far as the rates printed until then tell."""
    known = {day: rates for day, rates in shop.world.exchange_rates.items() if day <= last_printed}
    world = replace(shop.world, marketplace=None, exchange_rates=known)
    books = Books(world, shop.midnight)
    currencies = {one.company.shop_domain: one.company.currency for one in (world, *world.branches)}
    return {
        key: (*(row[name] for name in COLUMNS[:-1]), books.rates.rate(currencies[key[0]], key[1]))
        for key, row in books.daily().items()
    }


def said(shop):
    """What the morning warns of."""
    with connect(shop.settings, "activation") as conn:
        return cautions.missing_rates(conn, shop.day)


def test_shopify_alone_makes_a_night(shop):
    shop.pull(["shopify"])
    shop.build()
    assert sales(shop) == true_sales(shop, date.min)
    for mart in ("fct_ad_performance_daily", "fct_purchase_orders", "fct_shipment_events", "dim_fx_rate"):
        assert shop.read(f"select count(*) from mart.{mart}") == [(0,)], mart
    shop.act()


def test_without_any_rate_what_is_in_another_currency_is_unknown_and_said_to_be(shop):
    known = shop.read(
        "select distinct currency, net_sales_reporting_amount is not null, fx_rate from mart.fct_orders where is_sale"
        " order by 1"
    )
    assert known == [("EUR", False, None), ("USD", True, 1)]
    ((orders,),) = shop.read(
        "select count(*) from mart.fct_orders where is_sale and currency = 'EUR' and business_date > %s",
        shop.day - timedelta(days=28),
    )
    (caution,) = said(shop)
    assert caution.startswith(f"NO EXCHANGE RATE: {orders} orders in EUR")
    page = (shop.settings.home / "reports" / shop.day.isoformat() / "index.html").read_text()
    assert "NO EXCHANGE RATE" in page


def test_rates_that_come_later_fill_in_what_was_missing(shop):
    shop.pull(["ecb"])
    shop.build()
    assert shop.failures == {}
    assert sales(shop) == true_sales(shop, LAST_PRINTED)
    assert all(row[COLUMNS.index("fx_rate")] for row in sales(shop).values())
    assert said(shop) == []


def test_a_bank_silent_for_longer_than_a_week_leaves_the_days_after_it_without_a_rate(shop):
    shop.running.sandbox.faults.inject(Fault(vendor="ecb", kind="500"))
    shop.sleep_until(TODAY + SILENT_FOR)
    shop.pull(["shopify", "ecb"])
    assert set(shop.failures) == {"ecb.rates"}
    shop.build()
    assert sales(shop) == true_sales(shop, LAST_PRINTED)
    ((first, last),) = shop.read(
        "select max(business_date) filter (where fx_rate is not null), min(business_date) filter (where fx_rate is null)"
        " from mart.fct_orders where is_sale and currency = 'EUR'"
    )
    assert first <= LAST_PRINTED + timedelta(days=7) < last
    (caution,) = said(shop)
    assert "orders in EUR" in caution
    stale = dict(shop.read("select mart_name, stale_streams from mart.freshness where is_stale"))
    assert stale["mart_daily_sales"] == "ecb.rates"
