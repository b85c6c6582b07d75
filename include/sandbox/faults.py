"""Outages on demand: each vendor can be told to fail in the ways real ones do.

A fault is `{"vendor", "kind", "times", "after", "path", "seconds"}`: it hits the vendor's requests
whose "METHOD /path" contains `path` (default: all), leaves the first `after` of them alone, hits
`times` of them (None: until cleared) and then is gone. `seconds` is the delay of 'slow' and the
Retry-After of '429'.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from include.sandbox.faces import vendor_of
from include.sandbox.state import State

KINDS = ("down", "429", "500", "slow", "html", "truncate", "reset")


@dataclass
class Fault:
    vendor: str
    kind: str
    times: int | None = None
    after: int = 0
    path: str = ""
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r} is not one of {', '.join(KINDS)}")


class Faults:
    """The faults in force, kept in the sandbox's state."""

    def __init__(self, state: State):
        self._state = state
        self._lock = threading.Lock()

    def inject(self, fault: Fault) -> None:
        self._state.append("fault", asdict(fault))

    def all(self) -> list[Fault]:
        return [Fault(**value) for value in self._state.all("fault")]

    def clear(self, vendor: str | None = None) -> None:
        """End the faults of one vendor, or all."""
        keys = [key for key, value in self._state.items("fault").items() if vendor in (None, value["vendor"])]
        self._state.delete_many("fault", keys)

    def take(self, vendor: str, request: str = "") -> Fault | None:
        """The fault that hits this request ("METHOD /path") of the vendor, counted as used."""
        with self._lock:
            for key, value in self._state.items("fault").items():
                fault = Fault(**value)
                if fault.vendor == vendor and fault.path in request and self._count(key, fault):
                    return fault
        return None

    def _count(self, key: str, fault: Fault) -> bool:
        if fault.after > 0:
            fault.after -= 1
            self._state.put("fault", key, asdict(fault))
            return False
        if fault.times is None:
            return True
        fault.times -= 1
        if fault.times > 0:
            self._state.put("fault", key, asdict(fault))
        else:
            self._state.delete("fault", key)
        return True


class FaultInjection:
    """ASGI middleware, outermost: answers in the vendor's place while a fault is in force."""

    def __init__(self, app: ASGIApp, faults: Faults):
        self.app, self.faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        face = vendor_of(scope["path"]) if scope["type"] == "http" else None
        fault = self.faults.take(face.vendor, f"{scope['method']} {scope['path']}") if face else None
        if face is None or fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self.app(scope, receive, send)
        elif fault.kind == "truncate":
            await self.app(scope, receive, _truncating(send))
        elif fault.kind == "reset":
            await _reset(send)
        else:
            refusal = getattr(face.module, "refusal", None)
            answer = (refusal(fault.kind) if refusal else None) or _plain(fault)
            if fault.kind == "429":
                answer.headers["Retry-After"] = f"{fault.seconds:g}"
            await answer(scope, receive, send)


def _plain(fault: Fault) -> Response:
    if fault.kind == "html":
        return HTMLResponse("<html><body><h1>We will be right back</h1></body></html>")
    status = {"down": 503, "429": 429, "500": 500}[fault.kind]
    return JSONResponse({"errors": f"sandbox fault: {fault.kind}"}, status)


def _truncating(send: Send) -> Send:
    """Keep the announced Content-Length but deliver half of the body and hang up."""

    async def half(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            message = {**message, "body": message["body"][: len(message["body"]) // 2], "more_body": True}
            await send(message)
            await _reset(send)
        else:
            await send(message)

    return half


async def _reset(send: Send) -> None:
    """Drop the TCP connection as a crashing peer would: with a reset and no answer."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    # The server takes note of the lost connection in its next turn, and then expects no answer.
    await asyncio.sleep(0.01)
