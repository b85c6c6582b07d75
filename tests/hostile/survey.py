"""Try one fault on one way of reading: what it did, what was left behind, and what the next ordinary run brings."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from include import lake
from include.clients.pace import LONGEST_WAIT, Clock
from include.errors import NightshiftError
from include.extract import extract
from include.settings import Settings
from include.sources.base import Account
from include.warehouse import load
from tests.hostile.faults import Fault
from tests.hostile.proxy import Proxy
from tests.hostile.ways import Way, secrets_of, wipe
from tests.sources.company import NOW

MOST_SECONDS = 60.0
MOST_MEMORY = 900 << 20
"""Bytes by which a process may grow while it reads the worst of answers."""

LIMITS = {
    "exchange.TIMEOUT": (0.5, 0.5), "exchange.LONGEST_EXCHANGE": 1.0, "exchange.LONGEST_FILE": 1.5,
    "auth.LONGEST_GRANT": 1.0, "session.MOST_FILE": 200 << 20, "pages.MOST_PAGES": 60,
}  # fmt: skip
"""As in life, smaller."""

Landed = list[tuple[str, bytes]]


@dataclass
class Pushed:
    """A clock whose sleeping takes no time."""

    slept: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.slept += seconds

    def clock(self) -> Clock:
        return Clock(
            lambda: time.monotonic() + self.slept, lambda: datetime.now(UTC), self.sleep, lambda: 0.5
        )


@dataclass
class Sockets:
    """Which ports of which hosts the product spoke to."""

    met: set[tuple[str, int]] = field(default_factory=set)


def landed(look: Connection) -> Landed:
    return look.execute("SELECT scope, content_hash FROM raw.observation ORDER BY 1, 2").fetchall()


def once(settings: Settings, account: Account, way: Way, run_id: str) -> int:
    """One ordinary run; records read."""
    epoch = load.next_epoch(settings)
    uri = extract(settings, account, way.stream, way.window, run_id, "nightly", epoch, NOW)
    return load.load_manifest(settings, uri).records


def disturbed(
    settings: Settings, look: Connection, account: Account, way: Way, fault: Fault, proxy: Proxy, whole: Landed,
    caplog: pytest.LogCaptureFixture, pushed: Pushed,
) -> str:  # fmt: skip
    """'' when the fault ended as it must, else what was wrong."""
    wrong: list[str] = []
    wipe(settings, look)
    caplog.clear()
    where = {"data": way.data, "grant": way.grant or ""}.get(fault.at, fault.at)
    proxy.will(fault.spoil, where, fault.after, fault.times)
    pushed.naps.clear()
    began, ended, error = time.monotonic(), "complete", None
    with speaking() as spoke, growth() as grown:
        try:
            once(settings, account, way, "disturbed")
        except NightshiftError as known:
            ended, error = "error", known
        except Exception as unknown:
            ended, error = "crash", unknown
    if not proxy.has_spoilt:
        return "the fault never happened"
    told = f"{error!r}"[:300]
    if ended == "crash" or (ended != fault.ends and fault.ends != "either"):
        wrong.append(f"it ended as {ended}, not {fault.ends}: {told}")
    if ended == "complete" and landed(look) != whole:
        wrong.append("it says complete and is not")
    if ended == "error":
        if landed(look) or lake.manifests(settings.lake, run_id="disturbed"):
            wrong.append("something is left of a run that failed")
        if way.source not in str(error):
            wrong.append(f"the error does not name the source: {told}")
    wrong += _universal(settings, account, proxy, error, caplog, pushed, spoke)
    if time.monotonic() - began > MOST_SECONDS:
        wrong.append(f"it took {time.monotonic() - began:.0f} s")
    if grown.bytes > MOST_MEMORY:
        wrong.append(f"the process grew by {grown.bytes >> 20} MB")
    proxy.will(None)
    if ended != "complete":
        once(settings, account, way, "next")
        if landed(look) != whole:
            wrong.append("the next ordinary run does not bring everything")
    return "; ".join(wrong)


def _universal(
    settings: Settings, account: Account, proxy: Proxy, error: Exception | None, caplog: pytest.LogCaptureFixture,
    pushed: Pushed, spoke: Sockets,
) -> Iterator[str]:  # fmt: skip
    said = f"{error} {error!r} {caplog.text}"
    if any(secret in said for secret in secrets_of(account)):
        yield "a secret was told"
    if any(nap > LONGEST_WAIT for nap in pushed.naps):
        yield f"it slept {max(pushed.naps)} s at once"
    allowed = {("127.0.0.1", int(proxy.url.rpartition(":")[2])), (settings.host, settings.port)}
    if spoke.met - allowed:
        yield f"it spoke to {spoke.met - allowed}"


@contextmanager
def speaking() -> Iterator[Sockets]:
    """Which addresses are connected to by urllib3; names are looked up there too."""
    seen = Sockets()
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not _is_the_proxys(self):
            seen.met.add((address[0], address[1]))
        return real(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("socket.socket.connect", connect)
        yield seen


def _is_the_proxys(_: socket.socket) -> bool:
    """The proxy's own requests to the sandbox come from its threads."""
    import threading

    return threading.current_thread() is not threading.main_thread()


@dataclass
class Growth:
    bytes: int = 0


@contextmanager
def growth() -> Iterator[Growth]:
    """How much this process grew at its peak; nothing where the system does not tell."""
    grown, before = Growth(), _memory(reset=True)
    yield grown
    grown.bytes = max(0, _memory() - before)


def _memory(reset: bool = False) -> int:
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def hurry(patch: pytest.MonkeyPatch, pushed: Pushed) -> None:
    """Sleeping takes no time, and limits are near."""
    for module in ("session", "auth"):
        patch.setattr(f"include.clients.{module}.Clock", pushed.clock)
    for name, value in LIMITS.items():
        patch.setattr(f"include.clients.{name}", value)
    logging.getLogger("include").setLevel(logging.DEBUG)
