"""The traps of the trade, each with the rule that avoids it, a mutation that removes the rule, and the tests that notice.

A mutation replaces texts of one file by others; every text must be there, so the table cannot rot. A guard is the name of
a dbt unit test, or the id of a pytest test ('tests/...::...').
"""

from dataclasses import dataclass

MODELS = "dbt_project/models"
SALES = f"{MODELS}/intermediate/sales"
MARTS = f"{MODELS}/marts"


@dataclass(frozen=True)
class Mutation:
    """The rule taken out of `file`; at least one of `guards` must fail then."""

    trap: str
    rule: str
    file: str
    replaced: tuple[tuple[str, str], ...]
    guards: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.trap}: {self.rule}"

    @property
    def is_model(self) -> bool:
        """Whether it changes one model alone, guarded by dbt's unit tests: then many share one run of dbt."""
        return self.file.startswith(MODELS) and not any("::" in guard for guard in self.guards)


def model(trap: str, rule: str, file: str, old: str, new: str, *guards: str) -> Mutation:
    return Mutation(trap, rule, f"{file}.sql", ((old, new),), guards)


def models(trap: str, rule: str, file: str, replaced: dict[str, str], *guards: str) -> Mutation:
    return Mutation(trap, rule, f"{file}.sql", tuple(replaced.items()), guards)


def code(trap: str, rule: str, file: str, old: str, new: str, *guards: str) -> Mutation:
    return Mutation(trap, rule, file, ((old, new),), guards)
