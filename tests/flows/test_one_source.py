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
            (day, channel): net
            for day, channel, net in shop.read(
                "select business_date, channel, net_sales_amount from mart.mart_daily_sales"
            )
        }
        truth = Sales(shop.world, shop.midnight).daily()
        assert told == {key: row["net_sales_amount"] for key, row in truth.items()}
        for mart in ("fct_ad_performance_daily", "fct_purchase_orders", "fct_shipment_events"):
            assert shop.read(f"select count(*) from mart.{mart}") == [(0,)], mart
        shop.act()
