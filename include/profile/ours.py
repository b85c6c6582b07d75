"""What we have written ourselves: draft purchase orders and audience lists come back with the next night's load.

They are known by what the receiver answered when it took them (ops.action). How the vendor's own records look, they do
not tell: a draft has no day on which it is due, a list of ours is as long as we made it.
"""

from typing import LiteralString

from psycopg.sql import SQL, Composed, Literal

_MARKS: dict[tuple[str, str], tuple[LiteralString, str, str]] = {
    ("odoo", "purchase_orders"): ("stored.payload ->> 'id'", "restock_draft_po", "id"),
    ("odoo", "purchase_order_lines"): ("stored.payload #>> '{order_id,0}'", "restock_draft_po", "id"),
    ("klaviyo", "list_members"): ("stored.payload #>> '{list,id}'", "audience_batch", "audience_id"),
}
"""(source, stream) → where a record of alias `stored` names what may be ours, the kind of action that made it, and where
the receiver's answer names it."""


def not_ours(source: str, stream: str) -> SQL | Composed:
    """A condition that leaves out records of our own making."""
    if (source, stream) not in _MARKS:
        return SQL("true")
    named, kind, answered = _MARKS[source, stream]
    return SQL(
        "NOT EXISTS (SELECT FROM ops.action AS mine WHERE mine.kind = {} AND mine.destination = {}"
        " AND mine.receipt ->> {} = {})"
    ).format(Literal(kind), Literal(source), Literal(answered), SQL(named))
