"""What the processes of these tests do: the product's own functions, as its tasks call them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.traps import mutate  # a rule that was taken out is taken out here as well  # noqa: F401  isort: skip

from include import dbt_runner, extract, pull
from include.activation import audiences, holdout, restock
from include.activation.destinations.base import Destination
from include.errors import Wait
from include.settings import Settings
from include.sources.base import Account, Page, Source, Stream
from include.warehouse import alongside, attempts, build, load
from include.warehouse import publish as publishing
from include.warehouse.connect import connect
from include.warehouse.publish import publish
from include.window import Window
from tests.warehouse import dbt as small_dbt
from tests.warehouse.marts import make, manifest, model

HISTORY = "2026-02-01"

Held = tuple[datetime, str]
"""When an order was changed last, and what it says since then."""
ANYBODY = Account("shopify", "shop", "http://127.0.0.1:1", {})
ORDERS = model("mart_orders", {"scope": "text", "content": "text"}, ["scope"])
TOTALS = model("mart_totals", {"name": "text", "orders": "bigint", "content": "text"}, ["name"])
NEWEST = """
    SELECT DISTINCT ON (seen.account, seen.scope) seen.scope, encode(seen.content_hash, 'hex') AS content
    FROM raw.observation AS seen JOIN raw.load_log AS load USING (load_id) JOIN ops.build_load USING (load_id)
    JOIN ops.build USING (build_id)
    WHERE seen.stream = 'shopify_orders' AND build.status = 'running'
    ORDER BY seen.account, seen.scope, seen.source_updated_at DESC NULLS LAST, load.epoch DESC
"""


def pull_night(
    settings: Settings, account: Account, stream: str, run_id: str, now: datetime, retry: bool
) -> None:
    """A nightly pull, as its task does it."""
    os.environ["NIGHTSHIFT_HISTORY_START"] = HISTORY
    attempts.PATIENCE = "300ms"
    alongside.BATCH_BYTES = 1  # as of a large stream, some rows go in while the vendor is read
    pull.pull(settings, account, stream, run_id=run_id, now=now, retry=retry)


def pull_told(
    settings: Settings,
    held: Mapping[str, Held],
    run_id: str,
    now: datetime,
    retry: bool,
    pages: int | None = None,
) -> None:
    """A nightly pull of a vendor that holds these orders and breaks off after so many pages, if at all."""
    _play_vendor(held, pages)
    pull_night(settings, ANYBODY, "orders", run_id, now, retry)


def pull_told_past(settings: Settings, held: Mapping[str, Held], window: Window, run_id: str) -> None:
    """A backfill from the same vendor."""
    _play_vendor(held)
    pull_past(settings, ANYBODY, "orders", window, run_id)


def _play_vendor(held: Mapping[str, Held], pages: int | None = None) -> None:
    """Orders changed within the window, two to a page, of which so many come."""

    def told(client: object, window: Window) -> Iterator[Page]:
        records = [
            {"id": scope, "updatedAt": at.isoformat(), "note": note}
            for scope, (at, note) in held.items()
            if at in window
        ]
        for page, n in enumerate(range(0, len(records), 2)):
            if page == pages:
                raise Wait("shopify: the connection was lost")
            yield Page(records[n : n + 2], total=len(records))

    orders = Stream("orders", "log", "id updatedAt note", told, updated_at="updatedAt")
    client = SimpleNamespace(requests=0, close=lambda: None)
    extract.REGISTRY = {"shopify": Source("shopify", "Shopify", (orders,), lambda _: client, "")}


def pull_past(settings: Settings, account: Account, stream: str, window: Window, run_id: str) -> None:
    """A window of a backfill."""
    pull.pull_past(settings, account, stream, window, run_id=run_id)


def replay(settings: Settings, manifest_uri: str) -> None:
    """An extraction of the lake once more."""
    load.replay_manifest(settings, manifest_uri)


def load_one(settings: Settings, manifest_uri: str) -> None:
    """An extraction into raw."""
    load.load_manifest(settings, manifest_uri)


def hold_a_lock(settings: Settings, seconds: int) -> None:
    """One long statement that holds a lock."""
    with connect(settings, "loader") as conn:
        conn.execute("SELECT pg_advisory_xact_lock(1), pg_sleep(%s)", [seconds])


def build_small(settings: Settings, day: date) -> None:
    """A build of two small marts that must agree with each other, published as every night is."""
    build.LEASE = 0.4
    publishing.ATTEMPTS, publishing.LOCK_TIMEOUT = 2, "300ms"
    with build.holding_build(settings, day) as build_id:
        make(settings, ORDERS, NEWEST)
        make(
            settings, TOTALS,
            f"SELECT 'all', count(*), coalesce(md5(string_agg(content, '' ORDER BY scope)), '') FROM ({NEWEST}) AS n",
        )  # fmt: skip
        publish(settings, build_id, manifest(ORDERS, TOTALS))


def build_with_dbt(settings: Settings, project: Path, day: date) -> None:
    """A build by dbt itself, of a project of few models."""
    dbt_runner.PROJECT = project
    small_dbt.build(settings, day)


def send_restock(settings: Settings, day: date, destinations: Mapping[str, Destination]) -> None:
    """Digests and draft orders."""
    restock.run(settings, day, destinations)


def send_lists(
    settings: Settings, day: date, destinations: Mapping[str, Destination], bought: Sequence[str] = ()
) -> Any:
    """Retargeting lists; nobody is held out."""
    holdout.is_held_out = lambda *_, **__: False
    return audiences.run(settings, day, destinations, lambda: set(bought))
