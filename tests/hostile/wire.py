"""An answer byte by byte: a server's own politeness (lengths that are right, encodings that are true) is what it lacks."""

import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson


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


def send(connection: socket.socket, wire: Wire) -> None:
    """Put an answer on a connection, as it says; OSError when the reader has gone."""
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
