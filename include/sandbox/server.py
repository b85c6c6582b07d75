"""The sandbox company as one process: every vendor's API on one port of this machine, and a mail sink.

python -m include.sandbox.server --port 0 --home .nightshift
{"ready": true, "url": "http://127.0.0.1:40213", "smtp_port": 40215}
"""

import argparse
import gc
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from include.sandbox import control
from include.sandbox.clock import Clock
from include.sandbox.faces import BRANCH_FACES, FACES, Face, Limits, Sandbox
from include.sandbox.faults import FaultInjection, Faults
from include.sandbox.state import State
from include.sandbox.world.model import World


@dataclass(frozen=True)
class Running:
    """Where a started sandbox listens; `smtp_port` is None when the mail face is left out."""

    url: str
    smtp_port: int | None
    sandbox: Sandbox


def open_sandbox(
    world: World, home: Path, today: date | None = None, limits: Limits | None = None
) -> Sandbox:
    """The sandbox over a world; what it is told is kept in HOME/sandbox/state.sqlite."""
    state = State(home / "sandbox" / "state.sqlite")
    clock = Clock(state, world.company.timezone, today)
    main = Sandbox(world, clock, state, Faults(state), limits or Limits())
    branches = (
        replace(main, world=branch, state=State(home / "sandbox" / f"branch-{number}" / "state.sqlite"))
        for number, branch in enumerate(world.branches, 2)
    )
    return replace(main, branches=tuple(branches))


def create_app(sandbox: Sandbox, vendors: Sequence[str] | None = None) -> ASGIApp:
    """The web application of the given vendors (default: all)."""
    app = FastAPI(title="Nightshift sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    faces = _chosen(vendors)
    app.include_router(control.router(sandbox, faces))
    for face in faces:
        if face.prefixes:
            app.include_router(face.module.router(sandbox))
    for number, branch in enumerate(sandbox.branches, 2):
        app.mount(f"/branches/{number}", _branch_app(branch, faces))
    return FaultInjection(app, sandbox.faults)


@contextmanager
def serving(
    sandbox: Sandbox,
    port: int = 0,
    vendors: Sequence[str] | None = None,
    host: str = "127.0.0.1",
    smtp_port: int = 0,
) -> Iterator[Running]:
    """Serve in a background thread while the block runs; port 0 takes any free one."""
    config = uvicorn.Config(
        create_app(sandbox, vendors), log_level="error", access_log=False, timeout_graceful_shutdown=1
    )
    listener = _listen(host, port)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True, name="sandbox")
    mail = _serve_mail(sandbox, vendors, host, smtp_port)
    thread.start()
    try:
        _wait_until_started(server, thread)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield Running(url, mail.port if mail else None, sandbox)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        if mail:
            mail.stop()
        for each in (*sandbox.branches, sandbox):
            each.state.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Build or load the world, serve it, say where, and stay until told to stop."""
    options = _options(arguments)
    world = _world(options)
    # The world does not change: the garbage collector need not walk its millions of facts again and again.
    gc.freeze()
    sandbox = open_sandbox(world, options.home, options.today, Limits(options.scale, options.token_seconds))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serving(sandbox, options.port, None, options.host, options.smtp_port) as running:
        ready = {"ready": True, "url": running.url, "smtp_port": running.smtp_port}
        print(json.dumps(ready), flush=True)
        stop.wait()


def _branch_app(branch: Sandbox, faces: Sequence[Face]) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for face in faces:
        if face.vendor in BRANCH_FACES:
            app.include_router(face.module.router(branch))
    return app


def _chosen(vendors: Sequence[str] | None) -> list[Face]:
    return [face for face in FACES if vendors is None or face.vendor in vendors]


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


def _serve_mail(sandbox: Sandbox, vendors: Sequence[str] | None, host: str, port: int) -> Any:
    mail = [face for face in _chosen(vendors) if face.vendor == "mail"]
    return mail[0].module.serve(sandbox, port, host) if mail else None


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the sandbox could not start")
        time.sleep(0.01)


def _world(options: argparse.Namespace) -> World:
    from include.sandbox.world import WorldConfig, load_or_build

    chosen = {
        "seed": options.seed,
        "today": options.today,
        "history_days": options.history_days,
        "order_book": options.order_book,
        "timezone": options.timezone,
        "currency": options.currency,
        "country": options.country,
    }
    config = WorldConfig(**{name: value for name, value in chosen.items() if value is not None})
    return load_or_build(config, options.home)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m include.sandbox.server", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0 only where nobody else can reach it: a container"
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--home", type=Path, default=Path(".nightshift"))
    parser.add_argument("--order-book", type=Path, help="a shop's history as CSV")
    parser.add_argument("--timezone", help="the company's, such as Europe/Berlin")
    parser.add_argument("--currency", help="ISO 4217, such as EUR")
    parser.add_argument("--country", help="ISO 3166, such as DE")
    parser.add_argument("--history-days", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--today", type=date.fromisoformat, help="the company's day (default: the real one)")
    parser.add_argument(
        "--scale", type=float, default=Limits.scale, help="times the vendors' real rate limits"
    )
    parser.add_argument("--token-seconds", type=float, default=Limits.token_seconds)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
