"""Draft purchase orders that were created over the API; they live in the sandbox's state.

`x_nightshift_key` is unique as a custom field with an SQL constraint would be: creating the same key
again is refused with a ValidationError that names the existing order. A draft stays a draft until
somebody confirms (`button_confirm`) or cancels (`button_cancel`) it; what is cancelled can be deleted (`unlink`),
and its id is never given again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from include.sandbox.faces.odoo.errors import Raised, invalid, not_a_field
from include.sandbox.faces.odoo.records import Records, Row, picking_type, text
from include.sandbox.state import State

KIND, GONE = "purchase_order", "purchase_order_gone"
FIRST_ID = 900_000
HEADER = {
    "partner_id",
    "picking_type_id",
    "currency_id",
    "date_order",
    "date_planned",
    "partner_ref",
    "origin",
    "notes",
}
ORDER_FIELDS = HEADER | {"x_nightshift_key", "order_line"}
LINE_FIELDS = {"product_id", "product_qty", "price_unit", "date_planned", "name", "product_uom_id"}
CREATE, UPDATE, DELETE, CLEAR = 0, 1, 2, 5


class Drafts:
    """Creates, changes and lists our own purchase orders."""

    def __init__(self, records: Records, state: State):
        self._records, self._state = records, state

    def all(self) -> list[dict[str, Any]]:
        return self._state.all(KIND)

    def create(self, vals_list: Sequence[dict[str, Any]], now: datetime) -> list[int]:
        """All of them or none; the new ids."""
        documents: dict[str, Any] = {}
        for vals in vals_list:
            number = self._state.count(KIND) + self._state.count(GONE) + len(documents) + 1
            documents[str(FIRST_ID + number)] = self._document(FIRST_ID + number, vals, now, documents)
        self._state.put_many(KIND, documents)
        return [int(key) for key in documents]

    def write(self, ids: Sequence[int], vals: dict[str, Any], now: datetime) -> None:
        """Change header fields or lines of drafts."""
        _check_fields(vals, ORDER_FIELDS, "purchase.order")
        changed = {}
        for id_ in ids:
            document = self._draft(id_)
            document.update(
                {name: value for name, value in vals.items() if name in HEADER | {"x_nightshift_key"}}
            )
            self._check_key(document)
            if "order_line" in vals:
                document["lines"] = self._lines(document, vals["order_line"])
            changed[str(id_)] = {**document, "write_date": text(now)}
        self._state.put_many(KIND, changed)

    def set_state(self, ids: Sequence[int], state: str, now: datetime) -> None:
        """What the buttons Confirm Order and Cancel do."""
        for id_ in ids:
            document = self._draft(id_)
            approved = text(now) if state == "purchase" else False
            document.update(state=state, date_approve=approved, write_date=text(now))
            self._state.put(KIND, str(id_), document)

    def unlink(self, ids: Sequence[int]) -> None:
        """Delete cancelled orders with their lines; all of them or none."""
        if any(self._draft(id_)["state"] != "cancel" for id_ in ids):
            message = "In order to delete a purchase order, you must cancel it first."
            raise Raised("odoo.exceptions.UserError", message)
        gone = [str(id_) for id_ in ids]
        self._state.put_many(GONE, dict.fromkeys(gone))
        self._state.delete_many(KIND, gone)

    def order_rows(self) -> list[Row]:
        return [self._order_row(document) for document in self.all()]

    def line_rows(self) -> list[Row]:
        return [self._line_row(document, line) for document in self.all() for line in document["lines"]]

    def _document(
        self, id_: int, vals: dict[str, Any], now: datetime, others: dict[str, Any]
    ) -> dict[str, Any]:
        _check_fields(vals, ORDER_FIELDS, "purchase.order")
        if vals.get("partner_id") not in self._records.suppliers:
            raise invalid(
                "The operation cannot be completed: Missing required value for the field 'Vendor' (partner_id)"
            )
        location = self._location(vals.get("picking_type_id"))
        document: dict[str, Any] = {
            "id": id_,
            "name": f"P{id_}",
            "state": "draft",
            "date_approve": False,
            "create_date": text(now),
            "write_date": text(now),
            "x_nightshift_key": vals.get("x_nightshift_key") or False,
            "lines": [],
            **{name: vals.get(name) or False for name in HEADER},
            "picking_type_id": location.erp_id,
            "date_order": vals.get("date_order") or text(now),
        }
        self._check_key(document, others)
        document["lines"] = self._lines(document, vals.get("order_line") or [])
        return document

    def _check_key(self, document: dict[str, Any], others: dict[str, Any] | None = None) -> None:
        key = document["x_nightshift_key"]
        for other in [*self.all(), *(others or {}).values()]:
            if key and other["x_nightshift_key"] == key and other["id"] != document["id"]:
                raise invalid(
                    "The operation cannot be completed: Nightshift key must be unique: "
                    f"{key} is used by {other['name']} (purchase.order,{other['id']})"
                )

    def _lines(self, document: dict[str, Any], commands: Sequence[Any]) -> list[dict[str, Any]]:
        """The order's lines after Odoo's one2many commands `[0, 0, vals]`, `[1, id, vals]`, `[2, id, 0]`, `[5]`."""
        lines = {line["id"]: line for line in document["lines"]}
        number = max(lines, default=document["id"] * 1000)
        for command in commands:
            if command[0] == CREATE:
                number += 1
                lines[number] = self._line(number, document, command[2])
            elif command[0] == UPDATE and command[1] in lines:
                lines[command[1]] = self._line(command[1], document, {**lines[command[1]], **command[2]})
            elif command[0] == DELETE:
                lines.pop(command[1], None)
            elif command[0] == CLEAR:
                lines.clear()
            else:
                raise Raised("builtins.ValueError", f"Wrong value for purchase.order.order_line: {command!r}")
        return list(lines.values())

    def _line(self, id_: int, document: dict[str, Any], vals: dict[str, Any]) -> dict[str, Any]:
        _check_fields(vals, LINE_FIELDS | {"id"}, "purchase.order.line")
        if vals.get("product_id") not in {variant.erp_product_id for variant in self._records.world.variants}:
            raise invalid("Missing required field on accountable purchase order line.")
        quantity = float(vals.get("product_qty", 1.0))
        if quantity <= 0:
            raise invalid("Quantity must be positive.")
        return {
            "id": id_,
            "product_id": vals["product_id"],
            "product_qty": quantity,
            "price_unit": float(vals.get("price_unit") or 0.0),
            "date_planned": vals.get("date_planned") or document["date_planned"],
            "name": vals.get("name") or "",
        }

    def _location(self, picking_type_id: Any) -> Any:
        locations = {location.erp_id: location for location in self._records.world.locations}
        if not picking_type_id:
            return self._records.world.locations[0]
        if picking_type_id not in locations:
            raise Raised("odoo.exceptions.MissingError", "Record does not exist or has been deleted.")
        return locations[picking_type_id]

    def _draft(self, id_: int) -> dict[str, Any]:
        document = self._state.get(KIND, str(id_))
        if document is None:
            message = f"Sorry, you are not allowed to modify purchase.order({id_},)"
            raise Raised("odoo.exceptions.AccessError", message)
        return document

    def _order_row(self, document: dict[str, Any]) -> Row:
        total = round(sum(line["product_qty"] * line["price_unit"] for line in document["lines"]), 2)
        supplier = self._records.suppliers[document["partner_id"]]
        return {
            **{name: value for name, value in document.items() if name != "lines"},
            "partner_id": [supplier.id, supplier.name],
            "picking_type_id": picking_type(self._location(document["picking_type_id"])),
            "currency_id": self._records.currency,
            "locked": False,
            "amount_untaxed": total,
            "amount_tax": 0.0,
            "amount_total": total,
            "receipt_status": "pending" if document["state"] == "purchase" else False,
            "invoice_status": "no",
            "order_line": [line["id"] for line in document["lines"]],
        }

    def _line_row(self, document: dict[str, Any], line: dict[str, Any]) -> Row:
        variants = {variant.erp_product_id: variant.id for variant in self._records.world.variants}
        product = self._records.product(variants[line["product_id"]])
        supplier = self._records.suppliers[document["partner_id"]]
        return {
            **line,
            "name": line["name"] or product[1],
            "order_id": [document["id"], document["name"]],
            "partner_id": [supplier.id, supplier.name],
            "product_id": product,
            "qty_received": 0.0,
            "qty_invoiced": 0.0,
            "price_subtotal": round(line["product_qty"] * line["price_unit"], 2),
            "state": document["state"],
            "write_date": document["write_date"],
        }


def _check_fields(vals: dict[str, Any], known: set[str], model: str) -> None:
    for name in vals:
        if name not in known:
            raise not_a_field(name, model)
