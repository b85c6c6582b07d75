"""One HTTP exchange, bounded in time and in bytes, whatever the other side does.

A timeout of `requests` counts from one byte to the next: an answer that drips lasts for ever. Here the whole exchange
has an end, the head too; and what an answer unfolds to is counted while it is unfolded.
"""

import io
import time
from collections.abc import Iterator
from contextvars import ContextVar
from http.client import HTTPResponse
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

TIMEOUT = (10.0, 60.0)
"""Seconds for a connection, and for the next byte."""

LONGEST_EXCHANGE, LONGEST_FILE = 120.0, 3600.0
"""Seconds from a request to the last byte of its answer, and of a file."""

CHUNK = 1 << 16
UNFOLDS, NO_BOMB = 200, 64 << 20
"""Text unfolds to some thirty times its zipped size: beyond so many times, and so many bytes, it is a bomb."""

_longest: ContextVar[float] = ContextVar("longest", default=LONGEST_EXCHANGE)


class TooLarge(Exception):
    """The answer holds more than we read; the message says how much that is."""


class Connections(requests.Session):
    """requests, with exchanges that end. Use `exchange` only."""

    def __init__(self, trust_env: bool) -> None:
        super().__init__()
        self.trust_env = trust_env
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def exchange(self, method: str, url: str, longest: float | None = None, **more: Any) -> requests.Response:
        """The answer, its body unread; redirects are answers. The body must be read by the same thread."""
        mark = _longest.set(longest or LONGEST_EXCHANGE)
        try:
            # an auth that does nothing: requests would otherwise look for a ~/.netrc entry
            return self.request(
                method, url, auth=lambda request: request, timeout=TIMEOUT, allow_redirects=False, stream=True, **more
            )  # fmt: skip
        finally:
            _longest.reset(mark)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """requests would read a redirect's whole body to prepare a request we may not want to make."""
        return None


def chunks(response: requests.Response, most: int) -> Iterator[bytes]:
    """The decoded body. TooLarge beyond `most` bytes, or when a small zipped answer unfolds to gigabytes."""
    size = 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if size > most:
            raise TooLarge(f"more than {most:,} bytes")
        if size > NO_BOMB and size > UNFOLDS * response.raw.tell():
            raise TooLarge(f"{size:,} bytes zipped to {response.raw.tell():,}")
        yield chunk


class _Ending(io.RawIOBase):
    """A socket's bytes until an instant: then reading times out, however diligently they drip."""

    def __init__(self, connection: socket) -> None:
        self._socket = connection
        self._raw = connection.makefile("rb", 0)
        self._patience = connection.gettimeout() or TIMEOUT[1]
        self._until = time.monotonic() + _longest.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(min(self._patience, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket, *more: Any, **named: Any) -> None:
        super().__init__(sock, *more, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Ending(sock))


class _Http(HTTPConnection):
    response_class = _Answer


class _Https(HTTPSConnection):
    response_class = _Answer


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *more: Any, **named: Any) -> None:
        super().init_poolmanager(*more, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager
