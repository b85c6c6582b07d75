"""Draft purchase orders: made once, kept to what was approved, made anew when somebody withdrew them."""

import pytest
import requests

from include.activation import drafts, ledger, restock
from include.errors import Wait
from include.sandbox.faces.odoo.drafts import KIND
from tests.activation.house import DAY, NEXT, actions, cycles_by_age, need, next_night, wish


def withdraw(house, order, how):
    """Somebody cancels the draft in the ERP, or deletes it."""
    state = house.running.sandbox.state
    if how == "deleted":
        state.delete(KIND, str(order["id"]))
    else:
        state.put(KIND, str(order["id"]), {**order, "state": "cancel"})


def test_drafts_are_made_per_warehouse_with_our_key_and_price(settings, house):
    wish(settings, need(), need(location="RNO1", qty_to_order=12))
    restock.run(settings, DAY, house.destinations("odoo"))
    west, east = sorted(house.sent("purchase-orders"), key=lambda order: order["lines"][0]["product_qty"])
    assert (west["partner_id"], west["picking_type_id"], west["state"]) == (31, 18, "draft")
    assert east["lines"][0]["product_id"] == 401
    assert east["lines"][0]["price_unit"] == 4.0
    assert east["x_nightshift_key"].startswith("nightshift/31/8/")
    assert [action["receipt"]["created"] for action in actions(settings)] == [True, True]


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_a_draft_that_was_withdrawn_is_made_anew_while_its_need_is_open(settings, house, how):
    wish(settings, need())
    restock.run(settings, DAY, house.destinations())
    [first] = house.sent("purchase-orders")
    withdraw(house, first, how)
    next_night(settings, need(qty_to_order=36))
    assert restock.run(settings, NEXT, house.destinations())["drafts"] == 1
    assert restock.run(settings, NEXT, house.destinations())["drafts"] == 0
    second = house.sent("purchase-orders")[-1]
    assert second["x_nightshift_key"] == f"{first['x_nightshift_key']}/2"
    assert second["lines"][0]["product_qty"] == 36.0
    withdraw(house, second, how)
    restock.run(settings, NEXT, house.destinations())
    assert house.sent("purchase-orders")[-1]["x_nightshift_key"] == f"{first['x_nightshift_key']}/3"
    assert cycles_by_age(settings) == ["awaiting_approval"]
    assert len(house.sent("messages")) == 1


def test_a_draft_of_which_the_erp_cannot_tell_is_not_made_anew(settings, house, monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)
    wish(settings, need())
    restock.run(settings, DAY, house.destinations())
    next_night(settings, need())
    fault = {"vendor": "odoo", "kind": "down"}
    requests.post(f"{house.running.url}/_sandbox/faults", json=fault, timeout=5)
    with pytest.raises(Wait, match="could not be sent yet"):
        restock.run(settings, NEXT, house.destinations())
    requests.delete(f"{house.running.url}/_sandbox/faults", timeout=5)
    restock.run(settings, NEXT, house.destinations())
    assert len(house.sent("purchase-orders")) == 1


def test_an_order_above_the_cap_waits_for_a_person(settings, house):
    wish(settings, need(order_value_amount=30_000))
    restock.run(settings, DAY, house.destinations())
    assert house.sent("purchase-orders") == []
    [draft] = actions(settings, drafts.KIND)
    ledger.approve(settings, draft["action_id"], "ann")
    restock.run(settings, DAY, house.destinations())
    assert len(house.sent("purchase-orders")) == 1


def test_an_approved_order_leaves_as_it_was_approved(settings, house):
    wish(settings, need(order_value_amount=30_000))
    restock.run(settings, DAY, house.destinations("odoo"))
    [draft] = actions(settings, drafts.KIND)
    ledger.approve(settings, draft["action_id"], "ann")
    next_night(
        settings, need(qty_to_order=240, order_value_amount=300_000), need("TEA-1", order_value_amount=1)
    )
    restock.run(settings, NEXT, house.destinations("odoo"))
    orders = [order["lines"] for order in house.sent("purchase-orders")]
    assert [[line["product_qty"] for line in lines] for lines in orders] == [[24.0], [24.0]]
    assert [
        action["payload"] for action in actions(settings) if action["action_id"] == draft["action_id"]
    ] == [draft["payload"]]


def test_an_order_of_unknown_value_waits_for_a_person_and_names_no_price(settings, house):
    wish(settings, need(order_value_amount=None, unit_cost_amount=None))
    restock.run(settings, DAY, house.destinations("odoo"))
    [draft] = actions(settings, drafts.KIND)
    assert (draft["mode"], draft["payload"]["lines"][0]["unit_price"]) == ("propose", None)
    assert house.sent("purchase-orders") == []
    ledger.approve(settings, draft["action_id"], "ann")
    restock.run(settings, DAY, house.destinations("odoo"))
    assert len(house.sent("purchase-orders")) == 1


def test_a_lost_answer_to_a_draft_makes_no_second_one(settings, house, monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)
    wish(settings, need())
    fault = {"vendor": "odoo", "kind": "truncate", "times": 1, "path": "/create"}
    requests.post(f"{house.running.url}/_sandbox/faults", json=fault, timeout=5)
    restock.run(settings, DAY, house.destinations("odoo"))
    [order] = house.sent("purchase-orders")
    [action] = actions(settings)
    assert action["receipt"] == {"id": order["id"], "name": order["name"], "created": False}
