"""Ways to sign in. Each knows the headers of one attempt, and how to get new ones when they are refused."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError as BrokenBody

from include.clients.json import NotJson, loads
from include.clients.pace import Clock
from include.clients.urls import check_base, is_loopback, origin, shown
from include.errors import FixCredentials, Stop, Wait

TOKEN_BYTES = 1_000_000
TIMEOUT = (10, 30)


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
    `refresh_token` grant. When the answer brings another refresh token, it is used from then on and handed to
    `on_rotated`, which must keep it: the old one may be dead. `header` says where the token goes. `sign_in` signs the
    request for the token itself, where a vendor wants the client's id and secret as HTTP Basic (UPS).
    """

    def __init__(
        self,
        token_url: str,
        form: Mapping[str, str],
        *,
        header: Callable[[str], Mapping[str, str]] = lambda token: {"Authorization": f"Bearer {token}"},
        on_rotated: Callable[[str], None] = lambda token: None,
        sign_in: Auth | None = None,
        plain_http: bool = False,
        clock: Clock | None = None,
    ):
        self.token_url = check_base(token_url, plain_http)
        self._form = dict(form)
        self._header = header
        self._on_rotated = on_rotated
        self._sign_in: Auth = sign_in or Static({})
        self._clock = clock or Clock()
        self._token: str | None = None
        self._renew_at = 0.0
        self._seen: list[str] = []

    def headers(self) -> Mapping[str, str]:
        if self._token is None or self._clock.monotonic() >= self._renew_at:
            self._fetch()
        return self._header(str(self._token))

    def refresh(self) -> bool:
        self._token = None
        return True

    def secrets(self) -> list[str]:
        hidden = ("client_secret", "refresh_token", "assertion")
        ours = [self._form[name] for name in hidden if name in self._form]
        return [*self._seen, *ours, *self._sign_in.secrets()]

    def _fetch(self) -> None:
        answer = self._ask()
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise Stop(f"{shown(self.token_url)} answered without an access_token")
        self._token = token
        self._seen = [*self._seen[-3:], token]
        life = float(answer.get("expires_in") or 3600)
        self._renew_at = self._clock.monotonic() + life / 2
        rotated = answer.get("refresh_token")
        if (
            isinstance(rotated, str)
            and rotated != self._form.get("refresh_token")
            and "refresh_token" in self._form
        ):
            self._form["refresh_token"] = rotated
            self._on_rotated(rotated)

    def _ask(self) -> dict[str, Any]:
        where = shown(self.token_url)
        try:
            status, body = self._post()
        except (requests.RequestException, BrokenBody) as error:
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

    def _post(self) -> tuple[int, bytes]:
        """The grant's answer, of which we read so much and no more."""
        with requests.Session() as http:
            http.trust_env = not is_loopback(origin(self.token_url)[1])
            # the body as bytes and an auth that does nothing: requests would otherwise look for a ~/.netrc entry
            with http.post(
                self.token_url,
                data=urlencode(self._form).encode(),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                    **self._sign_in.headers(),
                },
                auth=lambda request: request,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, response.raw.read(TOKEN_BYTES, decode_content=True)
