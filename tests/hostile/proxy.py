"""A real HTTP server in front of the sandbox that spoils what passes through it.

The answer is fetched from the sandbox and then sent by hand, byte by byte if need be: a server's own politeness
(lengths that are right, encodings that are true) is what a fault takes away.
"""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import requests

NOT_OURS = {"connection", "content-length", "transfer-encoding", "date", "server"}


@dataclass(frozen=True)
class Wire:
    """What is put on the wire. `length` is what is announced when that is not the truth; `cut` bytes are sent, then the
    connection ends, with a `reset` if so. `stall` and `drip` are seconds: before the body, and between single bytes
    (of the head too when `dripping_head`). `endless` is sent in chunks after the body, until the reader goes."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b""
    length: int | None = None
    cut: int | None = None
    reset: bool = False
    stall: float = 0.0
    drip: float = 0.0
    dripping_head: bool = False
    endless: Callable[[], Iterable[bytes]] | None = None

    def but(self, **changes: Any) -> "Wire":
        return replace(self, **changes)

    def json(self) -> Any:
        return orjson.loads(self.body)

    def labelled(self, **headers: str) -> "Wire":
        """With these headers, underscores as dashes."""
        return self.but(
            headers={**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}
        )


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
    """Requests whose "METHOD /path body" contains `where` are hit by `spoil` after so many, so many times."""

    url: str
    sandbox: str
    spoil: Spoil | None = None
    where: str = ""
    after: int = 0
    times: int = 1
    asked: list[str] = field(default_factory=list)
    hits: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def will(self, spoil: Spoil | None, where: str = "", after: int = 0, times: int = 1) -> "Proxy":
        self.spoil, self.where, self.after, self.times = spoil, where, after, times
        self.asked, self.hits = [], 0
        return self

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Wire:
        def real() -> Wire:
            return self._forward(method, path, headers, body)

        with self._lock:
            self.asked.append(f"{method} {path}")
            number = self._hit(f"{method} {path} {body.decode(errors='replace')}")
        if number is None or self.spoil is None:
            return real()
        return self.spoil(Visit(number, method, path, body, self.url, real))

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
            wire = proxy.answer(self.command, self.path, dict(self.headers.items()), body)
            with suppress(OSError):  # the reader has gone, as it should from some answers
                _send(self.connection, wire)

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


def _send(connection: socket.socket, wire: Wire) -> None:
    head = _head(wire)
    body = wire.body if wire.cut is None else wire.body[: wire.cut]
    if wire.status:
        _drip(connection, head, wire.drip if wire.dripping_head else 0.0)
        if wire.stall:
            time.sleep(wire.stall)
        _drip(connection, body, 0.0 if wire.dripping_head else wire.drip)
        for chunk in wire.endless() if wire.endless else ():
            connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
    if wire.reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def _head(wire: Wire) -> bytes:
    lines = [f"HTTP/1.1 {wire.status} Whatever"] + [f"{name}: {v}" for name, v in wire.headers.items()]
    if wire.endless:
        lines.append("Transfer-Encoding: chunked")
    elif wire.length != -1:
        lines.append(f"Content-Length: {len(wire.body) if wire.length is None else wire.length}")
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1")


def _drip(connection: socket.socket, text: bytes, pause: float) -> None:
    if not pause:
        connection.sendall(text)
        return
    for at in range(len(text)):
        connection.sendall(text[at : at + 1])
        time.sleep(pause)
