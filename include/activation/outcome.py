"""What a round of sending did, and what that means for the task that sent."""

import logging
import traceback
from dataclasses import dataclass, field

from include.errors import FixCredentials, NightshiftError, Stop, Wait

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """An action that no repetition will send."""

    kind: str
    destination: str
    error: NightshiftError

    def __str__(self) -> str:
        return f"{self.kind} to {self.destination}: {self.error}"


@dataclass
class Sent:
    """What a round of sending did; `pending` were accepted and are not settled, `errors` are those to be tried
    again, `failures` those for a person."""

    confirmed: int = 0
    waiting: int = 0
    pending: int = 0
    errors: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len(self.failures)

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.confirmed + other.confirmed,
            self.waiting + other.waiting,
            self.pending + other.pending,
            self.errors + other.errors,
            self.failures + other.failures,
        )

    def raise_what_is_left(self) -> None:
        """After everything was tried: Wait when something should be tried again soon, else FixCredentials or Stop
        when something needs a person, naming what, where and what to do."""
        told = "; ".join(dict.fromkeys(map(str, self.failures)))
        if self.waiting:
            also = f"; and {self.failed} failed: {told}" if told else ""
            raise Wait(f"{self.waiting} actions could not be sent yet: {self.errors[0]}{also}")
        if told:
            is_refused = any(isinstance(failure.error, FixCredentials) for failure in self.failures)
            places = ", ".join(sorted({failure.destination for failure in self.failures}))
            raise (FixCredentials if is_refused else Stop)(
                f"{self.failed} actions failed: {told}. Put it right in {places} or in its connection and run this"
                " task again: what was sent stays sent"
            )


def unforeseen(what: str, error: Exception) -> Stop:
    """A mistake of ours as something for a person. Logged is where it happened, not its message: that may hold what was
    being sent."""
    log.error("%s: %s\n%s", what, type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return Stop(f"unforeseen {type(error).__name__}")
