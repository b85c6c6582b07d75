"""Odoo 19 and later, over JSON-2: suppliers, their prices, purchase orders and stock.

Quirks:

* Nothing is `false`, not null: `"partner_ref": false`. Fields that are not booleans get null here.
* Datetimes are naive UTC text, `"2026-03-01 23:59:59"`, while the database keeps microseconds and stamps a record with
  the start of its transaction: one written at 23:59:59 may be seen at 00:20 only. Each night reads an hour back.
* A many2one is `[7, "Acme"]`. Archived records are hidden unless `active_test` is off. Deleted ones leave no trace.
* Records change while they are read, so pages go by id, not by offset. Not by write_date either: a whole import has the
  same one, and what Odoo shows of it has lost the microseconds it sorts by.
* Fields beginning with `x_` are customisations; where a database lacks them they are left out.
* API keys live three months at most: a 401 means that somebody has to make a new one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from include.clients.auth import bearer
from include.clients.pages import by_key
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Stop
from include.sources.base import Account, Page, Record, Source, Stream
from include.sources.fields import tree
from include.window import Window

PAGE_SIZE = 2000
COARSE_CLOCK = timedelta(hours=1)
Domain = list[Any]

# ---------------------------------------------------------------------------- signing in


class Odoo:
    """One database."""

    def __init__(self, session: Session):
        self.session = session

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        """A method of a model with named arguments; reads only."""
        return self.session.post(f"/json/2/{model}/{method}", arguments, repeatable=True)

    def known(self, model: str, wanted: list[str]) -> list[str]:
        """The wanted fields that the model has. Stop when one of Odoo's own is missing."""
        has = self.call(model, "fields_get", allfields=wanted, attributes=["type"])
        lacking = [name for name in wanted if name not in has and not name.startswith("x_")]
        if lacking:
            raise Stop(
                f"{self.session.name}: {model} has no field {', '.join(lacking)}; is this Odoo 19 or later?"
            )
        return [name for name in wanted if name in has]


def connect(account: Account) -> Odoo:
    """A bearer API key (`password`, or `api_key`); the account's name is the database."""
    key = account.credentials.get("api_key") or account.credentials.get("password")
    if not key:
        raise FixCredentials(f"odoo {account.name}: enter an API key as the connection's password")
    headers = {"X-Odoo-Database": account.name}
    return Odoo(
        Session(
            f"odoo {account.name}",
            account.base_url,
            bearer(key, "bearer", **headers),
            plain_http=bool(account.options.get("allow_http")),
            explain=_explain,
        )
    )


def _explain(reply: Reply) -> str:
    """The exception's class: its message may quote data."""
    return str(reply.json()["name"])


# ---------------------------------------------------------------------------- reading


class Changed:
    """A log stream: what was last written within the window, archived records too."""

    def __init__(self, model: str, fields: str, domain: Domain):
        self.model, self.fields, self.domain = model, list(tree(fields)), domain

    def __call__(self, odoo: Odoo, window: Window) -> Iterator[Page]:
        written = [["write_date", ">=", _naive(window.start)], ["write_date", "<", _naive(window.end)]]
        yield from _read(odoo, self.model, self.fields, [*self.domain, *written], {"active_test": False})


class Present:
    """A snapshot stream: what there is now."""

    def __init__(self, model: str, fields: str, domain: Domain):
        self.model, self.fields, self.domain = model, list(tree(fields)), domain

    def __call__(self, odoo: Odoo, window: Window) -> Iterator[Page]:
        yield from _read(odoo, self.model, self.fields, self.domain, {})


def _read(odoo: Odoo, model: str, wanted: list[str], domain: Domain, context: Record) -> Iterator[Page]:
    """All records of a domain by rising id, after a page without records that says how many there are."""
    fields = odoo.known(model, wanted)
    yield Page([], total=int(odoo.call(model, "search_count", domain=domain, context=context)))

    def page(last: int | None) -> list[Record]:
        rest = domain if last is None else [*domain, ["id", ">", last]]
        found = odoo.call(
            model, "search_read", domain=rest, fields=fields, order="id asc", limit=PAGE_SIZE, context=context
        )
        if not isinstance(found, list):
            raise Stop(f"{odoo.session.name}: search_read answered something else than a list")
        return found

    for records in by_key(page, lambda record: record["id"], PAGE_SIZE):
        yield Page(records)


def _naive(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


# ---------------------------------------------------------------------------- streams


def _log(name: str, model: str, fields: str, domain: Domain, from_the_first: bool = True) -> Stream:
    return Stream(
        name,
        "log",
        fields,
        Changed(model, fields, domain),
        keys=Changed(model, "id", domain),
        updated_at="write_date",
        overlap=COARSE_CLOCK,
        counted=True,
        from_the_first=from_the_first,
        false_is_null=True,
    )


def _snapshot(name: str, model: str, fields: str, domain: Domain) -> Stream:
    return Stream(name, "snapshot", fields, Present(model, fields, domain), counted=True, false_is_null=True)


# the longest first: they are pulled two at a time in this order
STREAMS = (
    _log(
        "stock_moves",
        "stock.move",
        """id product_id*! location_id*! location_dest_id*! product_uom_qty# quantity# date@! origin purchase_line_id*
        reference write_date@ x_kind""",
        [["state", "=", "done"]],
        from_the_first=False,
    ),
    _log(
        "suppliers",
        "res.partner",
        "id name country_id* country_code x_min_order_amount# write_date@ active?",
        [["supplier_rank", ">", 0]],
    ),
    _log(
        "supplier_info",
        "product.supplierinfo",
        """id partner_id* product_tmpl_id* product_id* min_qty# price# delay+ currency_id* x_pack_size# write_date@""",
        [],
    ),
    _log(
        "products",
        "product.product",
        "id default_code name standard_price# write_date@ active?",
        [],
    ),
    _log(
        "purchase_orders",
        "purchase.order",
        """id name partner_id* state! locked? date_order@! date_approve@ date_planned@ currency_id* amount_untaxed#
        amount_tax# amount_total# receipt_status partner_ref picking_type_id* x_nightshift_key write_date@""",
        [],
    ),
    _log(
        "purchase_order_lines",
        "purchase.order.line",
        """id order_id*! product_id* product_qty#! qty_received#! price_unit# price_subtotal# date_planned@ write_date@""",
        [],
    ),
    _snapshot("locations", "stock.location", "id name complete_name", [["usage", "=", "internal"]]),
    _snapshot(
        "stock_quants",
        "stock.quant",
        "id product_id*! location_id*! quantity#! reserved_quantity#!",
        [["location_id.usage", "=", "internal"]],
    ),
)

ODOO = Source(
    "odoo",
    "Odoo",
    STREAMS,
    connect,
    'Host: your Odoo. Password: an API key of a user who may read purchases and stock. Extra: {"account": "database"}.',
    alone="Odoo numbers its records from 1 in every database, so a second one would be mixed with the first."
    " Give it a home of its own, and delete this connection",
)
