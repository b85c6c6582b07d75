"""A real HTTP server that answers as a test has written down, and remembers what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True)
class Say:
    """One answer. `cut` sends only so many bytes of the body it announced, then hangs up; `reset` sends nothing."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> "Say":
        return cls(
            orjson.dumps(value), status, {name.replace("_", "-"): text for name, text in headers.items()}
        )


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Faulty:
    """Gives `answers` one after the other, the last for ever."""

    def __init__(self, url: str):
        self.url = url
        self.answers: list[Say] = [Say()]
        self.asked: list[Asked] = []

    def will(self, *answers: Say) -> "Faulty":
        self.answers, self.asked = list(answers), []
        return self

    def next(self) -> Say:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def faulty() -> Iterator[Faulty]:
    """A server of its own on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
            say = script.next()
            self.close_connection = True
            if say.reset:
                return
            self.send_response(say.status)
            for name, value in {"Content-Type": "application/json", **say.headers}.items():
                self.send_header(name, value)
            if "Content-Length" not in say.headers:
                self.send_header("Content-Length", str(len(say.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(say.body if say.cut is None else say.body[: say.cut])

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script = Faulty(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
