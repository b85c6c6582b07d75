"""A real HTTP server in front of the sandbox that spoils what passes through it."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.hostile.wire import Wire, send

LONGEST_WORK = 30.0
"""Seconds that the largest body takes to be made on a busy machine."""

NOT_OURS = {"connection", "content-length", "transfer-encoding", "date", "server"}


@dataclass(frozen=True)
class Visit:
    """One request that a fault hits: `number` counts from 1; `real` is what the sandbox answers."""

    number: int
    method: str
    path: str
    body: bytes
    proxy: str
    real: Callable[[], Wire]


Spoil = Callable[[Visit], Wire]


@dataclass
class Proxy:
    """Requests whose "METHOD /path body" contains `where` are hit by `spoil` after so many, so many times.

    `hits` are requests that were chosen; of them `unspoilt` those for which no answer could be made.
    """

    url: str
    sandbox: str
    spoil: Spoil | None = None
    where: str = ""
    after: int = 0
    times: int = 1
    asked: list[str] = field(default_factory=list)
    hits: int = 0
    unspoilt: int = 0
    working: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _at_work: threading.Condition = field(default_factory=threading.Condition)

    def will(self, spoil: Spoil | None, where: str = "", after: int = 0, times: int = 1) -> "Proxy":
        """From now on this; what an earlier fault still makes for a reader who has gone is waited for, lest it be counted
        with the next."""
        with self._at_work:
            self._at_work.wait_for(lambda: self.working == 0, timeout=LONGEST_WORK)
        self.spoil, self.where, self.after, self.times = spoil, where, after, times
        self.asked, self.hits, self.unspoilt = [], 0, 0
        return self

    @property
    def has_spoilt(self) -> bool:
        """Whether what was wanted happened."""
        return self.hits > 0 and not self.unspoilt

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While one answer is made and sent."""
        with self._at_work:
            self.working += 1
        try:
            yield
        finally:
            with self._at_work:
                self.working -= 1
                self._at_work.notify_all()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Wire:
        def real() -> Wire:
            return self._forward(method, path, headers, body)

        with self._lock:
            self.asked.append(f"{method} {path}")
            number = self._hit(f"{method} {path} {body.decode(errors='replace')}")
        if number is None or self.spoil is None:
            return real()
        try:
            return self.spoil(Visit(number, method, path, body, self.url, real))
        except Exception:
            self.unspoilt += 1
            raise

    def _hit(self, request: str) -> int | None:
        if self.spoil is None or not re.search(self.where, request):
            return None
        if self.after:
            self.after -= 1
            return None
        if self.hits >= self.times:
            return None
        self.hits += 1
        return self.hits

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Wire:
        kept = {name: value for name, value in headers.items() if name.lower() not in {*NOT_OURS, "host"}}
        kept["Accept-Encoding"] = "identity"
        with requests.Session() as http:
            http.trust_env = False
            told = http.request(
                method, self.sandbox + path, headers=kept, data=body, timeout=60, allow_redirects=False
            )
        named = {name: value for name, value in told.headers.items() if name.lower() not in NOT_OURS}
        # a vendor's answer may hold addresses of its own: they lead back through us
        return Wire(told.status_code, named, told.content.replace(self.sandbox.encode(), self.url.encode()))


@contextmanager
def spoiling(sandbox: str) -> Iterator[Proxy]:
    """A proxy on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            self.close_connection = True
            with proxy.at_work(), suppress(OSError):  # the reader has gone, as it should from some answers
                wire = proxy.answer(self.command, self.path, dict(self.headers.items()), body)
                send(self.connection, wire)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    proxy = Proxy(f"http://127.0.0.1:{server.server_port}", sandbox)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
