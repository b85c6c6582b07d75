"""Yesterday's business in the morning summary: what to be careful about, what was sold, what was left of it."""

from datetime import date, timedelta
from typing import Any

from rich.console import Console

from include.activation.reports import reconciliation
from include.activation.reports.cautions import read as read_cautions
from include.settings import Settings
from include.stack.telling import money, plain, read, title
from include.warehouse.connect import connect


def sales(settings: Settings, day: date, console: Console) -> None:
    """Yesterday's sales of every store beside the same weekday a week earlier, and what was left of them."""
    rows = read(
        settings,
        "reader",
        "SELECT business_date, store_name, sales.currency, sum(net_sales_amount) AS net_sales, sum(orders) AS orders,"
        " sum(units) AS units, sum(returns_amount) AS returns,"
        " sum(net_sales_amount) / nullif(sum(paid_orders), 0) AS average_order, bool_and(is_complete) AS is_complete"
        " FROM mart.mart_daily_sales AS sales JOIN mart.dim_store USING (store_id)"
        " WHERE business_date IN (%(day)s, %(week_before)s) GROUP BY 1, 2, 3 ORDER BY 4 DESC",
        day=day,
        week_before=day - timedelta(days=7),
    )
    title(console, "Yesterday")
    before = {row["store_name"]: row for row in rows if row["business_date"] != day}
    yesterday = [row for row in rows if row["business_date"] == day]
    if not yesterday:
        console.print("  Nothing was sold.")
    for row in yesterday:
        store, currency = row["store_name"], row["currency"]
        line = (
            f"  {f'{plain(store)}: ' if len(yesterday) > 1 else ''}"
            f"Net sales {money(row['net_sales'], currency)}{_change(row, before.get(store), 'net_sales')}, "
            f"{row['orders']} orders{_change(row, before.get(store), 'orders')}, {row['units']} units, "
            f"{money(row['average_order'], currency)} an order, {money(row['returns'], currency)} returned"
        )
        console.print(
            line + ("" if row["is_complete"] else "  [yellow](the day had not ended)[/]"), highlight=False
        )
    _margin(settings, day, console)


def _margin(settings: Settings, day: date, console: Console) -> None:
    """What ads cost and what was left over all stores, in the company's currency."""
    whole = "CASE WHEN count(*) = count({0}) THEN sum({0}) END AS {0}"
    columns = ", ".join(
        whole.format(f"{name}_reporting_amount") for name in ("net_sales", "ad_spend", "cm1", "cm3")
    )
    rows = read(
        settings,
        "reader",
        f"SELECT reporting_currency, {columns}, bool_or(is_cost_estimated) AS is_cost_estimated"
        " FROM mart.mart_daily_pnl WHERE business_date = %(day)s GROUP BY 1",
        day=day,
    )
    for row in rows:
        currency = row["reporting_currency"]
        names = (
            ("Net sales", "net_sales"),
            ("ads", "ad_spend"),
            ("CM1", "cm1"),
            ("left after all costs (CM3)", "cm3"),
        )
        told = [(title, row[f"{name}_reporting_amount"]) for title, name in names]
        parts = [
            f"{title} {'not known' if amount is None else money(amount, currency)}" for title, amount in told
        ]
        estimated = "  [yellow](costs are partly estimates)[/]" if row["is_cost_estimated"] else ""
        console.print(f"  All stores: {', '.join(parts)}{estimated}", highlight=False)


def to_theirs(settings: Settings, day: date, console: Console) -> None:
    """How yesterday's net sales lead to what the vendors show, and what nobody can explain."""
    with connect(settings, "activation") as conn:
        ways, verdicts = reconciliation.bridges(conn, day), reconciliation.verdicts(conn, day)
    if ways or verdicts:
        title(console, "From our figures to theirs")
    for way in ways:
        open_end = "" if way.is_over else "  [yellow](may still change)[/]"
        console.print(f"  {plain(way.name)}: {plain(way.sentence)}{open_end}", highlight=False)
    for verdict in verdicts:
        console.print(f"  {plain(verdict)}", highlight=False)


def cautions(settings: Settings, day: date, console: Console) -> None:
    """What has to be said before any figure, most urgent first."""
    with connect(settings, "activation") as conn:
        for caution in read_cautions(conn, day):
            console.print(f"  [yellow]{plain(caution)}[/]", highlight=False)


def _change(now: dict[str, Any], before: dict[str, Any] | None, name: str) -> str:
    if not before or not before[name]:
        return ""
    return f" ({(now[name] - before[name]) / before[name]:+.0%} on a week ago)"
