"""A dbt project of four models on our own macros: what `latest` and its like mean, tried on real loads."""

import shutil
from pathlib import Path
from typing import Any

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from tests.warehouse.helpers import DAY, call_published

SOURCES = """
sources:
  - {name: shopify, schema: raw, tables: [
      {name: orders, identifier: shopify_orders},
      {name: inventory_levels, identifier: shopify_inventory_levels, config: {meta: {kind: snapshot}}}]}
  - {name: google_ads, schema: raw, tables: [
      {name: campaigns_daily, identifier: google_ads_campaigns_daily, config: {meta: {kind: statement}}}]}
models:
  - {name: orders, columns: [{name: scope, data_tests: [unique]}]}
  - {name: touched_orders, columns: [{name: scope, data_tests: [unique]}]}
"""
ORDERS = "select account, scope, payload ->> 'v' as v, is_deleted from {{ latest('shopify', 'orders') }} as o"
MODELS = {
    "orders": ORDERS,
    # Some orders have no row here, and may have had one: what was held of them must go.
    "touched_orders": """
{{ config(materialized='incremental', incremental_strategy='append',
          pre_hook="{{ forget_scopes('shopify', 'orders', 'scope') }}") }}
select account, scope, payload ->> 'v' as v, is_deleted
from {{ latest('shopify', 'orders', touched_only=is_incremental()) }} as o
where payload ->> 'v' > '0.3'
""",
    "ads": """
select scope, jsonb_array_length(payload) as campaigns from {{ latest('google_ads', 'campaigns_daily') }} as a
""",
    "int_touched__closings": """
select null::text as stream, null::text as account, null::date as business_date where false
""",
    "stock": """
select business_date, scope, (payload ->> 'on_hand')::int as on_hand, is_estimated
from {{ closings('shopify', 'inventory_levels') }} as s
""",
    "stock_now": """
select scope, (payload ->> 'on_hand')::int as on_hand, business_date, is_estimated,
    {{ as_of_day() }} as as_of_day, {{ as_of_end() }} as as_of_end
from {{ latest('shopify', 'inventory_levels') }} as s
""",
}


def small_project(folder: Path) -> Path:
    """Our project file, profile and macros, with the models above."""
    folder.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(dbt_runner.PROJECT / name, folder / name)
    for kind in ("models", "macros"):
        (folder / kind).mkdir()
    for macro in ("raw.sql", "touched.sql", "kept.sql", "generate_schema_name.sql"):
        shutil.copy(dbt_runner.PROJECT / "macros" / macro, folder / "macros" / macro)
    for name, text in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(text)
    (folder / "models" / "sources.yml").write_text(SOURCES)
    return folder


def build(settings: Settings, day: Any = DAY, full_refresh: bool = False) -> None:
    """A published build of the small project."""
    with holding_build(settings, day, full_refresh) as build_id:
        dbt_runner.build(settings, full_refresh)
        call_published(settings, build_id)


def table(settings: Settings, query: str) -> list[tuple]:
    with connect(settings, "transformer") as conn:
        return conn.execute(query).fetchall()
