"""The ERP's models and the methods JSON-2 can call on them."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from inspect import signature
from typing import Any

import orjson

from include.sandbox.faces import Sandbox
from include.sandbox.faces.odoo.domain import compiled
from include.sandbox.faces.odoo.drafts import Drafts
from include.sandbox.faces.odoo.errors import Raised, not_a_field
from include.sandbox.faces.odoo.fields import FIELDS, RELATIONS
from include.sandbox.faces.odoo.purchases import Purchases
from include.sandbox.faces.odoo.records import Records, Row
from include.sandbox.faces.odoo.stock import Stock

DEFAULT_ORDER = {"purchase.order": "id desc"}
KEPT_ANSWERS = 8
Rows = Callable[[datetime], list[Row]]


class Models:
    """One transaction per call: every call sees the facts of one instant."""

    def __init__(self, sandbox: Sandbox):
        self._clock = sandbox.clock
        records = Records(sandbox.world)
        stock, purchases = Stock(records), Purchases(records)
        self.drafts = Drafts(records, sandbox.state)
        self._rows: dict[str, Rows] = {
            "res.partner": records.partners,
            "product.supplierinfo": records.supplier_infos,
            "product.product": records.products,
            "stock.location": records.stock_locations,
            "stock.warehouse": records.warehouses,
            "stock.picking.type": records.picking_types,
            "stock.move": stock.stock_moves,
            "stock.quant": stock.quants,
            "purchase.order": lambda now: [*purchases.orders(now), *self.drafts.order_rows()],
            "purchase.order.line": lambda now: [*purchases.lines(now), *self.drafts.line_rows()],
        }
        self._found: dict[Any, list[Row]] = {}

    def call(self, model: str, method: str, arguments: dict[str, Any]) -> Any:
        """The method's value, or `Raised`. `arguments` are the named ones, with `ids` and `context`."""
        if model not in self._rows:
            raise Raised("werkzeug.exceptions.NotFound", f"the model {model!r} does not exist")
        function = METHODS.get(method)
        if function is None:
            raise Raised("werkzeug.exceptions.NotFound", f"The method '{model}.{method}' does not exist")
        try:
            call = signature(function).bind(self, model, **arguments)
        except TypeError as error:
            raise Raised("werkzeug.exceptions.UnprocessableEntity", str(error)) from None
        return function(*call.args, **call.kwargs)

    def search_read(
        self,
        model: str,
        domain: Sequence[Any] = (),
        fields: Sequence[str] = (),
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
        context: dict[str, Any] | None = None,
    ) -> list[Row]:
        rows = self._search(model, domain, order, context)
        return self._read(model, _slice(rows, offset, limit), fields)

    def search(
        self,
        model: str,
        domain: Sequence[Any] = (),
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
        context: dict[str, Any] | None = None,
    ) -> list[int]:
        return [row["id"] for row in _slice(self._search(model, domain, order, context), offset, limit)]

    def search_count(
        self, model: str, domain: Sequence[Any] = (), context: dict[str, Any] | None = None
    ) -> int:
        return len(self._search(model, domain, "id", context))

    def read(
        self,
        model: str,
        ids: Sequence[int],
        fields: Sequence[str] = (),
        context: dict[str, Any] | None = None,
    ) -> list[Row]:
        rows = {row["id"]: row for row in self._all(model)}
        if missing := [id_ for id_ in ids if id_ not in rows]:
            message = f"Record does not exist or has been deleted.\n(Record: {model}({missing[0]},), User: 2)"
            raise Raised("odoo.exceptions.MissingError", message)
        return self._read(model, [rows[id_] for id_ in ids], fields)

    def fields_get(
        self,
        model: str,
        allfields: Sequence[str] = (),
        attributes: Sequence[str] = (),
        context: dict[str, Any] | None = None,
    ) -> dict[str, dict[str, str]]:
        """Those of `allfields` (default: all) that the model has; unknown names are left out, not refused."""
        told = {name: {"name": name, "type": type_} for name, type_ in FIELDS[model].items()}
        chosen = {name: told[name] for name in allfields or told if name in told}
        if not attributes:
            return chosen
        return {name: {key: one[key] for key in attributes if key in one} for name, one in chosen.items()}

    def create(self, model: str, vals_list: Any, context: dict[str, Any] | None = None) -> list[int]:
        _only_orders(model, "create")
        many = [vals_list] if isinstance(vals_list, dict) else vals_list
        return self.drafts.create(many, self._clock.now())

    def write(
        self, model: str, ids: Sequence[int], vals: dict[str, Any], context: dict[str, Any] | None = None
    ) -> bool:
        _only_orders(model, "write")
        self.drafts.write(ids, vals, self._clock.now())
        return True

    def button_confirm(self, model: str, ids: Sequence[int], context: dict[str, Any] | None = None) -> bool:
        _only_orders(model, "write")
        self.drafts.set_state(ids, "purchase", self._clock.now())
        return True

    def button_cancel(self, model: str, ids: Sequence[int], context: dict[str, Any] | None = None) -> None:
        _only_orders(model, "write")
        self.drafts.set_state(ids, "cancel", self._clock.now())

    def unlink(self, model: str, ids: Sequence[int], context: dict[str, Any] | None = None) -> bool:
        _only_orders(model, "unlink")
        self.drafts.unlink(ids)
        return True

    def _all(self, model: str) -> list[Row]:
        return self._rows[model](self._clock.now())

    def _search(
        self, model: str, domain: Sequence[Any], order: str | None, context: dict[str, Any] | None
    ) -> list[Row]:
        """Rows in the domain and in order."""
        terms = _ordering(order or DEFAULT_ORDER.get(model, "id"))
        is_active_test = (context or {}).get("active_test", True)
        *base, last = domain or [None]
        if (
            terms == [("id", False)]
            and isinstance(last, list)
            and last[:2] == ["id", ">"]
            and _is_plain(base)
        ):
            rows = self._found_before(model, base, terms, is_active_test)
            return rows[bisect_right(rows, last[2], key=lambda row: row["id"]) :]
        return self._found_before(model, domain, terms, is_active_test)

    def _found_before(
        self, model: str, domain: Sequence[Any], terms: list[tuple[str, bool]], is_active_test: bool
    ) -> list[Row]:
        """The latest answers are kept: whoever pages asks the same again. Purchases change under us, so not theirs."""
        key = (model, orjson.dumps(domain), str(terms), is_active_test, self._clock.now())
        if key in self._found and not model.startswith("purchase."):
            return self._found[key]
        if len(self._found) >= KEPT_ANSWERS:
            self._found.pop(next(iter(self._found)))
        self._found[key] = self._find(model, domain, terms, is_active_test)
        return self._found[key]

    def _find(
        self, model: str, domain: Sequence[Any], terms: list[tuple[str, bool]], is_active_test: bool
    ) -> list[Row]:
        holds = compiled(domain, partial(_check_field, model), self._reader())
        asks_active = any(isinstance(item, list) and item[:1] == ["active"] for item in domain)
        hides = is_active_test and "active" in FIELDS[model] and not asks_active
        found = [row for row in self._all(model) if holds(row) and not (hides and not row["active"])]
        for name, descending in reversed(terms):
            _check_field(model, name)
            found.sort(key=lambda row: _sortable(row[name]), reverse=descending)
        return found

    def _reader(self) -> Callable[[Row, str], Any]:
        """Reads a row's value by its dotted name, through many2ones."""
        known: dict[str, dict[int, Row]] = {}

        def read(row: Row, name: str) -> Any:
            first, _, rest = name.partition(".")
            value = row.get(first, False)
            if not rest or value is False:
                return value
            model = RELATIONS[first]
            if model not in known:
                known[model] = {other["id"]: other for other in self._all(model)}
            return read(known[model].get(value[0], {}), rest)

        return read

    def _read(self, model: str, rows: list[Row], fields: Sequence[str]) -> list[Row]:
        for name in fields:
            _check_field(model, name)
        names = ["id", *(name for name in fields if name != "id")]
        return [{name: row[name] for name in names} for row in rows] if fields else rows


METHODS: dict[str, Callable[..., Any]] = {
    "search_read": Models.search_read,
    "search": Models.search,
    "search_count": Models.search_count,
    "read": Models.read,
    "fields_get": Models.fields_get,
    "create": Models.create,
    "write": Models.write,
    "button_confirm": Models.button_confirm,
    "button_cancel": Models.button_cancel,
    "unlink": Models.unlink,
}


def _check_field(model: str, name: str) -> None:
    first = name.split(".")[0]
    if first not in FIELDS[model]:
        raise not_a_field(first, model)


def _is_plain(domain: Sequence[Any]) -> bool:
    """Only conditions that must all hold."""
    return all(isinstance(item, list) for item in domain)


def _only_orders(model: str, operation: str) -> None:
    if model != "purchase.order":
        message = f"You are not allowed to {operation} '{model}' records."
        raise Raised("odoo.exceptions.AccessError", message)


def _slice(rows: list[Row], offset: int, limit: int | None) -> list[Row]:
    return rows[offset : offset + limit] if limit else rows[offset:]


def _ordering(order: str) -> list[tuple[str, bool]]:
    """`"write_date asc, id desc"` as pairs of name and whether it descends."""
    terms = [term.split() for term in order.split(",")]
    if not all(1 <= len(term) <= 2 and term[-1].lower() not in ("", ",") for term in terms):
        raise Raised("odoo.exceptions.UserError", f'Invalid "order" specified ({order})')
    return [(term[0], term[-1].lower() == "desc") for term in terms]


def _sortable(value: Any) -> tuple[bool, Any]:
    """Empty ones last; a many2one by its name."""
    if isinstance(value, list):
        return (False, str(value[1]) if len(value) > 1 else "")
    return (value is False, 0 if value is False else value)
