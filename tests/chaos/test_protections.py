"""Each protection taken out is noticed by a named test: the tests can fail."""

import pytest

from tests.chaos.protections import PROTECTIONS
from tests.traps.noticed import assert_in_place, scored
from tests.traps.table import Mutation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FIGURE = "Protections taken out, and noticed by a named test"


def test_every_protection_is_where_it_was_and_its_guards_exist() -> None:
    for one in PROTECTIONS:
        assert_in_place(one)


def test_a_load_that_commits_in_between_is_noticed(record_property) -> None:
    [one] = [each for each in PROTECTIONS if each.trap == "one transaction"]
    scored(one, FIGURE, record_property)


@pytest.mark.prove
@pytest.mark.parametrize("one", PROTECTIONS, ids=str)
def test_a_protection_taken_out_is_noticed(one: Mutation, record_property) -> None:
    scored(one, FIGURE, record_property)
