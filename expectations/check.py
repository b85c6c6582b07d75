"""A check: one small table, read from the warehouse, and what should hold of every row in it."""

from dataclasses import dataclass

from great_expectations.expectations import Expectation


@dataclass(frozen=True)
class Check:
    """`query` is SQL with `{build_id}`; its rows carry no personal data, so results may be shown anywhere.

    `row` names the column that says which row failed: a load to hold, or a thing to look at. `tells` names one that says
    in words what came and what was expected; without it the expectation itself is put into words.
    """

    name: str
    query: str
    row: str
    expectations: tuple[Expectation, ...]
    tells: str | None = None
