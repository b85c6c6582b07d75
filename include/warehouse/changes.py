"""What a build has to compute anew: when the same day is built again, only what hangs on streams with news."""

from include.settings import Settings
from include.warehouse.connect import connect


def changed_streams(settings: Settings, build_id: int) -> set[str] | None:
    """The streams ('odoo.purchase_orders') that tell the running build anything new, possibly none.

    None when everything must be built: the first build, another day, people who turned out to be one,
    or a build in between that was not published and may have left anything in the tables.
    """
    with connect(settings, "publisher") as conn:
        row = conn.execute(
            "SELECT last.build_id, last.started_at FROM ops.build AS this"
            " JOIN ops.build AS last ON last.build_id ="
            "  (SELECT max(build_id) FROM ops.build WHERE build_id < this.build_id)"
            " WHERE this.build_id = %s AND last.status = 'published' AND last.as_of_day = this.as_of_day"
            " AND NOT EXISTS (SELECT FROM ops.customer_alias WHERE since >= last.started_at)",
            [build_id],
        ).fetchone()
        if row is None:
            return None
        last, since = row
        found = conn.execute(
            "SELECT load.source, load.stream FROM ops.build_load JOIN raw.load_log AS load USING (load_id)"
            "  WHERE build_id = %(this)s AND is_new AND ops.is_news(load_id, %(last)s)"
            " UNION SELECT load.source, load.stream FROM ops.build_load JOIN raw.load_log AS load USING (load_id)"
            "  WHERE build_id = %(last)s"
            "  AND load_id NOT IN (SELECT load_id FROM ops.build_load WHERE build_id = %(this)s)"
            " UNION SELECT source, stream FROM ops.tombstone WHERE detected_at >= %(since)s"
            " UNION SELECT source, stream FROM ops.touched WHERE at >= %(since)s",
            {"this": build_id, "last": last, "since": since},
        ).fetchall()
    return {f"{source}.{stream}" for source, stream in found}
