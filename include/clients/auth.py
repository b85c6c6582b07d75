"""Ways to sign in. Each knows the headers of one attempt, and how to get new ones when they are refused."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Protocol
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError as BrokenBody

from include.clients.exchange import Connections, TooLarge, chunks
from include.clients.json import NotJson, loads
from include.clients.pace import Clock
from include.clients.tokens import InMemory, RefreshTokens, Turn
from include.clients.urls import check_base, is_loopback, origin, shown
from include.errors import FixCredentials, Stop, Wait

TOKEN_BYTES = 1_000_000
LONGEST_GRANT = 60.0
SHORTEST_LIFE, USUAL_LIFE, LONGEST_LIFE = 60.0, 3600.0, 86400.0
"""Seconds of an access token's life: what we believe at least, without a word, and at most."""


class Auth(Protocol):
    """How a session signs its requests."""

    def headers(self) -> Mapping[str, str]:
        """The headers of the next attempt; asked again before every attempt."""

    def refresh(self) -> bool:
        """After a 401: True when new headers may do better."""

    def secrets(self) -> list[str]:
        """What must never be seen in a message."""


class Static:
    """Headers that never change, all of them secret: `Static({'X-Shopify-Access-Token': token})`.

    `plain` ones are not secret, such as the name of a database.
    """

    def __init__(self, headers: Mapping[str, str], plain: Mapping[str, str] | None = None):
        self._secret = dict(headers)
        self._headers = {**headers, **(plain or {})}

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def refresh(self) -> bool:
        return False

    def secrets(self) -> list[str]:
        return [value.split(" ", 1)[-1] for value in self._secret.values()]


def bearer(token: str, word: str = "Bearer", **plain: str) -> Static:
    """`Authorization: Bearer token`, beside other headers that are not secret."""
    return Static({"Authorization": f"{word} {token}"}, plain)


class Basic(Static):
    """HTTP Basic: EasyPost takes the key as the user and no password."""

    def __init__(self, user: str, password: str = ""):
        super().__init__({"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()})
        self._plain = [secret for secret in (user, password) if secret]

    def secrets(self) -> list[str]:
        return [*super().secrets(), *self._plain]


class OAuth:
    """An access token got with a grant and renewed at half its life.

    `form` is the grant's form: `{'grant_type': 'client_credentials', 'client_id': …, 'client_secret': …}` or a
    `refresh_token` grant. `tokens` keep the refresh token: when the answer brings another one, that is kept before
    anything else happens, for the old one may be dead. `header` says where the token goes. `sign_in` signs the request
    for the token itself, where a vendor wants the client's id and secret as HTTP Basic (UPS).
    """

    def __init__(
        self,
        token_url: str,
        form: Mapping[str, str],
        *,
        header: Callable[[str], Mapping[str, str]] = lambda token: {"Authorization": f"Bearer {token}"},
        tokens: RefreshTokens | None = None,
        sign_in: Auth | None = None,
        plain_http: bool = False,
        clock: Clock | None = None,
    ):
        self.token_url = check_base(token_url, plain_http)
        self._form = dict(form)
        given = self._form.pop("refresh_token", None)
        self._tokens = (tokens or InMemory(given)) if given else None
        self._header = header
        self._sign_in: Auth = sign_in or Static({})
        self._clock = clock or Clock()
        self._token: str | None = None
        self._renew_at = 0.0
        self._seen: list[str] = [given] if given else []

    def headers(self) -> Mapping[str, str]:
        if self._token is None or self._clock.monotonic() >= self._renew_at:
            self._fetch()
        return self._header(str(self._token))

    def refresh(self) -> bool:
        self._token = None
        return True

    def secrets(self) -> list[str]:
        hidden = ("client_secret", "assertion")
        ours = [self._form[name] for name in hidden if name in self._form]
        return [*self._seen, *ours, *self._sign_in.secrets()]

    def _fetch(self) -> None:
        with self._tokens.turn() if self._tokens else nullcontext() as turn:
            answer = self._ask(turn)
            rotated = answer.get("refresh_token")
            if turn and isinstance(rotated, str) and rotated and rotated != turn.token:
                self._seen.append(rotated)
                turn.keep(rotated)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Stop(f"{shown(self.token_url)} answered without a usable access_token")
        self._token = token
        self._seen = [*self._seen[-7:], token]
        self._renew_at = self._clock.monotonic() + _life(answer.get("expires_in")) / 2

    def _ask(self, turn: Turn | None) -> dict[str, Any]:
        where = shown(self.token_url)
        form = self._form | ({"refresh_token": turn.token} if turn else {})
        if turn:
            self._seen.append(turn.token)
        try:
            status, body = self._post(form)
        except TooLarge as what:
            raise Stop(f"{where} answered {what} when asked for a token") from None
        except (requests.RequestException, BrokenBody, OSError) as error:
            raise Wait(f"{where} could not be reached for a token ({type(error).__name__})") from None
        if status == 429 or status >= 500:
            raise Wait(f"{where} answered {status} when asked for a token")
        if status != 200:
            raise FixCredentials(f"{where} refused the grant ({status}): renew the account's credentials")
        try:
            answer = loads(body)
        except NotJson:
            raise Wait(f"{where} answered something else than JSON when asked for a token") from None
        if not isinstance(answer, dict):
            raise Stop(f"{where} answered without an access_token")
        return answer

    def _post(self, form: Mapping[str, str]) -> tuple[int, bytes]:
        """The grant's answer, of which we read so much and no more."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            **self._sign_in.headers(),
        }
        with (
            Connections(trust_env=not is_loopback(origin(self.token_url)[1])) as http,
            http.exchange(
                "POST", self.token_url, LONGEST_GRANT, data=urlencode(form).encode(), headers=headers
            ) as response,
        ):
            return response.status_code, b"".join(chunks(response, TOKEN_BYTES))


def _life(told: Any) -> float:
    """Seconds that an access token lives; vendors write them as a number or as text."""
    try:
        seconds = float(told or USUAL_LIFE)
    except (TypeError, ValueError, OverflowError):
        seconds = USUAL_LIFE
    return min(max(seconds, SHORTEST_LIFE), LONGEST_LIFE) if seconds == seconds else USUAL_LIFE
