"""An account's requests on their way: within its rate, signed, redirected at home only, their answers bounded."""

from collections.abc import Iterator, Mapping
from typing import Any

import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import HTTPError as BrokenBody
from urllib3.exceptions import NewConnectionError

from include.clients import exchange
from include.clients.auth import Auth
from include.clients.exchange import Connections, TooLarge
from include.clients.pace import Rate
from include.clients.reply import REDIRECTS, Again, Reply
from include.clients.urls import same_origin
from include.errors import Stop, Wait


class Transport:
    """Sends one account's requests, once each; what another attempt may bring about is Again."""

    def __init__(self, auth: Auth, rate: Rate | None, max_bytes: int, trust_env: bool):
        self.rate = rate
        self.requests = 0  # sent so far, repeated ones included
        self._auth, self._max_bytes = auth, max_bytes
        self._http = Connections(trust_env)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def send(
        self, where: str, method: str, url: str, params: Any, data: Any, extra: Mapping[str, str]
    ) -> Reply:
        """The whole answer, of whatever status. Stop when it leads elsewhere or is too large."""
        for _ in range(4):
            with self.open(method, url, params, data, extra, signed=True) as response:
                forward = response.headers.get("Location")
                if response.status_code not in REDIRECTS or not forward:
                    return Reply(response.status_code, response.headers, self._body(where, response))
                if method != "GET" and response.status_code not in (307, 308):
                    raise Stop(f"{where} was sent elsewhere ({response.status_code}), which we do not follow")
                url, params = same_origin(url, forward), None
        raise Stop(f"{where} was redirected more than three times")

    def open(
        self,
        method: str,
        url: str,
        params: Any,
        data: Any,
        extra: Mapping[str, str],
        signed: bool,
        longest: float | None = None,
    ) -> requests.Response:
        """The answer, its body unread."""
        if self.rate:
            self.rate.take()
        self.requests += 1
        headers = {"Accept": "application/json", **extra, **(self._signature() if signed else {})}
        try:
            return self._http.exchange(method, url, longest, params=params, data=data, headers=headers)
        except requests.RequestException as error:
            never = isinstance(error, ConnectTimeout) or (isinstance(error, NoConnection) and _refused(error))
            raise Again(f"failed ({type(error).__name__})", certain=never) from None

    def _body(self, where: str, response: requests.Response) -> bytes:
        return b"".join(chunks(where, response, self._max_bytes))

    def _signature(self) -> Mapping[str, str]:
        try:
            return self._auth.headers()
        except Wait as trouble:
            after = trouble.retry_after.total_seconds() if trouble.retry_after else None
            raise Again(f"could not be signed: {trouble}", after, certain=True) from None


def chunks(where: str, response: requests.Response, most: int) -> Iterator[bytes]:
    """The decoded body; Stop beyond `most` bytes."""
    try:
        yield from exchange.chunks(response, most)
    except TooLarge as what:
        raise Stop(f"{where} answered {what}: that is no answer we can use") from None
    except (requests.RequestException, BrokenBody, OSError) as error:
        raise Again(f"broke off ({type(error).__name__})") from None


def _refused(error: NoConnection) -> bool:
    """Whether the connection was never made, so that nothing can have been carried out."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)
