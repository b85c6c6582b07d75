"""Our standing with marketplaces, in words: which rates are near a threshold of theirs, and how many more slips it takes.

A rate that must stay under 4 % and stands at 5 of 160 breaks it with two more: 7 of 160 are 4.4 %. One that must not
fall under 95 % and stands at 96 of 100 breaks it with two more packages that nobody scans.
"""

import math
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import Connection

from include.activation import facts
from include.activation.facts import Row
from include.activation.reports import pages

MART = "mart_marketplace_seller_health"
NAMES = {
    "order_defect_rate": "orders with a defect",
    "cancellation_rate": "orders we cancelled",
    "late_shipment_rate_10d": "orders shipped late",
    "late_shipment_rate_30d": "orders shipped late",
    "valid_tracking_rate": "packages with valid tracking",
    "on_time_delivery_rate": "orders delivered on time",
}
WORDS = {
    "breach": "over the limit",
    "warn": "near the limit",
    "ok": "fine",
    "insufficient_data": "nothing to judge",
}
WORST_FIRST = {"breach": 0, "warn": 1, "ok": 2, "insufficient_data": 3}


def read(conn: Connection, day: date) -> list[Row]:
    """Every rate of the day, worst first, with `name`, `word`, `slips` (how many more break the threshold; None when
    nothing is judged) and `since`: the first day of the run of days on which it was not fine. Empty before the mart's
    first night."""
    if not facts.has(conn, f"mart.{MART}", "metric", "target_valid_from"):
        return []
    return sorted(
        ({**row, **_told(row)} for row in facts.query(conn, _STANDING, {"day": day})),
        key=lambda row: (WORST_FIRST[row["status"]], row["store_name"], list(NAMES).index(row["metric"])),
    )


def troubled(rows: list[Row]) -> list[Row]:
    """Those to warn of."""
    return [row for row in rows if row["status"] in ("warn", "breach")]


def slips(row: Row) -> int | None:
    """How many more bad cases among the same orders reach the threshold; 0 when it is broken already."""
    if not row["denominator"]:
        return None
    allowed = Decimal(row["target_rate"]) * row["denominator"]
    if row["direction"] == "max":
        return max(0, math.ceil(allowed) - row["numerator"])
    return max(0, math.floor(row["numerator"] - allowed) + 1)


def sentence(row: Row) -> str:
    """`Amazon US: orders shipped late, 10 days: 3.1 % (5 of 160). 2 more …`, one rate in plain words."""
    side = "under" if row["direction"] == "max" else "at least"
    limit = (
        f"its limit is {side} {pages.percent(row['target_rate'])} (in force since {row['target_valid_from']})"
    )
    figure = f"{pages.percent(row['value'])} ({row['numerator']} of {row['denominator']})"
    what = f"{row['store_name']}: {row['name']}, {row['window_days']} days: {figure}"
    if row["status"] == "breach":
        return f"{what}; {limit} and is broken."
    return f"{what}; {limit}, and {row['slips']} more would break it."


def _told(row: Row) -> dict[str, Any]:
    return {"name": NAMES[row["metric"]], "word": WORDS[row["status"]], "slips": slips(row)}


_STANDING = f"""
    SELECT health.*, coalesce(store.store_name, health.store_id) AS store_name,
        CASE WHEN health.status IN ('warn', 'breach') THEN (
            SELECT min(run.as_of_day) FROM mart.{MART} AS run
            WHERE run.store_id = health.store_id AND run.metric = health.metric AND run.as_of_day <= health.as_of_day
              AND run.as_of_day > coalesce((
                SELECT max(fine.as_of_day) FROM mart.{MART} AS fine
                WHERE fine.store_id = health.store_id AND fine.metric = health.metric
                  AND fine.as_of_day < health.as_of_day AND fine.status NOT IN ('warn', 'breach')), '-infinity')
        ) END AS since
    FROM mart.{MART} AS health
    LEFT JOIN mart.dim_store AS store ON store.store_id = health.store_id
    WHERE health.as_of_day = %(day)s
"""
