"""Each protection taken out is noticed by a named test: the tests can fail."""

import pytest

from tests.chaos.amounts import score
from tests.chaos.protections import PROTECTIONS
from tests.traps.mutate import ROOT, mutated
from tests.traps.table import Mutation
from tests.traps.test_traps import assert_noticed, functions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FIGURE = "Protections taken out, and noticed by a named test"


def test_every_protection_is_where_it_was_and_its_guards_exist() -> None:
    for one in PROTECTIONS:
        text = (ROOT / one.file).read_text()
        assert mutated(text, one.replaced, one.file) != text
        for guard in one.guards:
            file, _, name = guard.partition("::")
            assert name in functions(ROOT / file), guard


def test_a_load_that_commits_in_between_is_noticed(record_property) -> None:
    [one] = [each for each in PROTECTIONS if each.trap == "one transaction"]
    assert_noticed(one)
    record_property(*score(FIGURE, "all", 1, 1))


@pytest.mark.prove
@pytest.mark.parametrize("one", PROTECTIONS, ids=str)
def test_a_protection_taken_out_is_noticed(one: Mutation, record_property) -> None:
    try:
        assert_noticed(one)
    except AssertionError:
        record_property(*score(FIGURE, "all", 1, 0))
        raise
    record_property(*score(FIGURE, "all", 1, 1))
