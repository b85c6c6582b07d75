"""The morning page on audiences: how every list stands at every platform, and what is known of its effect."""

from datetime import date

from psycopg import Connection

from include.activation import facts
from include.activation.facts import Row
from include.activation.membership import KIND
from include.activation.reports import pages


def lists(conn: Connection, day: date) -> list[Row]:
    """One row per audience and destination; people, not batches. `waiting` were accepted and are not applied yet,
    `held_out` are among tonight's candidates."""
    return facts.query(
        conn,
        """
        WITH moving AS (
            SELECT DISTINCT payload ->> 'audience' AS audience, destination, key AS customer_key
            FROM ops.action CROSS JOIN LATERAL jsonb_array_elements_text(payload -> 'customer_keys') AS key
            WHERE kind = %(kind)s AND status = 'sending' AND receipt IS NOT NULL
        ), removed AS (
            SELECT payload ->> 'audience' AS audience, destination, sum((payload ->> 'customers')::int) AS people
            FROM ops.action
            WHERE kind = %(kind)s AND status = 'confirmed' AND as_of_day = %(day)s
              AND payload ->> 'operation' = 'remove'
            GROUP BY 1, 2
        ), held AS (
            SELECT audience, count(*) AS people
            FROM act.act_audience_member JOIN ops.audience_exposure USING (audience, customer_key)
            WHERE is_held_out GROUP BY audience
        ), standing AS (
            SELECT audience, destination,
                count(*) FILTER (WHERE confirmed AND desired) AS confirmed,
                count(*) FILTER (WHERE desired AND NOT confirmed AND moving.customer_key IS NULL) AS to_add,
                count(*) FILTER (WHERE NOT desired AND payload_hash IS NOT NULL AND moving.customer_key IS NULL)
                    AS to_remove,
                count(moving.customer_key) AS waiting
            FROM ops.audience_member LEFT JOIN moving USING (audience, destination, customer_key)
            GROUP BY audience, destination
        )
        SELECT audience, destination, coalesce(confirmed, 0) AS confirmed, coalesce(to_add, 0) AS to_add,
            coalesce(to_remove, 0) AS to_remove, coalesce(waiting, 0) AS waiting,
            coalesce(removed.people, 0) AS removed, coalesce(held.people, 0) AS held_out
        FROM standing
        FULL JOIN removed USING (audience, destination)
        LEFT JOIN held USING (audience)
        ORDER BY audience, destination
        """,
        {"kind": KIND, "day": day},
    )


def effects(conn: Connection, day: date) -> list[str]:
    """A sentence for every audience whose effect is beyond doubt."""
    if not facts.has(conn, "mart.mart_audience_effect", "lift", "lift_low", "lift_high", "is_conclusive"):
        return []
    rows = facts.query(
        conn,
        "SELECT * FROM mart.mart_audience_effect WHERE as_of_day = %s AND is_conclusive ORDER BY audience",
        [day],
    )
    return [_effect(row) for row in rows]


def _effect(row: Row) -> str:
    low, high = (f"{100 * float(row[name]):+.1f}" for name in ("lift_low", "lift_high"))
    text = (
        f"{row['audience'].replace('_', ' ').capitalize()}: {pages.percent(row['treated_rate'])} of"
        f" {pages.number(row['treated_people'])} people bought within {row['window_days']} days, of"
        f" {pages.number(row['held_out_people'])} held out {pages.percent(row['held_out_rate'])}: a difference of"
        f" {100 * float(row['lift']):+.1f} points (95 % sure: {low} to {high})"
    )
    names = ("treated_revenue_per_person_amount", "held_out_revenue_per_person_amount")
    if any(row[name] is None for name in names):
        return text
    with_list, without = (pages.money(row[name], row["currency"]) for name in names)
    return f"{text}; {with_list} per person against {without}"
