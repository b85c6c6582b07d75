"""dbt in this process: one invocation per build, quiet, its state under HOME/dbt.

dbt is imported inside the functions: importing it takes seconds.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from include.collector import rare_collections
from include.errors import GateFailed, Stop
from include.settings import Settings
from include.warehouse.build import mark_full_refresh, note_touched, running_build
from include.warehouse.changes import changed_streams

log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
QUIET = ("--log-level", "none", "--log-level-file", "info", "--no-use-colors", "--no-print")
OF_EVERY_BUILD = ("freshness", "int_touched__newest_days")
"""Models that follow the publications, not only the streams."""
BUILDING = {"build", "run"}
"""Commands that make models of the running build, and must know first what it touches."""
PASSED = {"success", "pass", "warn", "no-op"}


def run(settings: Settings, command: str, *args: str, parsed: Any = None) -> Any:
    """One dbt command (`parse`, `run`, `docs generate`...); returns dbtRunner's result as it is.

    `parsed` is what a `parse` of this process returned: then nothing is parsed again.
    Raises Stop when dbt itself could not do it; failing models and tests are in the result.
    """
    from dbt.cli.main import dbtRunner

    build_id = running_build(settings)
    if build_id is not None and command in BUILDING:
        note_touched(settings, build_id)
    with _environment(settings, build_id), rare_collections():
        result = dbtRunner(manifest=parsed).invoke([*command.split(), *args, *_folders(settings), *QUIET])
    if result.exception is not None:
        raise Stop(f"dbt {command}: {_first_lines(str(result.exception))}")
    return result


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of the last dbt command. Raises Stop when there has been none."""
    file = target_folder(settings) / "manifest.json"
    if not file.exists():
        raise Stop(f"{file} does not exist: dbt has not run for this home yet")
    return json.loads(file.read_bytes())


def build(settings: Settings, full_refresh: bool = False, *args: str) -> Any:
    """Seeds, models and tests of the running build, in one invocation. Unit tests speak of code, not of a
    night's data: the test suite runs them.

    When the project is not the one last published, incremental models are built from nothing. When the same
    day is built again, only what hangs on streams with news is built. Raises GateFailed naming every failing
    node, without values of rows.
    """
    build_id = running_build(settings)
    if build_id is None:
        raise Stop("no build is running: dbt builds only inside include.warehouse.build.holding_build")
    parsed = run(
        settings, "parse", "--no-write-json"
    ).result  # a manifest of files takes half a second; `build` writes one
    anew = mark_full_refresh(settings, build_id, fingerprint(parsed, settings)) or full_refresh
    left_out = ["--exclude-resource-type", "unit_test", "exposure"]
    if anew:
        scope = ["--full-refresh"]
    else:  # a changed seed would have made everything anew
        left_out.append("seed")
        scope = _what_has_news(settings, build_id)
    result = run(settings, "build", *left_out, *scope, *args, parsed=parsed)
    failures = failing_nodes(result)
    if failures:
        raise GateFailed("dbt refused the night:\n" + "\n".join(f"- {line}" for line in failures))
    return result


def _what_has_news(settings: Settings, build_id: int) -> list[str]:
    """dbt's selection: everything, or the descendants of streams with news and what follows the publications."""
    streams = changed_streams(settings, build_id)
    if streams is None:
        return []
    log.info("build %s: the same day again, news from %s", build_id, ", ".join(sorted(streams)) or "nobody")
    return ["--select", *OF_EVERY_BUILD, *(f"source:{stream}+" for stream in sorted(streams))]


def failing_nodes(result: Any) -> list[str]:
    """One line for each node that failed; nodes skipped because of it are only counted."""
    results = list(getattr(result.result, "results", None) or [])
    lines = [
        f"{item.node.resource_type} {item.node.name}: {item.status}{_why(item)}"
        for item in results
        if str(item.status) not in PASSED | {"skipped"}
    ]
    skipped = sum(str(item.status) == "skipped" for item in results)
    if not lines and not result.success:
        lines.append("dbt reported a failure without naming a node")
    return [*lines, f"{skipped} nodes behind these were not tried"] if lines and skipped else lines


def fingerprint(parsed: Any, settings: Settings) -> str:
    """Of all that decides what the models hold besides the loads: code, seeds, our macros, the company. `parsed` is what
    `parse` returned."""
    project = parsed.metadata.project_name
    nodes = {
        key: _signature(node) for key, node in parsed.nodes.items() if node.resource_type in ("model", "seed")
    }
    macros = {key: macro.macro_sql for key, macro in parsed.macros.items() if macro.package_name == project}
    company = [settings.company, settings.timezone.key, settings.currency, settings.country]
    text = json.dumps([nodes, macros, company, sorted(settings.simulated)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def target_folder(settings: Settings) -> Path:
    """Where manifest.json, run_results.json and the partial parse live."""
    return settings.home / "dbt" / "target"


def _signature(node: Any) -> list[Any]:
    kept = {
        key: node.config.get(key) for key in ("materialized", "unique_key", "incremental_strategy", "alias")
    }
    return [node.checksum.checksum, kept]


def _folders(settings: Settings) -> list[str]:
    logs = settings.home / "dbt" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return [
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
        "--target-path", str(target_folder(settings)), "--log-path", str(logs),
    ]  # fmt: skip


@contextmanager
def _environment(settings: Settings, build_id: int | None) -> Iterator[None]:
    """What profiles.yml reads, for the length of one command. The build's id goes by libpq, not by a
    variable of dbt's: changed variables make dbt parse everything again."""
    ours = {
        "NIGHTSHIFT_WAREHOUSE_HOST": settings.host,
        "NIGHTSHIFT_WAREHOUSE_PORT": str(settings.port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": settings.database,
        "NIGHTSHIFT_SECRETS_PASSWORD_TRANSFORMER": settings.secret("password_transformer").decode(),
        "PGOPTIONS": f"-c nightshift.build_id={build_id}" if build_id else "",
        "PGAPPNAME": "nightshift dbt",
        **{f"PG{name.upper()}": value for name, value in settings.tls.items()},
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def _why(item: Any) -> str:
    """How many rows failed, or what the database said; never the rows themselves."""
    if str(item.status) == "fail" and item.failures:
        return f", {item.failures} rows"
    lines = [line.strip() for line in str(item.message or "").splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("DETAIL:", "CONTEXT:", "LINE "))]
    return f": {' '.join(kept)[:500]}" if kept else ""


def _first_lines(text: str) -> str:
    return " ".join(text.split())[:1000]
