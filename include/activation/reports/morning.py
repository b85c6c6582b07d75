"""The morning page: what to reorder, whom we may write to, who broke a promise, what left, what is stale."""

from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import facts
from include.activation.digest import slug
from include.activation.facts import Row
from include.activation.reports import audience_lines, cautions, files, pages, reconciliation
from include.settings import Settings
from include.warehouse.connect import connect


def write(settings: Settings, day: date) -> None:
    """Write HOME/reports/<day>/index.html from what is known now; every action writes it anew."""
    with connect(settings, "activation") as conn:
        page = _page(conn, settings, day)
    files.write(settings, day, "index.html", pages.render("morning.html", page=page))


def _page(conn: Connection, settings: Settings, day: date) -> dict[str, Any]:
    company = facts.company(conn)
    stale = {name.strip() for row in _stale(conn) for name in (row["stale_streams"] or "").split(",")} - {""}
    folder = files.folder(settings, day)
    made_up = f"SIMULATED: {', '.join(sorted(company.simulated))}" if company.simulated else None
    return {
        "company": company,
        "day": day,
        "cautions": cautions.read(conn, day),
        "labels": [made_up, f"STALE: {', '.join(sorted(stale))}" if stale else None],
        "tiles": _tiles(conn, day),
        "needs": [_with_file(row, folder) for row in _needs(conn)],
        "audiences": audience_lines.lists(conn, day),
        "effects": audience_lines.effects(conn, day),
        "bridges": reconciliation.bridges(conn, day),
        "verdicts": reconciliation.verdicts(conn, day),
        "actions": _actions(conn, day),
        "has_sla": (folder / "sla.html").exists(),
        "stale": sorted(stale),
    }


def _tiles(conn: Connection, day: date) -> list[dict[str, Any]]:
    sales = facts.query(
        conn,
        "SELECT currency, sum(net_sales_amount) AS net, sum(orders) AS orders FROM mart.mart_daily_sales"
        " WHERE business_date = %s GROUP BY currency ORDER BY net DESC NULLS LAST",
        [day],
    )
    tiles = [pages.tile("net sales", pages.money(row["net"], row["currency"])) for row in sales[:2]]
    tiles += [pages.tile("orders", pages.number(sum(row["orders"] or 0 for row in sales)))]
    for name, text in (
        ("to ship or chase today", "SELECT count(*) AS n FROM act.act_ship_today"),
        (
            "late parcels on their way",
            "SELECT count(*) AS n FROM act.act_late_parcel WHERE status NOT IN ('delivered', 'return_to_sender')"
            " AND claim_type IS DISTINCT FROM 'lost'",
        ),
        ("claims to file", "SELECT count(*) AS n FROM act.act_late_parcel WHERE claim_status = 'claimable'"),
    ):
        rows = facts.query(conn, text)
        tiles.append(pages.tile(name, pages.number(rows[0]["n"] if rows else None)))
    return tiles


def _needs(conn: Connection) -> list[Row]:
    return facts.query(
        conn,
        """
        SELECT coalesce(supplier_name, 'no supplier') AS supplier, currency,
            count(*) FILTER (WHERE severity = 'out') AS out,
            count(*) FILTER (WHERE severity = 'late') AS late,
            count(*) FILTER (WHERE severity = 'due') AS due,
            sum(order_value_amount) AS value,
            min(latest_order_date) AS order_by
        FROM act.act_restock_order
        GROUP BY 1, 2
        ORDER BY out DESC, late DESC, order_by
        """,
    )


def _actions(conn: Connection, day: date) -> list[Row]:
    return facts.query(
        conn,
        """
        SELECT kind, destination, status, mode, count(*) AS many,
            max(coalesce(last_error, receipt ->> 'refused')) AS last_error
        FROM ops.action
        WHERE status <> 'cancelled' AND (as_of_day = %s OR status <> 'confirmed')
        GROUP BY kind, destination, status, mode ORDER BY kind, destination, status
        """,
        [day],
    )


def _stale(conn: Connection) -> list[Row]:
    return facts.query(conn, "SELECT DISTINCT stale_streams FROM mart.freshness WHERE is_stale")


def _with_file(row: Row, folder: Any) -> Row:
    name = f"restock-{slug(row['supplier'])}.csv"
    return {**row, "file": name if (folder / name).exists() else None}
