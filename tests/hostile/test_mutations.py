"""Every protection has a test that fails without it. `make test` looks that the table has not rotted, `make prove` tries all."""

import json
from collections.abc import Callable

import pytest

from tests.hostile.mutations import MUTATIONS
from tests.traps.mutate import ROOT, mutated
from tests.traps.table import Mutation
from tests.traps.test_traps import assert_noticed, functions

FIGURE = "Protections against hostile vendors taken out, and noticed by a named test"


@pytest.mark.parametrize("one", MUTATIONS, ids=str)
def test_every_protection_is_where_the_table_says_and_so_are_its_guards(one: Mutation) -> None:
    text = (ROOT / one.file).read_text()
    assert mutated(text, one.replaced, one.file) != text
    for guard in one.guards:
        file, _, name = guard.partition("::")
        assert name in set(functions(ROOT / file))


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("one", MUTATIONS, ids=str)
def test_a_protection_taken_out_is_noticed(
    one: Mutation, record_property: Callable[[str, str], None]
) -> None:
    told = {"figure": FIGURE, "target": "all", "tried": 1, "survived": 0, "seed": None}
    try:
        assert_noticed(one)
        told["survived"] = 1
    finally:
        record_property("score", json.dumps(told))
