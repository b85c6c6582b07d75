"""The rooms of the house and which way doors open: imports point one way."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = [
    ["dags"],
    ["plugins/nightshift", "plugins/nightshift_plugin.py"],
    [
        "include/stack",
        "include/backfill",
        "include/deletions.py",
        "include/extract.py",
        "include/night.py",
        "include/pull.py",
    ],
    [
        "include/activation",
        "include/quality.py",
        "include/expecting.py",
        "include/profile",
        "include/dbt_runner.py",
    ],
    ["include/sources", "include/warehouse", "include/privacy", "include/lake", "include/backtest"],
    [
        "include/clients",
        "include/collector.py",
        "include/csv_table.py",
        "include/window.py",
        "include/errors.py",
        "include/settings.py",
    ],
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


@cache
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


def imports_of(*rooms: str) -> Iterator[tuple[str, str]]:
    """(file, what it imports) for every import of every module in these rooms."""
    for path in MODULES:
        if path.parts[0] in rooms:
            yield from ((str(path), name) for name in sorted(imported(path)))


def test_no_room_imports_from_above():
    upward = [
        f"{path} (floor {floor_of(path)}) imports {name} (floor {floor_of(resolved(name))})"
        for path, name in imports_of("dags", "plugins", "include")
        if is_upward(floor_of(path), floor_of(resolved(name)))
    ]
    assert not upward, "\n".join(
        [
            *upward,
            "Imports point down only:",
            *(f"  {number}: {', '.join(rooms)}" for number, rooms in enumerate(FLOORS)),
            "Move what both need to the lower floor, or hand it in as an argument.",
        ]
    )


def is_upward(own: int | None, theirs: int | None) -> bool:
    return own is not None and theirs is not None and theirs < own


def test_include_never_imports_airflow():
    airflow = [use for use in imports_of("include") if use[1].split("/")[0] == "airflow"]
    assert not airflow, f"{airflow}: only plugins/ and dags/ know Airflow"


def test_the_product_never_imports_the_sandbox():
    sandbox = [
        (path, name)
        for path, name in imports_of("dags", "plugins", "include")
        if name.startswith(SANDBOX) and not path.startswith(SANDBOX) and not is_public_knowledge(path, name)
    ]
    assert not sandbox, f"{sandbox}: the sandbox is one more vendor, spoken to over HTTP"


def is_public_knowledge(path: str, name: str) -> bool:
    """The stack connects the sandbox's accounts: it may know its public credentials, nothing else."""
    return path.startswith("include/stack/") and name.startswith("include/sandbox/credentials")


def test_plugins_never_speak_http():
    speaking = [
        use
        for use in imports_of("plugins")
        if use[1].split("/")[0] in ("requests", "urllib3", "httpx", "http")
    ]
    assert not speaking, f"{speaking}: HTTP belongs in include/clients"


def test_every_module_of_the_house_has_a_floor():
    homeless = [
        str(path)
        for path in MODULES
        if floor_of(str(path)) is None and not str(path).startswith(SANDBOX) and path.name != "__init__.py"
    ]
    assert not homeless, f"put {homeless} on a floor in {Path(__file__).name}"
