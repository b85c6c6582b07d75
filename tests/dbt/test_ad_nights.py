"""Two platforms' days over three nights through the real models: restated, by placement, in two currencies."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.shop_payloads import STORE, a_shop
from tests.warehouse.helpers import call_published, line, load

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 20)
ONE = timedelta(days=1)
MODELS = (
    "+fct_ad_performance_daily", "+fct_ad_restatement", "+fct_ad_placement_daily", "+int_ad_accounts__assigned",
)  # fmt: skip
INTEGRITY = (
    "marketing_placements_add_up_to_their_campaign",
    "marketing_restatements_add_up_to_the_latest_claim",
)
ACCOUNT = "act_1"


def purchases(clicked: str, viewed: str | None = None, value: str = "99") -> list[dict[str, str]]:
    """One purchase under three names, as Meta lists it; `value` follows a setting we did not ask for."""
    windows = {"value": value, "7d_click": clicked, **({"1d_view": viewed} if viewed else {})}
    kinds = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
    return [{"action_type": kind, **windows} for kind in kinds]


def placed(placement: str, spend: str, campaign: str = "7", **more: Any) -> dict[str, Any]:
    return {
        "campaign_id": campaign, "campaign_name": "Sales", "objective": "OUTCOME_SALES",
        "publisher_platform": placement, "account_currency": "EUR", "spend": spend, "impressions": "100",
        "clicks": "13", "inline_link_clicks": "10",
        "asked": {"timezone_name": "America/New_York", "attribution_windows": "7d_click,1d_view"}, **more,
    }  # fmt: skip


def searched(micros: str, conversions: float) -> dict[str, Any]:
    return {
        "campaign": {"id": "7", "name": "Brand", "advertisingChannelType": "SEARCH"},
        "customer": {"currencyCode": "USD", "timeZone": "America/New_York"},
        "metrics": {"costMicros": micros, "clicks": "4", "conversions": conversions, "conversionsValue": 10},
    }


FIRST = {
    "meta": {DAY: [
        placed("facebook", "12.34", actions=purchases("1", "0.5"), action_values=purchases("10.5", "4.5")),
        placed("instagram", "5.01"),
    ]},
    "google_ads": {DAY: [searched("2000000", 1.5)]},
}  # fmt: skip
SECOND = {
    "meta": {
        DAY: [
            placed("facebook", "12.34", actions=purchases("3"), action_values=purchases("30.25")),
            placed("instagram", "5.01", actions=purchases("1"), action_values=purchases("8")),
        ],
        DAY + ONE: [placed("instagram", "3.00")],
    },
    "google_ads": {DAY: [searched("2000000", 2.0)], DAY + ONE: []},
}  # fmt: skip
THIRD = {
    "meta": {
        DAY: [placed("instagram", "5.01", actions=purchases("1"), action_values=purchases("8"))],
        DAY + ONE: [],
    }
}


@pytest.fixture(scope="module")
def ads(module_warehouse: Settings) -> Settings:
    """A warehouse after three nights."""
    for number, night in enumerate((FIRST, SECOND, THIRD)):
        bring(module_warehouse, night, DAY + number * ONE)
        build(module_warehouse, DAY + number * ONE, is_last=night is THIRD)
    return module_warehouse


def bring(settings: Settings, night: dict[str, dict[date, list[dict[str, Any]]]], day: date) -> None:
    window, shop = day_window(day, settings.timezone), a_shop()
    load(settings, [line(shop["id"], shop)], stream="shop", kind="snapshot", account=STORE, window=window)
    rates = line(str(day), [{"currency": "USD", "rate": "1.0823"}], None, 1)
    load(settings, [rates], source="ecb", stream="rates", kind="statement", account="ecb", window=window)
    for source, days in night.items():
        lines = [line(str(scope), rows, None, len(rows)) for scope, rows in days.items()]
        account = ACCOUNT if source == "meta" else "123"
        load(
            settings,
            lines,
            source=source,
            stream="campaigns_daily",
            kind="statement",
            account=account,
            window=window,
        )


def build(settings: Settings, day: date, is_last: bool) -> None:
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    with holding_build(settings, day) as build_id:
        result = dbt_runner.run(settings, "build", "--select", *MODELS, *kinds)
        assert not dbt_runner.failing_nodes(result)
        if is_last:
            assert not dbt_runner.failing_nodes(dbt_runner.run(settings, "test", "--select", *INTEGRITY))
        call_published(settings, build_id)


def read(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings, "transformer") as conn:
        return conn.execute(query).fetchall()  # type: ignore[call-overload]


def test_a_purchase_counts_once_in_the_windows_that_were_asked_for(ads: Settings) -> None:
    rows = read(
        ads,
        "SELECT observed_on, conversions, value_amount, spend_amount FROM build.int_ad_days__observed"
        f" WHERE platform = 'meta' AND ad_date = '{DAY}' ORDER BY observed_on",
    )
    assert rows == [
        (DAY + ONE, Decimal("1.5"), Decimal("15.0"), Decimal("17.35")),
        (DAY + 2 * ONE, Decimal("4"), Decimal("38.25"), Decimal("17.35")),
        (DAY + 3 * ONE, Decimal("1"), Decimal("8"), Decimal("5.01")),
    ]


def test_the_first_report_stands_beside_todays_and_a_placement_taken_back_is_gone(ads: Settings) -> None:
    rows = read(
        ads,
        "SELECT platform, spend_amount, clicks, platform_reported_value_amount, first_reported_value_amount"
        f" FROM build.fct_ad_performance_daily WHERE ad_date = '{DAY}' ORDER BY platform",
    )
    assert rows == [
        ("google_ads", Decimal("2.000000"), 4, Decimal("10"), Decimal("10")),
        ("meta", Decimal("5.01"), 10, Decimal("8"), Decimal("15.0")),
    ]


def test_every_change_is_told_and_they_add_up(ads: Settings) -> None:
    rows = read(
        ads,
        "SELECT platform, as_of_date, delta_value_amount, conversions FROM build.fct_ad_restatement"
        f" WHERE ad_date = '{DAY}' ORDER BY platform, as_of_date",
    )
    assert rows == [
        ("google_ads", DAY + ONE, Decimal("10"), Decimal("1.5")),
        ("google_ads", DAY + 2 * ONE, Decimal("0"), Decimal("2.0")),
        ("meta", DAY + ONE, Decimal("15.0"), Decimal("1.5")),
        ("meta", DAY + 2 * ONE, Decimal("23.25"), Decimal("4")),
        ("meta", DAY + 3 * ONE, Decimal("-30.25"), Decimal("1")),
    ]


def test_an_emptied_day_leaves_no_row_and_a_restatement_to_nothing(ads: Settings) -> None:
    later = DAY + ONE
    assert read(ads, f"SELECT 1 FROM build.fct_ad_placement_daily WHERE ad_date = '{later}'") == []
    spend = read(
        ads,
        f"SELECT spend_amount FROM build.fct_ad_restatement WHERE ad_date = '{later}' ORDER BY as_of_date",
    )
    assert spend == [(Decimal("3.00"),), (Decimal("0"),)]


def test_euros_are_converted_at_the_days_own_rate(ads: Settings) -> None:
    rows = read(
        ads,
        "SELECT currency, fx_rate, fx_date, spend_reporting_amount FROM build.fct_ad_performance_daily"
        f" WHERE ad_date = '{DAY}' ORDER BY platform",
    )
    assert rows == [
        ("USD", Decimal("1"), DAY, Decimal("2.0000")),
        ("EUR", Decimal("1.0823000000"), DAY, Decimal("5.4223")),
    ]


def test_both_accounts_sell_for_the_only_shop(ads: Settings) -> None:
    rows = read(
        ads, "SELECT platform, store_id, is_zone_mismatch FROM build.int_ad_accounts__assigned ORDER BY 1"
    )
    assert rows == [("google_ads", STORE, False), ("meta", STORE, False)]
