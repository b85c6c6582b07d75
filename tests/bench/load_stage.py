"""Where contenders are measured: a Postgres as ours is set up, a server with pages, a fresh database for every run."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import msgspec
import psutil
import psycopg

from include import settings as settings_module
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate, registry_streams
from include.warehouse.roles import grant_database
from tests.bench import load_pages, load_server
from tests.bench.load_pages import Expected
from tests.bench.load_source import registered

TEMPLATE = "bench_template"


class Failed(Exception):
    """A contender broke off, or loaded something else than it was given."""


@dataclass(frozen=True)
class Contender:
    """`module` runs with `python`; `job` is what it takes beyond the usual. `loaded` is SQL for (count, ids, cents)."""

    name: str
    kind: str
    module: str
    loaded: str
    job: dict[str, Any]
    python: Callable[[], Path] = lambda: Path(sys.executable)


@dataclass(frozen=True)
class Measured:
    """Seconds of wall and of CPU (client, Postgres and page server), imports excluded; megabytes of the client at most,
    and after its imports."""

    wall: float
    cpu: float
    client_cpu: float
    mb: float
    imports_mb: float


class Stage:
    """Measures contenders one after the other."""

    def __init__(
        self, folder: Path, postgres: EmbeddedPostgres, server: subprocess.Popen[str], sizes: dict[str, int]
    ):
        self.folder, self.postgres, self.sizes = folder, postgres, sizes
        self._server = psutil.Process(server.pid)
        self.base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        self._runs = 0
        self._environment = {
            "NIGHTSHIFT_HOME": str(folder),
            "NIGHTSHIFT_WAREHOUSE_PORT": str(postgres.port),
            "NIGHTSHIFT_WAREHOUSE_DATABASE": TEMPLATE,
        }
        settings = settings_module.load(self._environment)
        settings_module.update_secrets(settings.secrets_file, lambda _: {"admin_dsn": postgres.admin_dsn})
        with registered():
            migrate(settings, [pair for pair in registry_streams() if pair[0] == "bench"])
        for kind, records in sizes.items():
            self._write_lines(kind, records)

    def measure(self, contender: Contender) -> Measured:
        """One run in a database of its own. Failed when it breaks or its table does not hold what was sent."""
        with self._database() as database:
            kind = contender.kind
            job = contender.job | {
                "base": self.base,
                "url": f"{self.base}/{kind}/0",
                "kind": kind,
                "records": self.sizes[kind],
                "file": str(self.folder / f"{kind}.jsonl"),
                "dsn": self.postgres.dsn(database),
                "environment": self._environment
                | {
                    "NIGHTSHIFT_WAREHOUSE_DATABASE": database,
                    "NIGHTSHIFT_LAKE": f"file://{self.folder}/{database}",
                },
            }
            measured = self._run(contender, job)
            self._check(contender, database)
        return measured

    def _run(self, contender: Contender, job: dict[str, Any]) -> Measured:
        program = (
            ["-m", contender.module] if "." in contender.module else [str(PEERS / f"{contender.module}.py")]
        )
        command = [str(contender.python()), *program, json.dumps(job)]
        with (
            TemporaryFile("w+") as errors,
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as client,
            _watched(client.pid) as highest,
        ):
            ready = _answer(client, contender, errors)
            highest.clear()
            before, started = self._cpu(client.pid), time.perf_counter()
            client.stdin.write("go\n")
            client.stdin.flush()
            done = _answer(client, contender, errors)
            wall = time.perf_counter() - started
            after = self._cpu(client.pid)
        mine = after[0] - before[0]
        peak = max(done["mb"], *highest, 0.0)
        return Measured(wall, mine + after[1] - before[1], mine, peak, ready["mb"])

    def _cpu(self, client: int) -> tuple[float, float]:
        """CPU seconds so far: of the client with what it started, of Postgres and the page server."""
        serving = [*_family(self.postgres.pid()), self._server]
        return sum(map(_seconds, _family(client))), sum(map(_seconds, serving))

    def _check(self, contender: Contender, database: str) -> None:
        with psycopg.connect(self.postgres.dsn(database)) as conn:
            found = Expected(*map(int, conn.execute(contender.loaded).fetchone()))
        wanted = load_pages.expected(contender.kind, self.sizes[contender.kind])
        if found != wanted:
            raise Failed(f"{contender.name} loaded {found} instead of {wanted}")

    @contextmanager
    def _database(self) -> Iterator[str]:
        self._runs += 1
        name = f"bench_{self._runs}"
        with psycopg.connect(self.postgres.admin_dsn, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
            grant_database(conn, name)
            conn.execute("CHECKPOINT")
            yield name
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _write_lines(self, kind: str, records: int) -> None:
        read = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        slices = msgspec.json.Decoder(list[msgspec.Raw]).decode
        with (self.folder / f"{kind}.jsonl").open("wb") as lines:
            for number in range(load_pages.pages(kind, records)):
                for record in slices(read(load_pages.page(kind, number, records))["data"]):
                    lines.write(bytes(record) + b"\n")


PEERS = Path(__file__).parent / "peers"


@contextmanager
def stage(sizes: dict[str, int]) -> Iterator[Stage]:
    """A stage for so many records of each kind; nothing of it is left afterwards."""
    with TemporaryDirectory(prefix="nightshift-bench-") as folder:
        postgres = EmbeddedPostgres(folder)
        command = [sys.executable, "-m", load_server.__name__, *(f"{kind}={n}" for kind, n in sizes.items())]
        try:
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as server:
                yield Stage(Path(folder), postgres.start(), server, sizes)
                server.stdin.close()
        finally:
            postgres.remove()


def _answer(client: subprocess.Popen[str], contender: Contender, errors: Any) -> dict[str, Any]:
    line = client.stdout.readline()
    if not line:
        errors.seek(0)
        said = errors.read().strip().splitlines() or ["it said nothing"]
        raise Failed(f"{contender.name} broke off: {' | '.join(said[-4:])[:600]}")
    return json.loads(line)


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    """Resident megabytes of a process and all it started, looked at four times a second: each look costs milliseconds."""
    seen: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            seen.append(sum(map(_resident, _family(pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def _resident(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return process.memory_info().rss / 1e6
    return 0.0


def _seconds(process: psutil.Process) -> float:
    """Its own and those of children that have ended."""
    with suppress(psutil.Error):
        spent = process.cpu_times()
        return spent.user + spent.system + spent.children_user + spent.children_system
    return 0.0
