"""The delivery report: what it counts, how it is labelled, and that it is mailed once."""

from datetime import date, timedelta

import pytest

from include.activation import ledger, sla
from include.activation.destinations.smtp import Mail
from include.errors import Stop
from include.warehouse.connect import connect
from tests.activation.house import DAY, actions, fill, stale


@pytest.fixture
def marts(settings):
    """Four weeks of parcels: UPS keeps its word, FedEx does not."""
    fill(settings, "mart.dim_location", {"location_id": "L1", "location_code": "CMH1"})
    days = [DAY - timedelta(days=n) for n in range(28)]
    fill(
        settings,
        "mart.mart_carrier_sla_daily",
        *(lane("UPS", "Ground", day, on_time=10) for day in days),
        *(lane("FedEx", "FEDEX_2_DAY", day, on_time=6, verdict="breached") for day in days),
    )
    fill(settings, "mart.fct_shipments", *(shipment(n, days[n % 28]) for n in range(60)))
    fill(
        settings,
        "mart.mart_supplier_performance",
        {
            "supplier_id": "31",
            "month": date(2026, 3, 1),
            "supplier_name": "Acme <Goods>",
            "lines_ordered": 10,
            "lines_due": 8,
            "lines_on_time_in_full": 4,
            "lead_time_days_p50": 7,
            "lead_time_days_p95": 12,
            "units_ordered": 100,
            "units_received": 90,
            "overdue_lines": 2,
        },
    )
    late = [parcel(n, "claimable" if n == 3 else "ineligible") for n in range(50)]
    fill(settings, "act.act_late_parcel", *late)
    fill(
        settings,
        "act.act_ship_today",
        {
            "item_key": "u",
            "kind": "unshipped",
            "order_name": "#1",
            "location_code": "CMH1",
            "hours_overdue": 30,
        },
    )
    return settings


def lane(carrier, service, day, on_time, verdict="met"):
    return {
        "carrier": carrier,
        "service": service,
        "lane": "OH-NV",
        "due_date": day,
        "shipments_due": 10,
        "attempted_on_time": on_time,
        "delivered_on_time": on_time - 1,
        "late": 10 - on_time,
        "overdue_undelivered": 1,
        "exceptions": 1,
        "lost": 0,
        "target_rate": 0.92,
        "rate_28d": on_time / 10,
        "shipments_28d": 280,
        "transit_days_p50": 3,
        "transit_days_p95": 6,
        "verdict": verdict,
        "service_transit_days_p50": 3,
        "service_transit_days_p95": 6,
        "service_verdict": verdict,
    }


def shipment(number, day):
    return {
        "shipment_id": f"s{number}",
        "carrier": "UPS",
        "service": "Ground",
        "location_id": "L1",
        "business_date": day,
        "promised_date": day if number % 2 else None,
        "is_delivered": True,
        "is_exception": number < 3,
        "exception_reason": "Damaged",
        "transit_days": 2 + number % 5,
        "order_to_ship_hours": 10 + number,
    }


def parcel(number, claim):
    return {
        "shipment_id": f"s{number}",
        "order_name": f"#{number}",
        "carrier": "UPS",
        "service": "Ground",
        "tracking_code": f"=1Z{number}",
        "promised_date": DAY,
        "days_late": number,
        "status": "in_transit",
        "claim_status": claim,
        "claim_type": "late",
        "claim_amount": 12.5,
        "currency": "USD",
        "claim_file_by_date": DAY + timedelta(days=5),
        "claim_reason": "Guaranteed; send the invoice.",
    }


def page(settings, name="sla.html"):
    return (settings.home / "reports" / DAY.isoformat() / name).read_text()


def test_both_measures_the_verdict_and_the_charts_are_there(marts, house):
    summary = sla.run(marts, DAY, house.destinations("smtp"))
    assert (summary["services"], summary["breached"], summary["claimable"]) == (2, 1, 1)
    text = page(marts)
    assert "UPS Ground" in text
    assert "100.0 %" in text
    assert text.count("<svg") == 6
    assert "Acme &lt;Goods&gt;" in text
    assert "50 % of the parcels shipped had a promise" in text


def test_claims_come_first_and_long_lists_go_on_in_a_csv(marts, house):
    sla.run(marts, DAY, house.destinations("smtp"))
    text = page(marts)
    assert text.index("#3<") < text.index("#49<")
    assert "and 10 more" in text
    lines = page(marts, "late-parcels.csv").splitlines()
    assert len(lines) == 51
    assert "'=1Z3" in lines[1]
    assert "UPS" not in page(marts, "ship-today.csv")


def test_it_is_mailed_once_with_the_report_attached(marts, house):
    sla.run(marts, DAY, house.destinations("smtp"))
    sla.run(marts, DAY, house.destinations("smtp"))
    [mail] = house.sent("mails")
    assert mail["subject"] == "Delivery report Mon 9 Mar [SIMULATED]"
    assert mail["attachments"] == ["delivery-report-2026-03-09.html"]
    assert "Breached: FedEx FEDEX_2_DAY" in mail["body"]
    assert len(actions(marts, "sla_report")) == 1


def test_a_mail_that_outlived_its_report_still_leaves(marts, house):
    sla.run(marts, DAY, house.destinations("smtp", mode="propose"))
    (marts.home / "reports" / DAY.isoformat() / "sla.html").unlink()
    with connect(marts, "activation") as conn:
        conn.execute("UPDATE ops.action SET mode = 'act'")
    mailer = Mail(house.destinations("smtp")["smtp"])
    sent = ledger.send(marts, [sla.KIND], "smtp", lambda action: sla._mailed(marts, mailer, action))
    assert (sent.confirmed, house.sent("mails")[0]["attachments"]) == (1, [])


def test_stale_sources_are_named_and_the_report_is_written_all_the_same(marts, house):
    stale(marts, "fct_shipments", "easypost.trackers")
    sla.run(marts, DAY, house.destinations("smtp"))
    assert "STALE: easypost.trackers did not arrive" in page(marts)
    assert house.sent("mails")[0]["subject"].endswith("[SIMULATED] [STALE]")
    assert "easypost.trackers" in page(marts, "index.html")


def test_an_empty_shop_has_an_empty_report(settings, house):
    sla.run(settings, DAY, house.destinations("smtp"))
    assert "No parcels were due." in page(settings)
    assert "Nothing is due or stuck." in page(settings)


def test_it_is_written_without_any_mailbox(marts):
    assert sla.run(marts, DAY, {})["sent"] == 0
    assert 'href="sla.html"' in page(marts, "index.html")


def test_another_day_is_refused(marts):
    with pytest.raises(Stop, match="not of 2026-03-10"):
        sla.run(marts, DAY + timedelta(days=1), {})
