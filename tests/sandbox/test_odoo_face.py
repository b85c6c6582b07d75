"""Odoo's JSON-2 as the sandbox plays it."""

import pytest
import requests

from include.sandbox import credentials
from tests.sandbox.tiny import at, served

DRAFT = {
    "partner_id": 31,
    "picking_type_id": 18,
    "x_nightshift_key": "restock/31/2026-03-10",
    "date_planned": "2026-03-17 12:00:00",
    "order_line": [[0, 0, {"product_id": 401, "product_qty": 12, "price_unit": 4.0}]],
}


class Erp:
    """A client as small as can be."""

    def __init__(self, running):
        self.running, self.url = running, f"{running.url}/odoo"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"bearer {credentials.ODOO_API_KEY}"

    def post(self, model: str, method: str, **arguments) -> requests.Response:
        return self.session.post(f"{self.url}/json/2/{model}/{method}", json=arguments, timeout=10)

    def call(self, model: str, method: str, **arguments):
        answer = self.post(model, method, **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, model: str, domain: list, **more) -> list[int]:
        return self.call(model, "search", domain=domain, **more)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with served(tmp_path_factory.mktemp("odoo"), "odoo") as running:
        yield running


@pytest.fixture
def erp(shared):
    """For tests that only read: one server for all of them, its clock at the start of the day."""
    shared.sandbox.clock.set(None)
    return Erp(shared)


@pytest.fixture
def own_erp(tmp_path):
    """For tests that write."""
    with served(tmp_path, "odoo") as running:
        yield Erp(running)


def test_records_look_as_odoo_s_do(erp):
    [order] = erp.call("purchase.order", "search_read", domain=[["id", "=", 601]])
    assert order["partner_id"] == [31, "Acme Goods"]
    assert order["picking_type_id"] == [8, "CMH1: Receipts"]
    assert (order["state"], order["receipt_status"], order["date_approve"]) == (
        "purchase",
        "partial",
        "2026-03-03 12:00:00",
    )
    assert order["write_date"] == "2026-03-08 12:00:00"
    assert order["partner_ref"] is False
    assert order["amount_total"] == 96.0
    [supplier] = erp.call(
        "res.partner", "search_read", domain=[["supplier_rank", ">", 0]], fields=["email", "country_code"]
    )
    assert supplier == {"id": 31, "email": "orders@acme.example", "country_code": "US"}
    [offer] = erp.call(
        "product.supplierinfo", "search_read", fields=["min_qty", "x_pack_size", "delay", "product_id"]
    )
    assert offer == {
        "id": 41,
        "min_qty": 12.0,
        "x_pack_size": 6,
        "delay": 7,
        "product_id": [401, "[COF-1] Coffee"],
    }


def test_the_future_is_invisible(erp):
    assert erp.ids("purchase.order", []) == [602, 601]
    [line] = erp.call("purchase.order.line", "read", ids=[701], fields=["qty_received"])
    assert line["qty_received"] == 10.0
    assert erp.ids("stock.move", []) == [801, 802, 803, 804]
    assert 403 not in erp.ids("product.product", [], context={"active_test": False})
    erp.running.sandbox.clock.set(at(25))
    [order] = erp.call("purchase.order", "read", ids=[601], fields=["receipt_status", "write_date"])
    assert (order["receipt_status"], order["write_date"]) == ("full", "2026-03-15 12:00:00")
    assert 805 in erp.ids("stock.move", [])


def test_archived_products_are_hidden_unless_asked_for(erp):
    assert erp.ids("product.product", []) == [401]
    assert erp.ids("product.product", [], context={"active_test": False}) == [401, 402]
    assert erp.ids("product.product", [["active", "=", False]]) == [402]
    [unknown_cost] = erp.call("product.product", "read", ids=[402], fields=["standard_price", "barcode"])
    assert unknown_cost == {"id": 402, "standard_price": 0.0, "barcode": False}


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ([["write_date", ">=", "2026-03-08 12:00:00"]], [803, 804]),
        ([["write_date", ">", "2026-03-08 12:00:00"], ["state", "=", "done"]], [804]),
        (["|", ["id", "=", 801], ["location_dest_id", "=", 5]], [801, 802]),
        (["!", ["x_kind", "in", ["sale", "opening"]]], [803, 804]),
        (["&", ["quantity", "<", 10], "|", ["x_kind", "=", "sale"], ["x_kind", "=", "transfer"]], [802, 804]),
        ([["x_kind", "not in", ["sale"]], ["quantity", "<=", 10]], [803, 804]),
        ([["location_dest_id", "ilike", "customers"]], [802]),
        ([["location_id.usage", "!=", "internal"]], [801, 803]),
        ([["purchase_line_id", "!=", False]], [803]),
        ([["origin", "=", False]], [801]),
        ([["reference", "like", "p006"]], []),
        ([["reference", "not ilike", "p006"]], [801, 802, 804]),
    ],
    ids=str,
)
def test_domains(erp, domain, found):
    assert erp.ids("stock.move", domain, order="id") == found
    assert erp.call("stock.move", "search_count", domain=domain) == len(found)


def test_order_limit_and_offset(erp):
    assert erp.ids("stock.move", [], order="write_date desc, id asc", limit=2, offset=1) == [803, 802]
    assert erp.ids("stock.move", [], order="x_kind, id") == [801, 803, 802, 804]


def test_stock_adds_up_and_open_orders_reserve(erp):
    quants = erp.call("stock.quant", "search_read", domain=[["location_id.usage", "=", "internal"]])
    stock = {quant["location_id"][1]: (quant["quantity"], quant["reserved_quantity"]) for quant in quants}
    assert stock == {"CMH1/Stock": (54.0, 1.0), "RNO1/Stock": (5.0, 4.0)}
    places = erp.call(
        "stock.location", "search_read", domain=[["usage", "=", "internal"]], fields=["complete_name"]
    )
    assert places == [{"id": 8, "complete_name": "CMH1/Stock"}, {"id": 18, "complete_name": "RNO1/Stock"}]


def test_a_draft_is_created_once_per_key_and_survives_a_restart(tmp_path):
    with served(tmp_path, "odoo") as running:
        erp = Erp(running)
        [order_id] = erp.call("purchase.order", "create", vals_list=[DRAFT])
        again = erp.post("purchase.order", "create", vals_list=[DRAFT])
    assert again.status_code == 422
    assert again.json()["name"] == "odoo.exceptions.ValidationError"
    assert f"purchase.order,{order_id}" in again.json()["message"]
    with served(tmp_path, "odoo") as running:
        erp = Erp(running)
        [draft] = erp.call(
            "purchase.order", "search_read", domain=[["x_nightshift_key", "=", DRAFT["x_nightshift_key"]]]
        )
        [line] = erp.call("purchase.order.line", "search_read", domain=[["order_id", "=", order_id]])
        [kept] = requests.get(f"{running.url}/_sandbox/purchase-orders", timeout=5).json()
    assert (draft["id"], draft["state"], draft["amount_total"]) == (order_id, "draft", 48.0)
    assert draft["picking_type_id"] == [18, "RNO1: Receipts"]
    assert (line["product_id"], line["product_qty"]) == ([401, "[COF-1] Coffee"], 12.0)
    assert kept["x_nightshift_key"] == DRAFT["x_nightshift_key"]


def test_a_draft_is_changed_and_confirmed_by_people_only(own_erp):
    [order_id] = own_erp.call("purchase.order", "create", vals_list=DRAFT)
    [line] = own_erp.call("purchase.order", "read", ids=[order_id])[0]["order_line"]
    own_erp.call(
        "purchase.order", "write", ids=[order_id], vals={"order_line": [[1, line, {"product_qty": 24}]]}
    )
    own_erp.running.sandbox.clock.set(at(20))
    [draft] = own_erp.call("purchase.order", "read", ids=[order_id], fields=["state", "amount_untaxed"])
    assert draft == {"id": order_id, "state": "draft", "amount_untaxed": 96.0}
    own_erp.call("purchase.order", "button_confirm", ids=[order_id])
    [order] = own_erp.call("purchase.order", "read", ids=[order_id], fields=["state", "date_approve"])
    assert order == {"id": order_id, "state": "purchase", "date_approve": "2026-03-20 12:00:00"}


def test_an_order_is_deleted_once_it_is_cancelled_and_its_id_stays_gone(own_erp):
    [order_id] = own_erp.call("purchase.order", "create", vals_list=DRAFT)
    refused = own_erp.post("purchase.order", "unlink", ids=[order_id])
    assert (refused.status_code, refused.json()["name"]) == (422, "odoo.exceptions.UserError")
    own_erp.call("purchase.order", "button_cancel", ids=[order_id])
    assert own_erp.call("purchase.order", "unlink", ids=[order_id]) is True
    assert own_erp.ids("purchase.order", [["id", "=", order_id]]) == []
    assert own_erp.ids("purchase.order.line", [["order_id", "=", order_id]]) == []
    assert own_erp.call("purchase.order", "create", vals_list=DRAFT) == [order_id + 1]


@pytest.mark.parametrize(
    ("model", "method", "arguments", "status", "name"),
    [
        ("no.model", "read", {}, 404, "werkzeug.exceptions.NotFound"),
        ("res.partner", "vanish", {}, 404, "werkzeug.exceptions.NotFound"),
        ("res.partner", "search_read", {"colour": 1}, 422, "werkzeug.exceptions.UnprocessableEntity"),
        ("res.partner", "search_read", {"fields": ["colour"]}, 500, "builtins.ValueError"),
        ("res.partner", "search_read", {"domain": [["colour", "=", 1]]}, 500, "builtins.ValueError"),
        ("res.partner", "search_read", {"domain": ["|", ["id", "=", 1]]}, 500, "builtins.ValueError"),
        ("res.partner", "create", {"vals_list": [{}]}, 403, "odoo.exceptions.AccessError"),
        ("res.partner", "read", {"ids": [1]}, 404, "odoo.exceptions.MissingError"),
        ("purchase.order", "create", {"vals_list": [{}]}, 422, "odoo.exceptions.ValidationError"),
        ("purchase.order", "write", {"ids": [601], "vals": {}}, 403, "odoo.exceptions.AccessError"),
    ],
)
def test_errors_carry_the_exception(erp, model, method, arguments, status, name):
    answer = erp.post(model, method, **arguments)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert answer.json().keys() == {"name", "message", "arguments", "context", "debug"}


def test_a_refused_batch_creates_nothing(own_erp):
    other = {**DRAFT, "x_nightshift_key": "other"}
    assert (
        own_erp.post("purchase.order", "create", vals_list=[other, {**DRAFT, "partner_id": 1}]).status_code
        == 422
    )
    assert own_erp.ids("purchase.order", [["x_nightshift_key", "!=", False]]) == []


def test_who_may_ask(erp):
    assert requests.get(f"{erp.url}/web/version", timeout=5).json()["version"].startswith("19")
    erp.session.headers["X-Odoo-Database"] = "elsewhere"
    assert erp.post("res.partner", "search").status_code == 404
    erp.session.headers["X-Odoo-Database"] = credentials.ODOO_DATABASE
    assert erp.post("res.partner", "search").status_code == 200
    erp.session.headers["Authorization"] = "bearer other"
    refused = erp.post("res.partner", "search")
    assert (refused.status_code, refused.json()["message"]) == (401, "Invalid apikey")


def test_fields_get_tells_the_fields_every_record_has(own_erp):
    own_erp.call("purchase.order", "create", vals_list=[DRAFT])
    for model in (
        "res.partner",
        "product.supplierinfo",
        "product.product",
        "stock.location",
        "stock.warehouse",
    ):
        _assert_fields(own_erp, model)
    for model in ("stock.picking.type", "stock.move", "stock.quant", "purchase.order", "purchase.order.line"):
        _assert_fields(own_erp, model)
    asked = own_erp.call("stock.move", "fields_get", allfields=["x_kind", "x_unknown"], attributes=["type"])
    assert asked == {"x_kind": {"type": "char"}}


def _assert_fields(erp, model):
    told = erp.call(model, "fields_get").keys()
    for record in erp.call(model, "search_read", context={"active_test": False}):
        assert record.keys() == told, model


def test_paging_by_rising_id_gives_every_record_once(erp):
    seen: list[int] = []
    while page := erp.ids(
        "stock.move", [["state", "=", "done"], ["id", ">", seen[-1] if seen else 0]], order="id asc", limit=3
    ):
        seen += page
    assert seen == [801, 802, 803, 804]
