"""Refresh tokens that a vendor replaces while they are used: only the newest one is good, and it must not be lost.

Whoever signs in takes a turn, alone: of two tasks that used the same token at once, one would end with a dead one.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Turn(Protocol):
    """The newest token, until the turn is over."""

    @property
    def token(self) -> str: ...

    def keep(self, token: str) -> None:
        """The vendor gave another one. It lasts when the turn ends without an error."""


class RefreshTokens(Protocol):
    """Where the refresh token of one account is kept."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Alone with the newest token. Raises Wait when it cannot be had now."""


class InMemory:
    """For as long as the process lives."""

    def __init__(self, token: str):
        self.token = token

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        yield self

    def keep(self, token: str) -> None:
        self.token = token
