"""Draft purchase orders in Odoo, each made once.

The order carries our key in the custom field `x_nightshift_key` (make it unique), or in `origin` where the
database lacks it. Before creating we search for the key; after an answer that was lost, again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from include.activation.destinations.base import Destination, Unsure
from include.clients.auth import bearer
from include.clients.pace import Clock
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import Stop, Wait

TRIES = 3


@dataclass(frozen=True)
class OrderLine:
    """Units of one product at our price; without one the ERP takes its own."""

    product_id: int
    quantity: float
    unit_price: float | None


class Erp:
    """One database; the connection's password is an API key, option `account` the database."""

    def __init__(self, destination: Destination, clock: Clock | None = None):
        database = str(destination.options.get("account") or "")
        headers = {"X-Odoo-Database": database} if database else {}
        self._session = Session(
            f"odoo {destination.name}",
            destination.base_url,
            bearer(destination.credential("api_key", "password"), "bearer", **headers),
            clock=clock,
            plain_http=bool(destination.options.get("allow_http")),
            explain=_explain,
        )
        self._key_field: str | None = None

    def draft(
        self, key: str, supplier_id: int, location_id: int, lines: Sequence[OrderLine]
    ) -> dict[str, Any]:
        """The draft with this key, made if there is none; receipt `{id, name, created}`."""
        for _ in range(TRIES):
            found = self._find(key)
            if found:
                return {**found, "created": False}
            try:
                [order_id] = self._create(key, supplier_id, location_id, lines)
            except Wait:
                continue
            except Stop:
                if other := self._find(key):
                    return {**other, "created": False}
                raise
            return {"id": order_id, "name": self._name(order_id), "created": True}
        raise Unsure("odoo: a draft purchase order may or may not have been made")

    def standing(self, keys: Iterable[str]) -> set[str]:
        """Those of our keys that still have an order which is not cancelled."""
        field = self._field()
        domain = [[field, "in", sorted(keys)], ["state", "!=", "cancel"]]
        return {row[field] for row in self._read("purchase.order", domain, [field], limit=None)}

    def _find(self, key: str) -> dict[str, Any] | None:
        found = self._read("purchase.order", [[self._field(), "=", key]], ["name", "state"])
        return {"id": found[0]["id"], "name": found[0]["name"]} if found else None

    def _name(self, order_id: int) -> str:
        found = self._read("purchase.order", [["id", "=", order_id]], ["name"])
        return found[0]["name"] if found else str(order_id)

    def _field(self) -> str:
        if self._key_field is None:
            # `origin` is in every database: an answer without it is not Odoo's, and says nothing of the other field
            wanted = {"allfields": ["x_nightshift_key", "origin"], "attributes": ["type"]}
            has = self._session.post("/json/2/purchase.order/fields_get", wanted, repeatable=True)
            if not (isinstance(has, dict) and "origin" in has):
                raise self._strange("about its fields")
            self._key_field = "x_nightshift_key" if "x_nightshift_key" in has else "origin"
        return self._key_field

    def _create(self, key: str, supplier_id: int, location_id: int, lines: Sequence[OrderLine]) -> list[int]:
        order: dict[str, Any] = {
            "partner_id": supplier_id,
            self._field(): key,
            "order_line": [[0, 0, _line(line)] for line in lines],
        }
        if receipts := self._receipts(location_id):
            order["picking_type_id"] = receipts
        body = {"vals_list": [order]}
        made = self._session.post("/json/2/purchase.order/create", body, repeatable=False)
        if not (isinstance(made, list) and len(made) == 1 and isinstance(made[0], int)):
            raise self._strange("about a new order")
        return made

    def _receipts(self, location_id: int) -> int | None:
        """The operation by which goods come into this stock location."""
        found = self._read("stock.warehouse", [["lot_stock_id", "=", location_id]], ["in_type_id"])
        return found[0]["in_type_id"][0] if found else None

    def _read(
        self, model: str, domain: list[Any], fields: list[str], limit: int | None = 1
    ) -> list[dict[str, Any]]:
        body = {"domain": domain, "fields": fields, "limit": limit}
        rows = self._session.post(f"/json/2/{model}/search_read", body, repeatable=True)
        if not (
            isinstance(rows, list)
            and all(isinstance(row, dict) and row.keys() >= set(fields) for row in rows)
        ):
            raise self._strange(f"about {model}")
        return rows

    def _strange(self, what: str) -> Wait:
        """Whoever answered that, it was not Odoo as we know it: a proxy, or an ERP half awake."""
        return Wait(f"{self._session.name}: the answer {what} was not Odoo's")


def _line(line: OrderLine) -> dict[str, Any]:
    wanted: dict[str, Any] = {"product_id": line.product_id, "product_qty": line.quantity}
    return wanted if line.unit_price is None else {**wanted, "price_unit": line.unit_price}


def _explain(reply: Reply) -> str:
    """The exception's class: its message may quote data."""
    return str(reply.json()["name"])
