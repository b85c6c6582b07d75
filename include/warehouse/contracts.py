"""What dbt's contracts promise readers: the only definition of a published table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from include.errors import Stop

SCHEMAS = ("mart", "act")


@dataclass(frozen=True)
class Column:
    """A column as its model's YAML declares it."""

    name: str
    data_type: str
    not_null: bool
    description: str


@dataclass(frozen=True)
class Table:
    """A published model. `by` is the date column of an 'append' history; `keep_days` 0 keeps it for ever.

    `touched` names models in `build` that list which rows a nightly build may have changed, by the columns they have in
    common with it; without one all rows are compared.
    """

    schema: str
    model: str
    built_in: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    history: str
    by: str
    keep_days: int
    touched: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.model}"

    @property
    def target(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.model)

    @property
    def build(self) -> sql.Composable:
        return sql.Identifier(self.built_in, self.model)

    @property
    def appends(self) -> bool:
        return self.history == "append"


def published_tables(manifest: Mapping[str, Any]) -> list[Table]:
    """The models with `config.meta.publish`, by name. Raises Stop naming every model whose contract is unfit."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    tables, faults = [], []
    for node in sorted(models, key=lambda node: node["name"]):
        rule = (node["config"].get("meta") or {}).get("publish")
        if not rule:
            continue
        table = _table(node, rule)
        found = _faults(table, node)
        faults += [f"{table.name}: {fault}" for fault in found]
        tables.append(table)
    if faults:
        raise Stop("models that cannot be published:\n" + "\n".join(f"- {fault}" for fault in faults))
    return tables


def _table(node: Mapping[str, Any], rule: Mapping[str, Any]) -> Table:
    key = tuple(rule.get("key") or ())
    return Table(
        schema=rule.get("schema", "mart"),
        model=node["alias"] or node["name"],
        built_in=node["schema"],
        description=node.get("description") or "",
        key=key,
        columns=tuple(_column(column, key) for column in node["columns"].values()),
        history=rule.get("history", "replace"),
        by=rule.get("by", "as_of_day"),
        keep_days=int(rule.get("keep_days") or 0),
        touched=_names(rule.get("touched")),
    )


def _column(column: Mapping[str, Any], key: tuple[str, ...]) -> Column:
    kinds = {constraint["type"] for constraint in column.get("constraints") or []}
    return Column(
        column["name"],
        str(column.get("data_type") or ""),
        column["name"] in key or "not_null" in kinds or "primary_key" in kinds,
        column.get("description") or "",
    )


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())


def _faults(table: Table, node: Mapping[str, Any]) -> list[str]:
    names = {column.name for column in table.columns}
    faults = [f"its key {name!r} is not a column" for name in table.key if name not in names]
    faults += [f"column {c.name} has no data_type" for c in table.columns if not c.data_type]
    if table.schema not in SCHEMAS:
        faults.append(f"schema {table.schema!r} is none of {', '.join(SCHEMAS)}")
    if not table.key:
        faults.append("it has no key")
    if not (node["config"].get("contract") or {}).get("enforced"):
        faults.append("its contract is not enforced")
    if table.history not in ("replace", "append"):
        faults.append(f"history {table.history!r} is neither replace nor append")
    if table.appends and table.by not in table.key:
        faults.append(f"a history's date column {table.by!r} must be part of its key")
    return faults
