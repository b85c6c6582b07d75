"""From our figures to everybody else's: last night's bridges, and how many differences nobody can explain."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg import Connection

from include.activation import facts
from include.activation.reports import pages

CHECKS = {
    "error": "Our own sums",
    "warning": "What the sources say",
    "claim": "What ad platforms and Klaviyo claim",
}
"""Severity → whose figures are compared with ours."""


@dataclass(frozen=True)
class Step:
    """A line of a bridge; `amount` is None where a rate is missing."""

    label: str
    kind: str
    amount: Decimal | None


@dataclass(frozen=True)
class Bridge:
    """The way from a store's net sales to one figure of somebody else's; steps of nothing are left out."""

    name: str
    currency: str
    is_over: bool
    steps: tuple[Step, ...]

    @property
    def sentence(self) -> str:
        """`Our net sales 90.00, Tax 7.20 = Total sales in Shopify 97.20 USD`."""
        told = [f"{step.label} {pages.money(step.amount, None)}" for step in self.steps]
        return f"{', '.join(told[:-1])} = {told[-1]} {self.currency}"


def bridges(conn: Connection, day: date) -> list[Bridge]:
    """Of a day: one for each store, then one for each ad account."""
    if not facts.has(conn, "mart.mart_sales_bridge_daily", "line_no", "running_amount"):
        return []
    rows = facts.query(
        conn,
        """
        SELECT store_name AS name, bridge.currency, line_label, kind, amount, is_complete AS is_over, 1 AS place, line_no
        FROM mart.mart_sales_bridge_daily AS bridge JOIN mart.dim_store USING (store_id)
        WHERE business_date = %(day)s
        UNION ALL
        SELECT platform || ' ' || account_id, currency, line_label, kind, amount, NOT is_provisional, 2, line_no
        FROM mart.mart_ad_bridge_daily WHERE business_date = %(day)s
        ORDER BY place, name, line_no
        """,
        {"day": day},
    )
    names = dict.fromkeys(row["name"] for row in rows)
    return [_bridge([row for row in rows if row["name"] == name]) for name in names]


def verdicts(conn: Connection, day: date) -> list[str]:
    """One sentence for each kind of comparison: how much was compared up to this day, and what has no explanation."""
    if not facts.has(conn, "mart.mart_reconciliation", "severity", "is_explained"):
        return []
    rows = facts.query(
        conn,
        "SELECT severity, count(*) AS compared, count(*) FILTER (WHERE NOT is_explained) AS unexplained,"
        " max(business_date) FILTER (WHERE NOT is_explained) AS last FROM mart.mart_reconciliation"
        " WHERE business_date <= %s GROUP BY severity ORDER BY array_position(ARRAY['error', 'warning', 'claim'], severity)",
        [day],
    )
    return [_verdict(row) for row in rows]


def _bridge(rows: list[facts.Row]) -> Bridge:
    steps = [Step(row["line_label"], row["kind"], row["amount"]) for row in rows]
    return Bridge(
        rows[0]["name"],
        rows[0]["currency"],
        rows[0]["is_over"],
        tuple(step for step in steps if step.kind != "step" or step.amount != 0),
    )


def _verdict(row: facts.Row) -> str:
    what, compared = CHECKS[row["severity"]], pages.number(row["compared"])
    if not row["unexplained"]:
        return f"{what}: {compared} comparisons, no difference without an explanation"
    many = pages.number(row["unexplained"])
    if row["severity"] == "claim":
        return f"{what}: other than our orders on {many} of {compared} days, by their own way of counting"
    return f"{what}: {many} of {compared} comparisons differ without an explanation, last on {pages.day(row['last'])}"
