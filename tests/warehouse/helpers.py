"""Small lakes, loads and builds for the warehouse's tests."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson

from include import lake
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.warehouse.load import LoadResult, load_manifest, next_epoch
from include.window import Window, day_window

DAY = date(2026, 11, 20)


def line(scope: str, payload, updated: str | None = "2026-11-20T10:00:00+00:00", rows: int = 1) -> bytes:
    return orjson.dumps({"s": scope, "u": updated, "p": payload, "n": rows})


def spool(
    settings: Settings,
    lines: Iterable[bytes],
    *,
    source: str = "shopify",
    stream: str = "orders",
    kind: str = "log",
    mode: str = "nightly",
    account: str = "shop",
    window: Window | None = None,
    epoch: int | None = None,
    taken_at: datetime | None = None,
    run_id: str | None = None,
    complete: bool = True,
    vault: Iterable[dict] = (),
    quarantined: Iterable[dict] = (),
    drift: list[dict] | None = None,
    source_total: int | None = None,
) -> str:
    """Write an extraction as `include.pull` does; returns the manifest's URI."""
    window = window or day_window(DAY, settings.timezone)
    run_id = run_id or uuid.uuid4().hex
    place = lake.Place(source, account, stream, window, run_id)
    with lake.Spool(settings.lake, place) as out:
        for item in lines:
            out.add(item)
        for person in vault:
            out.add_person(orjson.dumps({"source": source, "account": account, **person}))
        for bad in quarantined:
            out.add_bad(orjson.dumps(bad))
        manifest = {
            "source": source, "account": account, "stream": stream, "kind": kind, "mode": mode,
            "window_start": window.start.isoformat(), "window_end": window.end.isoformat(),
            "epoch": epoch if epoch is not None else next_epoch(settings),
            "taken_at": (taken_at or window.end + timedelta(hours=2)).isoformat(),
            "run_id": run_id, "complete": complete, "source_total": source_total, "drift": drift or [],
        }  # fmt: skip
        return out.finish(manifest)


def beside(manifest: str, pattern: str) -> list[Path]:
    """Files of an extraction, by pattern ('vault-*')."""
    return sorted(Path(manifest.removeprefix("file://")).parent.glob(pattern))


def load(settings: Settings, lines, **options) -> LoadResult:
    return load_manifest(settings, spool(settings, lines, **options))


def a_load(settings: Settings, *, day: date = DAY, mode: str = "nightly") -> int:
    """Some load of some orders; returns its id."""
    lines = [line(f"order-{n}", {"id": n, "day": str(day)}) for n in range(3)]
    return load(settings, lines, window=day_window(day, settings.timezone), mode=mode).load_id


def call_published(settings: Settings, build_id: int) -> None:
    """End a build as published without publishing anything."""
    with connect(settings, "publisher") as conn:
        conn.execute(
            "UPDATE ops.build SET status = 'published', ended_at = now() WHERE build_id = %s", [build_id]
        )


def publish_nothing(settings: Settings, day: date = DAY) -> int:
    """A whole build that publishes no tables; returns its id."""
    with holding_build(settings, day) as build_id:
        call_published(settings, build_id)
    return build_id


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
