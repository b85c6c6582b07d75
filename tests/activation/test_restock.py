"""Restock needs: told once per cycle, drafted once, and never twice by a second run."""

import pytest
import requests

from include.activation import cycles, restock
from include.errors import Stop, Wait
from include.warehouse.connect import connect
from tests.activation.house import (
    DAY,
    NEXT,
    actions,
    cycles_by_age,
    need,
    next_night,
    position,
    rows,
    stale,
    wish,
)


def test_one_digest_per_supplier_a_draft_and_the_buyer_s_csv(settings, house):
    other = need("TEA-1", supplier_id="32", supplier_name="=Böse & Söhne", supplier_min_order_met=False)
    wish(settings, need(), need(location="RNO1", severity="out"), other)
    summary = restock.run(settings, DAY, house.destinations())
    assert (summary["needs"], summary["drafts"], summary["digests"], summary["failed"]) == (3, 2, 4, 0)
    assert sorted(message["text"] for message in house.sent("messages")) == [
        "Restock =Böse & Söhne: 1 new of 1 needs [SIMULATED]",
        "Restock Acme Goods: 2 new of 2 needs [SIMULATED]",
    ]
    assert {mail["subject"] for mail in house.sent("mails")} == {m["text"] for m in house.sent("messages")}
    csv = (settings.home / "reports" / DAY.isoformat() / "restock-acme-goods.csv").read_text("utf-8-sig")
    assert csv.splitlines()[1].startswith("COF-1,Coffee,RNO1,ORDER,out,24")
    assert "SIMULATED" in (settings.home / "reports" / DAY.isoformat() / "index.html").read_text()


def test_the_same_night_again_sends_nothing(settings, house):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations())
    again = restock.run(settings, DAY, house.destinations())
    assert (again["sent"], again["drafts"], again["digests"]) == (0, 0, 0)
    assert [len(house.sent(what)) for what in ("messages", "mails", "purchase-orders")] == [1, 1, 1]


def test_a_moving_forecast_opens_no_second_cycle_but_getting_worse_is_news(settings, house):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations())
    next_night(settings, need(qty_to_order=36, is_awaiting_approval=True))
    assert restock.run(settings, NEXT, house.destinations())["digests"] == 0
    next_night(settings, need(severity="late", is_awaiting_approval=True))
    restock.run(settings, NEXT, house.destinations())
    assert len(house.sent("messages")) == 2
    assert len(house.sent("purchase-orders")) == 1
    [cycle] = rows(settings, "SELECT * FROM ops.restock_cycle")
    assert (cycle["opened_on"], cycle["state"]) == (DAY, "awaiting_approval")


@pytest.mark.parametrize(("units", "drafted"), [(61, 0), (65, 0), (84, 24)])
def test_a_need_that_a_moving_forecast_hides_for_a_night_keeps_its_cycle(settings, house, units, drafted):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations())
    next_night(settings)
    position(settings, units, drafted)
    assert restock.run(settings, NEXT, house.destinations())["needs"] == 0
    next_night(settings, need())
    restock.run(settings, NEXT, house.destinations())
    assert cycles_by_age(settings) == ["awaiting_approval"]
    assert [len(house.sent(what)) for what in ("messages", "mails", "purchase-orders")] == [1, 1, 1]


def test_what_the_marts_are_silent_about_closes_no_cycle(settings, house):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations("slack"))
    position(settings, 500, day=DAY)
    next_night(settings)
    restock.run(settings, NEXT, house.destinations("slack"))
    assert cycles_by_age(settings) == ["open"]


def test_a_need_that_was_met_and_comes_back_is_a_new_cycle(settings, house):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations())
    next_night(settings)
    position(settings, 66)
    restock.run(settings, NEXT, house.destinations())
    next_night(settings, need())
    restock.run(settings, NEXT, house.destinations())
    assert cycles_by_age(settings) == ["closed", "awaiting_approval"]
    assert len(house.sent("purchase-orders")) == 2
    assert len(house.sent("messages")) == 2


def test_transfers_and_hurrying_are_told_but_not_ordered(settings, house):
    transfer = need(advice="TRANSFER", qty_to_order=0, transfer_from_location_code="RNO1", transfer_qty=10)
    wish(settings, transfer, need("TEA-1", advice="EXPEDITE", qty_to_order=0, expedite_po_name="P00601"))
    restock.run(settings, DAY, house.destinations())
    assert house.sent("purchase-orders") == []
    assert len(house.sent("messages")) == 1


def test_stale_stock_is_told_as_stale_and_drafts_nothing_and_closes_nothing(settings, house):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations("slack"))
    stale(settings, "act_restock_order", "odoo.stock_quants")
    wish(settings, need("TEA-1"))
    summary = restock.run(settings, DAY, house.destinations())
    assert (summary["stale"], summary["drafts"]) == (True, 0)
    assert house.sent("messages")[-1]["text"].endswith("[SIMULATED] [STALE]")
    assert {row["state"] for row in rows(settings, "SELECT state FROM ops.restock_cycle")} == {"open"}


def test_an_observing_account_gets_nothing_until_it_may_act(settings, house):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations(mode="observe"))
    assert [house.sent(what) for what in ("messages", "mails", "purchase-orders")] == [[], [], []]
    assert {(action["status"], action["mode"]) for action in actions(settings)} == {("proposed", "observe")}
    wish(settings, need(qty_to_order=30))
    restock.run(settings, DAY, house.destinations())
    assert [len(house.sent(what)) for what in ("messages", "mails", "purchase-orders")] == [1, 1, 1]
    assert house.sent("purchase-orders")[0]["lines"][0]["product_qty"] == 30


def test_suppliers_whose_names_ascii_cannot_say_have_files_of_their_own(settings, house):
    wish(settings, need(supplier_name="東京茶業"), need("TEA-1", supplier_id="32", supplier_name="京都茶業"))
    restock.run(settings, DAY, house.destinations("slack"))
    assert len(list((settings.home / "reports" / DAY.isoformat()).glob("restock-*.csv"))) == 2


def test_an_erp_that_is_away_is_asked_again_and_the_rest_goes_on(settings, house, monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)
    wish(settings, need())
    fault = {"vendor": "odoo", "kind": "down"}
    requests.post(f"{house.running.url}/_sandbox/faults", json=fault, timeout=5)
    with pytest.raises(Wait, match="could not be sent yet"):
        restock.run(settings, DAY, house.destinations())
    assert (len(house.sent("messages")), house.sent("purchase-orders")) == (1, [])
    requests.delete(f"{house.running.url}/_sandbox/faults", timeout=5)
    restock.run(settings, DAY, house.destinations())
    assert (len(house.sent("messages")), len(house.sent("purchase-orders"))) == (1, 1)


def test_a_dismissed_need_returns_only_on_material_change(settings, house):
    one = need()
    wish(settings, one)
    with connect(settings, "activation") as conn:
        cycles.dismiss(conn, one, "we have plenty", "ann")
    assert restock.run(settings, DAY, house.destinations())["shown"] == 0
    wish(settings, need(qty_to_order=26))
    assert restock.run(settings, DAY, house.destinations())["shown"] == 0
    wish(settings, need(qty_to_order=36))
    assert restock.run(settings, DAY, house.destinations())["shown"] == 1


def test_a_snoozed_need_sleeps_until_its_day(settings, house):
    wish(settings, need())
    with connect(settings, "activation") as conn:
        cycles.dismiss(conn, need(), "later", "ann", until=NEXT)
    assert restock.run(settings, DAY, house.destinations())["shown"] == 0
    next_night(settings, need())
    assert restock.run(settings, NEXT, house.destinations())["shown"] == 1


def test_marts_of_another_day_are_not_acted_on(settings, house):
    wish(settings, need())
    with pytest.raises(Stop, match="not of 2026-03-10"):
        restock.run(settings, NEXT, house.destinations())
    assert actions(settings) == []


def test_names_from_outside_are_neither_mark_up_nor_mentions(settings, house):
    wish(settings, need(title="<script>alert(1)</script>", reason="<!channel> *now*", supplier_name="A <b>"))
    restock.run(settings, DAY, house.destinations())
    assert "<!channel>" not in str(house.sent("messages")[0]["blocks"])
    body = house.sent("mails")[0]["body"]
    assert "<script>" not in body
    assert "&lt;script&gt;" in body


def test_a_crash_after_planning_is_finished_by_the_next_run(settings, house, monkeypatch):
    wish(settings, need())
    with monkeypatch.context() as broken:
        broken.setattr(restock, "_send", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restock.run(settings, DAY, house.destinations())
    assert house.sent("messages") == []
    restock.run(settings, DAY, house.destinations())
    assert [len(house.sent(what)) for what in ("messages", "mails", "purchase-orders")] == [1, 1, 1]
