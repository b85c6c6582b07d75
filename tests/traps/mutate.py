"""Takes a rule out: in a copy of the dbt project or of the migrations, or in a module as it is imported (as a pytest plugin).

NIGHTSHIFT_MUTATION='{"file": ..., "replaced": [[old, new]]}' python -m pytest -p tests.traps.mutate tests/...
"""

import atexit
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = "include/warehouse/migrations"
VARIABLE = "NIGHTSHIFT_MUTATION"


def mutated(text: str, replaced: Iterable[Sequence[str]], where: str) -> str:
    """The text without the rule. Raises when what was to be replaced is not there: the table has rotted."""
    for old, new in replaced:
        if old not in text:
            raise LookupError(f"{where} does not hold {old!r} any more")
        text = text.replace(old, new)
    return text


def mutate_file(file: Path, replaced: Iterable[Sequence[str]]) -> None:
    file.write_text(mutated(file.read_text(), replaced, file.name))


def project_copy(folder: Path) -> Path:
    """The dbt project, to be changed at will."""
    return Path(shutil.copytree(ROOT / "dbt_project", folder / "dbt_project"))


class Mutated(SourceFileLoader):
    """Loads one module with its text changed, and never from or into the cache of bytecode."""

    def __init__(self, name: str, path: str, replaced: Sequence[Sequence[str]]) -> None:
        super().__init__(name, path)
        self._replaced = replaced

    def path_stats(self, path: Any) -> Any:
        raise OSError("no cache for what is not as it is written")

    def get_data(self, path: Any) -> bytes:
        return mutated(super().get_data(path).decode(), self._replaced, str(path)).encode()


class Finder(PathFinder):
    """Finds the module of one file before anybody else does."""

    def __init__(self, file: str, replaced: Sequence[Sequence[str]]) -> None:
        self.name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._file, self._replaced = ROOT / file, replaced

    def find_spec(  # type: ignore[override]
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == self.name else None
        if spec:
            spec.loader = Mutated(name, str(self._file), self._replaced)
        return spec


def take_out() -> None:
    """At the import of the plugin: a conftest may import the module before pytest is configured."""
    wish = json.loads(os.environ[VARIABLE])
    if wish["file"].endswith(".py"):
        sys.meta_path.insert(0, Finder(wish["file"], wish["replaced"]))  # type: ignore[arg-type]
        return
    from include import dbt_runner
    from include.warehouse import migrate

    folder = Path(tempfile.mkdtemp(prefix="nightshift-trap-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if wish["file"].startswith(MIGRATIONS):
        migrate.MIGRATIONS = Path(shutil.copytree(ROOT / MIGRATIONS, folder / MIGRATIONS))
    else:
        dbt_runner.PROJECT = project_copy(folder)
    mutate_file(folder / wish["file"], wish["replaced"])


if VARIABLE in os.environ:
    take_out()
