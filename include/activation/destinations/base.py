"""What a destination is, what a receiver may answer, and what a platform that keeps audiences can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from include.clients.tokens import RefreshTokens
from include.errors import Stop, Wait
from include.privacy.consent import Contact

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
    tokens: RefreshTokens | None = field(default=None, repr=False, compare=False)

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


@dataclass(frozen=True)
class Identity:
    """What one platform is told of one person: addresses in the form it wants, hashed wherever it takes hashes.

    `external_id` is our name for the person at this platform alone. `handle` is all a removal will have, because
    by then the address may be forgotten: the external id where the platform keeps it, else whatever was sent.
    Handles other than the external id are kept in `pii` until the person has left.
    """

    external_id: str
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    handle: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.handle:
            object.__setattr__(self, "handle", self.external_id)


@dataclass(frozen=True)
class Settled:
    """What became of an accepted batch. 'partial': some people were refused and nobody says who; `why` is told,
    so it names nobody."""

    state: Literal["pending", "done", "partial", "failed"]
    why: str = ""


DONE = Settled("done")
Answer = dict[str, Any]
"""What is kept of an answer: ids and counts, no addresses and no hashes. It must be plain JSON, and enough for
`settled` to ask again the next night."""


class Platform(Protocol):
    """An account that keeps lists of people. Every change is harmless when repeated (`batch_key` stays the same).

    Built as `Class(destination)`. Everything may raise Wait (try later), FixCredentials or Stop.
    """

    purpose: ClassVar[Literal["ads", "email"]]
    """The consent a person must have given to be told of."""
    batch: ClassVar[int]
    """Most people in one call."""
    smallest: ClassVar[int]
    """Lists smaller than this do not work there; 0 when any size does."""

    def audience(self, name: str) -> str:
        """The id of our list of this name (`abandoned_cart`), made if there is none."""
        ...

    def prepare(self, contact: Contact, external_id: str) -> Identity | None:
        """How this platform knows the person; None when no address of theirs is usable."""
        ...

    def add(self, audience_id: str, people: Sequence[Identity], batch_key: str) -> Answer:
        """Put people in; returns once it is accepted, which need not be settled."""
        ...

    def remove(self, audience_id: str, handles: Sequence[str], batch_key: str) -> Answer:
        """Take people out by their handles; who is not there is no error."""
        ...

    def settled(self, answer: Answer) -> Settled:
        """Ask once, without waiting, what became of an answer of `add` or `remove`."""
        ...
