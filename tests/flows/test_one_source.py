"""A shop that has connected nothing but Shopify gets its numbers; what nobody tells stays empty."""

from datetime import date

from include.sandbox.truth import Sales
from include.sandbox.world import WorldConfig
from tests.flows.company import company

TODAY = date(2026, 4, 12)


def test_shopify_alone_makes_a_night(warehouse, tmp_path):
    config = WorldConfig(today=TODAY, history_days=20, assortment=40, household_share=0.04)
    with company(warehouse, tmp_path, config) as shop:
        shop.pull(["shopify"])
        shop.build()
        told = {
            (store, day, channel): net
            for store, day, channel, net in shop.read(
                "select store_id, business_date, channel, net_sales_amount from mart.mart_daily_sales"
            )
        }
        assert told == {
            (one.company.shop_domain, day, channel): row["net_sales_amount"]
            for one in (shop.world, *shop.world.branches)
            for (day, channel), row in Sales(one, shop.midnight).daily().items()
        }
        # Nobody told a rate: what is in the company's own currency needs none, and all else is unknown.
        assert shop.read(
            "select distinct currency, net_sales_reporting_amount is null from mart.mart_daily_sales"
            " where gross_sales_amount > 0 order by 1"
        ) == [("EUR", True), ("USD", False)]
        for mart in ("fct_ad_performance_daily", "fct_purchase_orders", "fct_shipment_events"):
            assert shop.read(f"select count(*) from mart.{mart}") == [(0,)], mart
        shop.act()
