"""Refresh tokens that survive the night: sealed in the warehouse, one row per connection, used by one task at a time."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from include.settings import Settings
from include.warehouse.connect import connect, trouble
from include.warehouse.seal import Seal

KEY = "refresh_token"


@dataclass
class _Turn:
    token: str
    rotated: bool = False

    def keep(self, token: str) -> None:
        self.token, self.rotated = token, True


class KeptTokens:
    """The refresh token of one connection: the newest the vendor gave us, or `given` when a person entered another.

    The row is locked from before the token is used until its replacement is committed: who signs in at the same time waits
    and then uses the replacement. A turn that fails leaves everything as it was. Nothing but the turn sees a token.
    """

    def __init__(self, settings: Settings, connection: str, given: str):
        self._settings, self._connection, self._given = settings, connection, given

    def __repr__(self) -> str:
        return f"KeptTokens({self._connection!r})"

    @contextmanager
    def turn(self) -> Iterator[_Turn]:
        """Raises Wait when the warehouse is away or somebody else signs in for minutes."""
        secret = self._settings.secret(KEY)
        given = hmac.digest(secret, self._given.encode(), "sha256")
        seal = Seal(secret, b"sealing")
        with trouble("signing in"), connect(self._settings, "loader") as conn:
            conn.execute(
                "INSERT INTO ops.refresh_token (connection) VALUES (%s) ON CONFLICT DO NOTHING",
                [self._connection],
            )
            row = conn.execute(
                "SELECT given, sealed FROM ops.refresh_token WHERE connection = %s FOR UPDATE",
                [self._connection],
            ).fetchone()
            turn = _Turn((seal.open(row[1]) if row and row[0] == given else None) or self._given)
            yield turn
            if turn.rotated:
                conn.execute(
                    "UPDATE ops.refresh_token SET given = %s, sealed = %s, rotated_at = now() WHERE connection = %s",
                    [given, seal.close(turn.token), self._connection],
                )
