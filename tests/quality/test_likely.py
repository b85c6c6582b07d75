"""The gate of the leaving stops a night that does not resemble the nights before; real Great Expectations."""

import pytest

from expectations import leaving, likely
from include import quality
from include.errors import GateFailed
from tests.quality.loads import load_of_trackers

PROPORTIONS = "yesterday_keeps_its_proportions"
YESTERDAY = {
    "an order's worth": ("gross_sales_amount = 100000, orders = 20", "gross sales per orders"),
    "units": ("units = 400, orders = 20", "units per orders"),
    "costs": ("gross_sales_amount = 1000, cogs_amount = 4", "cost of goods per gross sales"),
}


@pytest.mark.parametrize(("change", "figure"), YESTERDAY.values(), ids=YESTERDAY)
def test_a_day_out_of_proportion_stops_the_publish_in_words(
    warehouse, superuser, build_id, season, monkeypatch, change, figure
):
    monkeypatch.setattr(leaving, "CHECKS", likely.CHECKS)
    superuser.execute(
        "update build.mart_daily_sales set orders = 20, units = 41, gross_sales_amount = 1004, discounts_amount = 102,"
        " tax_amount = 70, cogs_amount = 400, gross_sales_reporting_amount = 1004 where business_date = '2026-03-01'"
    )
    quality.check_leaving(warehouse, build_id)
    superuser.execute(f"update build.mart_daily_sales set {change} where business_date = '2026-03-01'")
    with pytest.raises(GateFailed, match=f"{figure} of shop on 2026-03-01 is .*, usually "):
        quality.check_leaving(warehouse, build_id)


def test_a_day_is_out_of_proportion_though_all_days_are_told_anew_like_it(
    warehouse, superuser, build_id, season, monkeypatch
):
    monkeypatch.setattr(leaving, "CHECKS", [one for one in likely.CHECKS if one.name == PROPORTIONS])
    superuser.execute(
        "update build.mart_daily_sales set orders = 20, gross_sales_amount = 1004 where business_date = '2026-03-01';"
        "update build.mart_daily_sales set gross_sales_amount = 100 * gross_sales_amount"
    )
    with pytest.raises(GateFailed, match=r"gross sales per orders of shop on 2026-03-01 is .*, usually "):
        quality.check_leaving(warehouse, build_id)


def test_of_a_small_shop_what_is_not_told_and_what_changed_places_is_out_of_proportion(
    warehouse, superuser, build_id, season, monkeypatch
):
    """Fifty of whatever money a day, discounts that differ threefold, a hundred clicks."""
    monkeypatch.setattr(leaving, "CHECKS", [one for one in likely.CHECKS if one.name == PROPORTIONS])
    for schema in ("build", "mart"):
        superuser.execute(
            f"""
            update {schema}.mart_daily_sales set orders = 12, units = 24, tax_amount = 4, cogs_amount = 25,
                gross_sales_amount = 50, gross_sales_reporting_amount = 50,
                discounts_amount = 5 + 3 * (business_date - '2026-01-01') % 15;
            insert into {schema}.fct_ad_performance_daily
            select 'google_ads', '1', '2026-03-01'::date - n, 8, 8, 110 + n, 12000 + n from generate_series(0, 40) n
            """
        )
    quality.check_leaving(warehouse, build_id)
    superuser.execute(
        """
        update build.mart_daily_sales set discounts_amount = 0 where business_date = '2026-03-01';
        update build.fct_ad_performance_daily set clicks = impressions, impressions = clicks where ad_date = '2026-03-01'
        """
    )
    with pytest.raises(GateFailed) as stopped:
        quality.check_leaving(warehouse, build_id)
    assert "discounts per gross sales of shop on 2026-03-01 is 0.000, usually 0.2" in str(stopped.value)
    assert "clicks per impressions of google_ads 1 on 2026-03-01 is 109.091, usually 0.011" in str(
        stopped.value
    )


def test_a_past_that_moves_stops_the_publish_unless_somebody_asked_for_it(
    warehouse, superuser, build_id, season, monkeypatch
):
    monkeypatch.setattr(leaving, "CHECKS", likely.CHECKS)
    quality.check_leaving(warehouse, build_id)
    superuser.execute("update build.mart_daily_sales set gross_sales_amount = 2 * gross_sales_amount")
    with pytest.raises(GateFailed, match=r"gross sales of shop over \d+ days that are long past"):
        quality.check_leaving(warehouse, build_id)
    load_of_trackers(superuser, build_id, [], mode="backfill")
    quality.check_leaving(warehouse, build_id)


def test_stock_that_halves_overnight_stops_the_publish(warehouse, superuser, build_id, season, monkeypatch):
    monkeypatch.setattr(leaving, "CHECKS", likely.CHECKS)
    superuser.execute(
        "update build.fct_inventory_snapshot_daily set on_hand = 20 where business_date = '2026-03-01'"
    )
    with pytest.raises(GateFailed, match="units on hand at CMH1 are 20, the day before 101"):
        quality.check_leaving(warehouse, build_id)


def test_a_source_that_sells_nothing_while_another_sells_stops_the_publish_and_a_holiday_does_not(
    warehouse, superuser, build_id, season, monkeypatch
):
    weekday = [check for check in leaving.CHECKS if check.name == "yesterday_resembles_its_weekday"]
    monkeypatch.setattr(leaving, "CHECKS", weekday)
    superuser.execute(
        """
        delete from build.mart_daily_sales where business_date = '2026-03-01';
        insert into build.mart_daily_sales (store_id, source, business_date, orders)
        select 'amazon', 'amazon', '2026-03-01'::date - n, 10 from generate_series(1, 59) n
        """
    )
    quality.check_leaving(warehouse, build_id)
    superuser.execute(
        "insert into build.mart_daily_sales (store_id, source, business_date, orders)"
        " values ('amazon', 'amazon', '2026-03-01', 9)"
    )
    with pytest.raises(GateFailed, match=r"shopify has 0 orders on 2026-03-01, on that weekday usually 20"):
        quality.check_leaving(warehouse, build_id)
