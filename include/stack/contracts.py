"""`make contracts`: the promises to readers brought up to date, and no breaking one by accident."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from include.dbt_runner import PROJECT, QUIET
from include.errors import Stop
from include.warehouse.contracts import published_tables
from include.warehouse.promises import Promise, changes, promises, refused

FILE = PROJECT / "contracts" / "mart.json"
HOW_TO_BREAK = (
    "Readers would break. Give them a new mart beside the old, or add to `breaking` in dbt_project/contracts/mart.json:\n"
    '  {"date": "2026-11-22", "change": "<the line above, after BREAKING>", "reason": "why, and who was told"}'
)


def bring_up_to_date(console: Console, file: Path = FILE) -> int:
    """Write the promises anew, unless that would break one; returns the exit status."""
    kept = read(file)
    now = promises(published_tables(manifest()))
    found = changes(kept["tables"], now)
    for change in found:
        console.print(
            str(change), style="red" if change.is_breaking else "green", highlight=False, markup=False
        )
    if refused(found, kept["breaking"]):
        console.print(HOW_TO_BREAK, highlight=False, markup=False)
        return 1
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"breaking": kept["breaking"], "tables": now}, indent=1) + "\n")
    console.print(f"{len(now)} marts are promised in {file.name}, {len(found)} changes.", highlight=False)
    return 0


def complaints(now: Mapping[str, Promise], file: Path = FILE) -> list[str]:
    """What keeps the committed promises from being those of the models, line by line; nothing when all is well.

    A breaking change counts until it is accepted, also one that was written into the file by hand: the file is held
    against its own last two commits, where git knows them.
    """
    kept = read(file)
    lines = [str(change) for change in changes(kept["tables"], now)]
    if lines:
        lines.append("The marts are not those promised: run `make contracts`, and commit what it writes.")
    since = [change for before in _committed(file) for change in changes(before, now)]
    broken = dict.fromkeys(str(change) for change in refused(since, kept["breaking"]))
    return [*lines, *broken, *([HOW_TO_BREAK] if broken else [])]


def read(file: Path = FILE) -> dict[str, Any]:
    """The committed promises; none before there is a file."""
    return json.loads(file.read_text()) if file.exists() else {"breaking": [], "tables": {}}


def manifest() -> dict[str, Any]:
    """The project's manifest, parsed without any warehouse. Raises Stop when dbt cannot."""
    from dbt.cli.main import dbtRunner

    with TemporaryDirectory() as folder:
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", folder]
        result = dbtRunner().invoke(["parse", *folders, "--log-path", folder, *QUIET])
        if not result.success:
            raise Stop(f"dbt parse: {result.exception}")
        return json.loads((Path(folder) / "manifest.json").read_bytes())


def _committed(file: Path) -> list[Mapping[str, Promise]]:
    """The tables promised at HEAD and at the commit before it."""
    found: list[Mapping[str, Promise]] = []
    for commit in ("HEAD", "HEAD^"):
        shown = subprocess.run(
            ["git", "show", f"{commit}:./{file.name}"], cwd=file.parent, capture_output=True, check=False
        )
        if shown.returncode == 0:
            found.append(json.loads(shown.stdout)["tables"])
    return found
