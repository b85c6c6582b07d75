"""What a destination is, and what a receiver may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.errors import Stop, Wait

MODES = ("observe", "propose", "act")


@dataclass(frozen=True)
class Destination:
    """One account actions may go to. Never logged whole.

    `mode`: 'observe' plans and sends nothing, 'propose' sends what a person approved, 'act' sends.
    """

    name: str
    mode: str
    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise Stop(f"destination {self.name} has mode {self.mode!r}; there are {', '.join(MODES)}")

    def credential(self, *names: str) -> str:
        """The first of these credentials that is there. Stop naming them when none is."""
        for name in names:
            if self.credentials.get(name):
                return self.credentials[name]
        raise Stop(f"the connection of {self.name} lacks {' or '.join(names)}")


class Unsure(Wait):
    """The receiver may or may not have carried it out: a repetition may be a second copy."""
