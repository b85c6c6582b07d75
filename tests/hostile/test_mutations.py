"""Every protection has a test that fails without it. `make test` looks that the table has not rotted, `make prove` tries all."""

import pytest

from tests.hostile.mutations import MUTATIONS
from tests.traps.noticed import assert_in_place, scored
from tests.traps.table import Mutation

FIGURE = "Protections against hostile vendors taken out, and noticed by a named test"


@pytest.mark.parametrize("one", MUTATIONS, ids=str)
def test_every_protection_is_where_the_table_says_and_so_are_its_guards(one: Mutation) -> None:
    assert_in_place(one)


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("one", MUTATIONS, ids=str)
def test_a_protection_taken_out_is_noticed(one: Mutation, record_property) -> None:
    scored(one, FIGURE, record_property)
