"""A build made by hand: tables in `build` and the part of dbt's manifest that speaks of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from psycopg import sql

from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.warehouse.publish import Publication, publish
from tests.warehouse.helpers import DAY

SALES = {"store_id": "text", "business_date": "date", "net_sales_amount": "numeric", "note": "text"}


def model(
    name: str,
    columns: dict[str, str],
    key: Sequence[str],
    *,
    not_null: Iterable[str] = (),
    description: str = "A mart",
    **rule: Any,
) -> dict[str, Any]:
    """A model's node as dbt writes it."""
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "build",
        "description": description,
        "columns": {
            column: {
                "name": column,
                "data_type": kind,
                "description": f"The {column}",
                "constraints": [{"type": "not_null"}] if column in not_null else [],
            }
            for column, kind in columns.items()
        },
        "config": {
            "contract": {"enforced": True},
            "meta": {"publish": {"schema": "mart", "key": list(key), "history": "replace", **rule}},
        },
    }


def sales(**changes: Any) -> dict[str, Any]:
    return model(
        "mart_daily_sales", SALES | changes.pop("more", {}), ["store_id", "business_date"], **changes
    )


def manifest(*models: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": {f"model.nightshift.{node['name']}": node for node in models}}


def make(settings: Settings, node: dict[str, Any], rows: Sequence[Sequence[Any]] | str) -> None:
    """(Re)create a model's table in `build` with these rows, or with the rows of a query."""
    table = sql.Identifier("build", node["alias"])
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(c["name"]), sql.SQL(c["data_type"]))
        for c in node["columns"].values()
    )
    with connect(settings, "transformer") as conn:
        conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        conn.execute(sql.SQL("CREATE TABLE {} ({})").format(table, columns))
        if isinstance(rows, str):
            conn.execute(sql.SQL("INSERT INTO {} {}").format(table, sql.SQL(rows)))
        elif rows:
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(rows[0]))
            conn.cursor().executemany(sql.SQL("INSERT INTO {} VALUES ({})").format(table, marks), rows)


def publish_rows(
    settings: Settings, node: dict[str, Any], rows: Sequence[Sequence[Any]] | str, day: date = DAY
) -> Publication:
    """A whole build of one table."""
    make(settings, node, rows)
    return publish_models(settings, [node], day)


def publish_models(settings: Settings, nodes: Iterable[dict[str, Any]], day: date = DAY) -> Publication:
    with holding_build(settings, day) as build_id:
        return publish(settings, build_id, manifest(*nodes))
