"""Every trap of the trade has a test that fails when the rule against it is taken out.

The tables of mutations are sales_traps.py and other_traps.py. Mutations of models are tried many at a time: a run of
dbt's unit tests on a copy of the project in which each model has lost at most one rule. All others are tried one by one,
by pytest in a process of its own. `make test` tries a sample, `make prove` all.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from tests.traps.mutate import ROOT, mutate_file, mutated, project_copy
from tests.traps.noticed import assert_noticed, functions
from tests.traps.other_traps import MUTATIONS as OTHERS
from tests.traps.sales_traps import MUTATIONS as SALES
from tests.traps.table import Mutation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DAY = date(2026, 11, 20)
MUTATIONS = (*SALES, *OTHERS)
IN_MODELS = [one for one in MUTATIONS if one.is_model]
IN_MACROS = [one for one in MUTATIONS if not one.is_model and "::" not in one.guards[0]]
IN_CODE = [one for one in MUTATIONS if "::" in one.guards[0]]
TRAPS = (
    "quantity above one", "fan-out", "split shipments", "several discounts", "refund timing", "refund at another rate",
    "cancelled before payment", "cancelled after payment", "order edits", "gift cards", "test orders", "currencies",
    "missing rate", "DST", "ads restated up and down", "ads restated to nothing", "late scans", "deleted records",
    "guests", "duplicate e-mails", "ties across page edges", "sets that change while paged",
)  # fmt: skip


def rounds() -> list[list[Mutation]]:
    """The mutations of models in as few rounds as there are rules in one model."""
    made: list[list[Mutation]] = []
    for one in IN_MODELS:
        free = next((each for each in made if one.file not in {other.file for other in each}), None)
        if free is None:
            made.append(free := [])
        free.append(one)
    return made


@pytest.mark.parametrize("trap", [*TRAPS, *map(str, range(1, 21))])
def test_every_trap_has_a_mutation(trap: str) -> None:
    assert any(trap in one.trap.split(" ", 1) for one in MUTATIONS)


@pytest.mark.parametrize("one", MUTATIONS, ids=str)
def test_every_mutation_finds_its_rule_and_its_guards(one: Mutation) -> None:
    text = (ROOT / one.file).read_text()
    assert mutated(text, one.replaced, one.file) != text
    assert set(one.guards) <= known_guards(one)


@pytest.fixture(scope="module")
def built(module_warehouse: Settings) -> Settings:
    """Every model as a table of a company that has heard nothing: what dbt's unit tests look at for types."""
    with holding_build(module_warehouse, DAY):
        only = ("--exclude-resource-type", "test", "unit_test", "exposure")
        result = dbt_runner.run(module_warehouse, "build", *only)
        assert dbt_runner.failing_nodes(result) == []
    return module_warehouse


def test_a_round_of_rules_taken_out_is_noticed_by_every_guard(built: Settings, tmp_path: Path) -> None:
    assert unnoticed(built, tmp_path, rounds()[0]) == []


@pytest.mark.prove
@pytest.mark.parametrize("number", range(1, len(rounds())))
def test_every_other_round_is_noticed_too(
    built: Settings, tmp_path: Path, number: int, record_property: Callable[[str, str], None]
) -> None:
    taken = rounds()[number]
    assert unnoticed(built, tmp_path, taken) == []
    record_property("tried", "Taken out and noticed: " + "; ".join(map(str, taken)) + ".")


@pytest.mark.prove
@pytest.mark.parametrize("one", IN_MACROS, ids=str)
def test_a_rule_of_many_models_taken_out_is_noticed(built: Settings, tmp_path: Path, one: Mutation) -> None:
    assert unnoticed(built, tmp_path, [one]) == []


@pytest.mark.prove
@pytest.mark.parametrize("one", IN_CODE, ids=str)
def test_a_rule_of_the_code_taken_out_is_noticed(one: Mutation) -> None:
    assert_noticed(one)


def test_a_rule_of_the_pager_taken_out_is_noticed() -> None:
    (pager,) = [one for one in IN_CODE if one.file == "include/clients/pages.py"]
    assert_noticed(pager)


def unnoticed(settings: Settings, folder: Path, mutations: Sequence[Mutation]) -> list[str]:
    """The mutations of which no guard fails, in one run of dbt's unit tests on a changed copy of the project."""
    project = project_copy(folder)
    for one in mutations:
        mutate_file(folder / one.file, one.replaced)
    guards = sorted({guard for one in mutations for guard in one.guards})
    with pytest.MonkeyPatch.context() as patch, holding_build(settings, DAY):
        patch.setattr(dbt_runner, "PROJECT", project)
        result = dbt_runner.run(settings, "test", "--select", *(f"test_name:{guard}" for guard in guards))
    status = {each.node.name: str(each.status) for each in result.result.results}
    assert set(status) == set(guards), "not every guard was asked"
    return [str(one) for one in mutations if not any(status[guard] == "fail" for guard in one.guards)]


def known_guards(one: Mutation) -> set[str]:
    """Every guard that exists where this mutation's guards are."""
    files = {guard.split("::")[0] for guard in one.guards if "::" in guard}
    return {*unit_tests(), *(f"{file}::{name}" for file in files for name in functions(ROOT / file))}


@cache
def unit_tests() -> frozenset[str]:
    files = ROOT.glob("dbt_project/models/**/*unit_tests.yml")
    return frozenset(
        test["name"] for file in files for test in yaml.safe_load(file.read_text())["unit_tests"]
    )
