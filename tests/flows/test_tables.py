"""The comparison itself: whatever differs is named by its row and column."""

from decimal import Decimal

import pytest

from tests.flows.tables import Table, differences, plain

TRUE = {("a", 1): {"units": 2, "amount": Decimal("4.50")}}


class Told:
    """A shop whose mart has these rows."""

    day = None

    def __init__(self, *rows):
        self.rows = rows

    def read_named(self, query, **values):
        return list(self.rows)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([("a", 1, 2, Decimal("4.5000"))], []),
        ([("a", 1, 2, Decimal("4.51"))], ["sales a / 1 amount: marts 4.51, world 4.50"]),
        ([("a", 1, None, Decimal("4.50"))], ["sales a / 1 units: marts None, world 2"]),
        ([], ["sales a / 1: not in the marts"]),
        ([("a", 1, 2, 4.5), ("b", 1, 2, 4.5)], ["sales b / 1: not in the world"]),
    ],
)
def test_a_difference_is_named_by_its_row_and_column(rows, wanted):
    table = Table("sales", ("store", "day"), lambda shop: TRUE)
    assert differences(Told(*rows), table) == wanted


def test_a_key_that_names_two_rows_is_no_key():
    table = Table("sales", ("store", "day"), lambda shop: TRUE)
    with pytest.raises(AssertionError, match="do not name a row"):
        differences(Told(("a", 1, 2, 3), ("a", 1, 2, 3)), table)


def test_true_is_not_one():
    assert plain(True) is True
    assert plain(1.0) == plain(Decimal("1.0000")) == plain(1)
