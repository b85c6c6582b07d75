"""Whether anybody notices that a rule is gone: its guards are run by a pytest whose product lacks the rule."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.traps.mutate import ROOT, VARIABLE, mutated
from tests.traps.table import Mutation


def assert_in_place(one: Mutation) -> None:
    """The rule stands where the table says, and every guard of it exists."""
    text = (ROOT / one.file).read_text()
    assert mutated(text, one.replaced, one.file) != text
    for guard in one.guards:
        file, _, name = guard.partition("::")
        assert name in set(functions(ROOT / file)), guard


def assert_noticed(one: Mutation) -> None:
    """At least one guard fails without the rule."""
    wish = json.dumps({"file": one.file, "replaced": one.replaced})
    guards = [guard for guard in one.guards if "::" in guard]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "tests.traps.mutate", *guards],
        cwd=ROOT, env={**os.environ, VARIABLE: wish}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 1, f"{one}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert " failed" in done.stdout.splitlines()[-1], done.stdout[-2000:]


def scored(one: Mutation, figure: str, record_property: Callable[[str, str], None]) -> None:
    """The same, as one of a figure on the scorecard."""
    told = {"figure": figure, "target": "all", "tried": 1, "survived": 0, "seed": None}
    try:
        assert_noticed(one)
        told["survived"] = 1
    finally:
        record_property("score", json.dumps(told))


def functions(file: Path) -> Iterator[str]:
    """The names of a file's functions."""
    tree = ast.parse(file.read_text())
    yield from (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
