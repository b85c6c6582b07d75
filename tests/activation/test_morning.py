"""The morning page: what has to be said first, how every list stands, and what the lists are known to change."""

from datetime import timedelta

import pytest

from include.activation import audiences, holdout, restock
from include.activation.destinations.base import Settled
from include.activation.reports import morning, reconciliation
from include.warehouse.connect import connect
from tests.activation.house import CARTS, DAY, actions, candidates, need, person, wish
from tests.activation.pretend import PENDING, pretended

TABLES = {
    "mart_unmapped_units": """channel text, channel_sku text, units_28d numeric, net_sales_28d_amount numeric,
        currency text, first_seen_date date, last_seen_date date""",
    "fct_orders": "order_id text, business_date date, is_sale bool, currency text, fx_rate numeric",
    "mart_sales_bridge_daily": """store_id text, business_date date, line_no int, line_label text, kind text,
        amount numeric, running_amount numeric, currency text, is_complete bool""",
    "mart_ad_bridge_daily": """platform text, account_id text, business_date date, line_no int, line_label text,
        kind text, amount numeric, currency text, is_provisional bool""",
    "mart_reconciliation": "check_name text, business_date date, severity text, is_explained bool",
    "mart_audience_effect": """audience text, as_of_day date, window_days int, treated_people int,
        held_out_people int, treated_rate numeric, held_out_rate numeric, lift numeric, lift_low numeric,
        lift_high numeric, is_conclusive bool, treated_revenue_per_person_amount numeric,
        held_out_revenue_per_person_amount numeric, currency text""",
}


@pytest.fixture
def marts(settings):
    """These marts are there and empty."""
    with connect(settings, "publisher") as conn:
        for name, columns in TABLES.items():
            conn.execute(f"CREATE TABLE IF NOT EXISTS mart.{name} ({columns})")
    return settings


def add(settings, mart, *values):
    with connect(settings, "publisher") as conn:
        conn.execute(f"INSERT INTO mart.{mart} VALUES ({', '.join(['%s'] * len(values))})", values)


def judge(settings, metric, value, target, status, direction="max", day=DAY):
    with connect(settings, "publisher") as conn:
        conn.execute(
            "INSERT INTO mart.mart_marketplace_seller_health"
            " (store_id, metric, as_of_day, value, target_rate, warn_rate, status, direction)"
            " VALUES ('amazon:ATVPDKIKX0DER', %s, %s, %s, %s, %s, %s, %s)",
            [metric, day, value, target, target, status, direction],
        )
        conn.execute(
            "INSERT INTO mart.dim_store VALUES ('amazon:ATVPDKIKX0DER', 'Amazon.com') ON CONFLICT DO NOTHING"
        )


def page(settings):
    morning.write(settings, DAY)
    text = (settings.home / "reports" / DAY.isoformat() / "index.html").read_text()
    return " ".join(text.split())


@pytest.mark.parametrize("state", ["settings", "marts"])
def test_without_marts_and_with_empty_ones_there_is_nothing_to_say_first(request, state):
    text = page(request.getfixturevalue(state))
    for word in ("UNMAPPED", "NO EXCHANGE RATE", "BREACH", "WARNING", "95 % sure"):
        assert word not in text


def test_unmapped_units_head_the_page_and_the_buyers_digest(marts, house):
    add(marts, "mart_unmapped_units", "amazon", "LP-UNMAPPED", 12, 99, "USD", DAY, DAY)
    add(marts, "mart_unmapped_units", "amazon", "LP-GONE", 0, 0, "USD", DAY, DAY)
    said = "UNMAPPED: 12 units sold in 28 days are no SKU of ours and in no need: map LP-UNMAPPED (amazon)"
    text = page(marts)
    assert said in text
    assert "LP-GONE" not in text
    assert text.index(said) < text.index("net sales" if "net sales" in text else "orders")
    wish(marts, need())
    restock.run(marts, DAY, house.destinations("slack"))
    assert said in str(actions(marts, "restock_digest")[0]["payload"]["labels"])
    assert "LP-UNMAPPED" in str(house.sent("messages"))


def test_missing_exchange_rates_are_named_with_their_days(marts):
    add(marts, "fct_orders", "1", DAY, True, "SEK", None)
    add(marts, "fct_orders", "2", DAY - timedelta(days=2), True, "SEK", None)
    add(marts, "fct_orders", "3", DAY, False, "NOK", None)
    add(marts, "fct_orders", "4", DAY, True, "EUR", 1.1)
    add(marts, "fct_orders", "5", DAY - timedelta(days=28), True, "CHF", None)
    text = page(marts)
    assert "NO EXCHANGE RATE: 2 orders in SEK (Sat 7 Mar to Mon 9 Mar) are in no total" in text
    assert "NOK" not in text
    assert "CHF" not in text


def test_a_marketplace_that_loses_patience_is_told_before_all(marts):
    judge(marts, "late_shipment_rate_30d", 0.035, 0.04, "warn")
    judge(marts, "valid_tracking_rate", 0.9, 0.95, "breach", "min")
    judge(marts, "order_defect_rate", 0.001, 0.01, "ok")
    judge(marts, "cancellation_rate", 0.5, 0.025, "breach", day=DAY - timedelta(days=1))
    text = page(marts)
    breach = "BREACH: valid tracking rate at Amazon.com is 90.00 %, at least 95.00 % is asked for"
    warning = "WARNING: late shipment rate 30d at Amazon.com is 3.50 %, at most 4.00 % is asked for"
    assert text.index(breach) < text.index(warning)
    assert "order defect" not in text
    assert "cancellation" not in text


def test_only_an_effect_beyond_doubt_is_told(marts):
    sure = (0.5, 0.1, 0.4, 0.184805, 0.561813, True, 5, 2, "USD")
    add(marts, "mart_audience_effect", "abandoned_cart", DAY, 28, 40, 30, *sure)
    add(
        marts,
        "mart_audience_effect",
        "post_purchase",
        DAY,
        28,
        41,
        31,
        0.1,
        0.1,
        0,
        -0.1,
        0.1,
        False,
        1,
        1,
        "USD",
    )
    add(marts, "mart_audience_effect", "lapsed_valuable", DAY - timedelta(days=1), 28, 42, 32, *sure)
    text = page(marts)
    assert (
        "Abandoned cart: 50.0 % of 40 people bought within 28 days, of 30 held out 10.0 %: a difference of +40.0 points"
        " (95 % sure: +18.5 to +56.2); 5.00 USD per person against 2.00 USD"
    ) in text
    assert text.count("95 % sure") == 1


def test_every_list_stands_with_what_is_under_way(settings, monkeypatch):
    places = pretended(monkeypatch)
    ann, bob, cid, dan = (person(settings, f"{name}@example.com") for name in ("ann", "bob", "cid", "dan"))
    monkeypatch.setattr(holdout, "is_held_out", lambda secret, key, share=0.1: key == dan)
    candidates(settings, ann, bob, dan)
    audiences.run(settings, DAY, places.connected("google_data_manager"))
    candidates(settings, ann, cid, dan)
    places.google.answers = [Settled("done"), PENDING, PENDING]
    audiences.run(settings, DAY, places.connected("google_data_manager"))
    figures = "".join(f'<td class="n">{figure}</td>' for figure in (1, 0, 0, 1, 1, 1))
    assert f"<td>{CARTS.replace('_', ' ')}</td><td>google data manager</td>{figures}" in page(settings)


def test_the_bridge_of_the_night_and_what_nobody_can_explain_are_on_the_page(marts):
    with connect(marts, "publisher") as conn:
        conn.execute("INSERT INTO mart.dim_store VALUES ('s', 'Larkspur') ON CONFLICT DO NOTHING")
    for place, label, kind, amount in (
        (1, "Our net sales", "ours", 90), (2, "Tax", "step", 7.2), (3, "Shipping", "step", 0),
        (4, "Not explained", "unexplained", 0), (5, "Total sales in Shopify", "shown", 97.2),
    ):  # fmt: skip
        add(marts, "mart_sales_bridge_daily", "s", DAY, place, label, kind, amount, amount, "USD", True)
        add(
            marts,
            "mart_sales_bridge_daily",
            "s",
            DAY - timedelta(days=1),
            place,
            label,
            kind,
            1,
            1,
            "USD",
            True,
        )
    add(marts, "mart_ad_bridge_daily", "meta", "act_1", DAY, 1, "Our net sales", "ours", None, "EUR", True)
    add(marts, "mart_ad_bridge_daily", "meta", "act_1", DAY, 2, "In the ad manager", "shown", 12, "EUR", True)
    for check, severity, is_explained in (
        ("orders_are_their_day", "error", True), ("payout", "warning", False), ("payout", "warning", True),
        ("conversions", "claim", False),
    ):  # fmt: skip
        add(marts, "mart_reconciliation", check, DAY, severity, is_explained)
    text = page(marts)
    assert '<td>Total sales in Shopify</td><td class="n ">97.20</td>' in text
    assert "Shipping" not in text
    assert "meta act 1 (may still change)" in text
    assert "Our own sums: 1 comparisons, no difference without an explanation." in text
    assert "What the sources say: 1 of 2 comparisons differ without an explanation, last on" in text
    assert (
        "What ad platforms and Klaviyo claim: other than our orders on 1 of 1 days, by their own way of counting."
        in text
    )
    with connect(marts, "activation") as conn:
        shop, ads = reconciliation.bridges(conn, DAY)
    assert (
        shop.sentence
        == "Our net sales 90.00, Tax 7.20, Not explained 0.00 = Total sales in Shopify 97.20 USD"
    )
    assert ads.sentence == "Our net sales – = In the ad manager 12.00 EUR"
