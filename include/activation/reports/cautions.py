"""What has to be said before any figure: units that belong to no SKU, money without an exchange rate, a marketplace about
to lose its patience. Each as one sentence; a mart that is not there or empty says nothing."""

from datetime import date

from psycopg import Connection

from include.activation import facts
from include.activation.reports import pages

LONGEST = 5
"""Things named one by one; how many there are is always said."""


def read(conn: Connection, day: date) -> list[str]:
    """Every caution of this day, the most urgent first."""
    return [*seller_health(conn, day), *unmapped_units(conn), *missing_rates(conn, day)]


def unmapped_units(conn: Connection) -> list[str]:
    """Listings that `sku_map` does not know: what they sell reaches neither demand nor stock."""
    if not facts.has(conn, "mart.mart_unmapped_units", "units_28d", "channel_sku"):
        return []
    rows = facts.query(
        conn,
        "SELECT channel, channel_sku, sum(units_28d) AS units_28d FROM mart.mart_unmapped_units WHERE units_28d > 0"
        " GROUP BY channel, channel_sku ORDER BY units_28d DESC, channel, channel_sku",
    )
    if not rows:
        return []
    named = ", ".join(f"{row['channel_sku']} ({row['channel']})" for row in rows[:LONGEST])
    more = f" and {len(rows) - LONGEST} more" if len(rows) > LONGEST else ""
    units = pages.number(sum(row["units_28d"] for row in rows))
    return [f"UNMAPPED: {units} units sold in 28 days are no SKU of ours and in no need: map {named}{more}"]


def missing_rates(conn: Connection, day: date) -> list[str]:
    """Currencies in which sales of the last 28 days have no amount in the company's own."""
    if not facts.has(conn, "mart.fct_orders", "fx_rate", "is_sale", "currency"):
        return []
    rows = facts.query(
        conn,
        "SELECT currency, count(*) AS orders, min(business_date) AS first, max(business_date) AS last"
        " FROM mart.fct_orders WHERE is_sale AND fx_rate IS NULL AND business_date > %s - 28"
        " GROUP BY currency ORDER BY currency",
        [day],
    )
    return [
        f"NO EXCHANGE RATE: {pages.number(row['orders'])} orders in {row['currency']} ({pages.day(row['first'])} to"
        f" {pages.day(row['last'])}) are in no total of the reporting currency"
        for row in rows
    ]


def seller_health(conn: Connection, day: date) -> list[str]:
    """Rates by which a marketplace judges us that are past their warning or their limit, breaches first."""
    if not facts.has(conn, "mart.mart_marketplace_seller_health", "metric", "value", "status", "warn_rate"):
        return []
    rows = facts.query(
        conn,
        "SELECT store_name, metric, value, target_rate, direction, status FROM mart.mart_marketplace_seller_health"
        " JOIN mart.dim_store USING (store_id)"
        " WHERE as_of_day = %s AND status IN ('breach', 'warn') ORDER BY status, store_name, metric",
        [day],
    )
    return [_judged(row) for row in rows]


def _judged(row: facts.Row) -> str:
    word = "BREACH" if row["status"] == "breach" else "WARNING"
    bound = "at most" if row["direction"] == "max" else "at least"
    return (
        f"{word}: {row['metric'].replace('_', ' ')} at {row['store_name']} is {pages.percent(row['value'], 2)},"
        f" {bound} {pages.percent(row['target_rate'], 2)} is asked for"
    )
