"""The rooms of the house and which way doors open: imports point one way."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = [
    ["dags"],
    ["plugins/nightshift", "plugins/nightshift_plugin.py"],
    ["include/stack", "include/backfill.py", "include/deletions.py", "include/night.py", "include/pull.py"],
    ["include/activation", "include/quality.py", "include/dbt_runner.py"],
    ["include/sources", "include/warehouse", "include/privacy", "include/lake.py"],
    ["include/clients", "include/window.py", "include/errors.py", "include/settings.py"],
]
"""Top floor first. A module may import from its own floor and from those below, never from above."""

SANDBOX = "include/sandbox"
MODULES = sorted(
    path.relative_to(ROOT)
    for room in ("dags", "plugins", "include")
    for path in (ROOT / room).rglob("*.py")
    if "__pycache__" not in path.parts
)


def floor_of(path: str) -> int | None:
    """The floor of a file or of a module written as a path; None outside the house."""
    for number, rooms in enumerate(FLOORS):
        for room in rooms:
            if path.removesuffix(".py") == room.removesuffix(".py") or path.startswith(f"{room}/"):
                return number
    return None


def imported(path: Path) -> set[str]:
    """Everything a file imports, also inside functions, as paths: `include/errors`, `airflow/sdk`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write `from include...`"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.replace(".", "/") for name in found}


def resolved(name: str) -> str:
    """`nightshift/assets` lives in plugins."""
    return f"plugins/{name}" if name.split("/")[0] == "nightshift" else name


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_room_imports_from_above(path: Path):
    own = floor_of(str(path))
    if own is None:
        return
    for name in imported(path):
        theirs = floor_of(resolved(name))
        assert theirs is None or theirs >= own, (
            f"{path} (floor {own}) imports {name} (floor {theirs}). Imports point down only:\n"
            + "\n".join(f"  {number}: {', '.join(rooms)}" for number, rooms in enumerate(FLOORS))
            + "\nMove what both need to the lower floor, or hand it in as an argument."
        )


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] == "include"], ids=str)
def test_include_never_imports_airflow(path: Path):
    airflow = [name for name in imported(path) if name.split("/")[0] == "airflow"]
    assert not airflow, f"{path} imports {airflow}: only plugins/ and dags/ know Airflow"


@pytest.mark.parametrize("path", [path for path in MODULES if not str(path).startswith(SANDBOX)], ids=str)
def test_the_product_never_imports_the_sandbox(path: Path):
    sandbox = [name for name in imported(path) if name.startswith(SANDBOX)]
    if str(path).startswith("include/stack/"):
        # the stack connects the sandbox's accounts: it may know its public credentials, nothing else
        sandbox = [name for name in sandbox if not name.startswith("include/sandbox/credentials")]
    assert not sandbox, f"{path} imports {sandbox}: the sandbox is one more vendor, spoken to over HTTP"


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] == "plugins"], ids=str)
def test_plugins_never_speak_http(path: Path):
    http = [name for name in imported(path) if name.split("/")[0] in ("requests", "urllib3", "httpx", "http")]
    assert not http, f"{path} imports {http}: HTTP belongs in include/clients"


def test_every_module_of_the_house_has_a_floor():
    homeless = [
        str(path)
        for path in MODULES
        if floor_of(str(path)) is None and not str(path).startswith(SANDBOX) and path.name != "__init__.py"
    ]
    assert not homeless, f"put {homeless} on a floor in {Path(__file__).name}"
