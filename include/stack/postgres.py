"""The embedded Postgres: a real server on 127.0.0.1, its data in the home, stopped only when asked."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from include.errors import Stop
from include.stack.runas import Runner, reachable_folder, runner_for

ADMIN = "nightshift_admin"
CONFIGURATION = """\
# Written at every start; change include/stack/postgres.py instead.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
ssl = off
password_encryption = 'scram-sha-256'
max_connections = 120
shared_buffers = '256MB'
min_dynamic_shared_memory = '64MB'
work_mem = '32MB'
maintenance_work_mem = '128MB'
max_wal_size = '4GB'
wal_compression = off
synchronous_commit = {durable}
fsync = {durable}
full_page_writes = {durable}
jit = off
random_page_cost = 1.1
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05
client_connection_check_interval = '2s'
deadlock_timeout = '1s'
log_lock_waits = on
log_min_messages = warning
log_error_verbosity = terse
log_line_prefix = '%m [%p] %q%u@%d '
timezone = 'UTC'
log_timezone = 'UTC'
"""


class EmbeddedPostgres:
    """One server for one home.

    The first start makes the cluster (UTF8, builtin C.UTF-8 collation whatever the shell's LANG) and a
    superuser with a generated password; port and password are remembered in HOME/postgres.json (0600).
    `durable=False` gives up crash safety and slow checks of passwords for speed: for tests only.
    """

    def __init__(self, home: Path | str, durable: bool = True):
        self.home = Path(home).resolve()
        self.durable = durable

    @property
    def port(self) -> int:
        """The port of the last start; Stop when there has been none."""
        return self._memory()["port"]

    @property
    def admin_dsn(self) -> str:
        """A libpq URI of the superuser, database `postgres`."""
        return self.dsn("postgres")

    @property
    def programs(self) -> Path:
        """The folder with psql, pg_dump and their like."""
        return self._runner.programs

    def dsn(self, database: str) -> str:
        """A libpq URI of the superuser for another database."""
        memory = self._memory()
        return f"postgresql://{ADMIN}:{memory['password']}@127.0.0.1:{memory['port']}/{database}"

    def start(self, anew: bool = False) -> "EmbeddedPostgres":
        """Start the server unless it runs already; waits until it answers. Survives a SIGKILL of anything.

        Raises Stop when the data of a known server are gone, unless it may begin `anew`, with nothing.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with _only_one(self.home / "postgres.lock"):
            if not self._answers():
                self._abandon_strangers()
                self._initialise(anew)
                self._forget_dead_server()
                self._launch()
        return self

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; open transactions are rolled back. Does nothing when it does not run."""
        if self._data.exists() and self.pid():
            self._runner.run("pg_ctl", "stop", "-w", "-m", mode, "-t", "60", "-D", str(self._data))

    def remove(self) -> None:
        """Stop the server and delete its data and its copied programs."""
        if self._memory_file.exists() or self._data.exists():
            self.stop("immediate")
            shutil.rmtree(self._runner.folder)
            self._memory_file.unlink(missing_ok=True)

    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        lines = self._lock_lines()
        if not lines:
            return None
        try:
            process = psutil.Process(int(lines[0]))
            serving = "postgres" in process.name() and str(self._data) in process.cmdline()
        except (psutil.Error, ValueError):
            return None
        return process.pid if serving else None

    # --- the steps of a start -------------------------------------------------------------------------

    def _answers(self) -> bool:
        if not self._memory_file.exists() or not self._data.exists() or not self.pid():
            return False
        try:
            psycopg.connect(make_conninfo(self.admin_dsn, connect_timeout=3)).close()
        except psycopg.OperationalError:
            return False
        return True

    def _abandon_strangers(self) -> None:
        """Put aside a data folder this home knows nothing of: its home was deleted, and its secrets with it.

        Only root's folder lies outside the home. The newest such folder is kept beside the new one.
        """
        if self._memory_file.exists() or not self._data.exists():
            return
        if self.pid():
            self.stop("immediate")
        aside = self._data.with_name("data-of-a-deleted-home")
        shutil.rmtree(aside, ignore_errors=True)
        self._data.rename(aside)

    def _initialise(self, anew: bool) -> None:
        if self._data.exists():
            return
        if self._memory_file.exists() and not anew:
            raise Stop(
                f"the data of this home's Postgres are gone from {self._data}: put them back, or `make restore` a backup,"
                " or begin with nothing after `make clean`"
            )
        half = self._runner.folder / "data-half"
        shutil.rmtree(half, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        half.mkdir(mode=0o700)
        self._runner.own(half)
        with self._readable_by_server("password", password) as password_file:
            self._runner.run(
                "initdb", "-D", str(half), "-U", ADMIN, "-E", "UTF8", "--locale=C",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=scram-sha-256",
                f"--pwfile={password_file}", "--no-instructions", "--no-sync",
                *(() if self.durable else ("--set", "scram_iterations=1")),
            )  # fmt: skip
        with open(half / "postgresql.conf", "a") as conf:
            conf.write("include_if_exists 'nightshift.conf'\n")
        half.rename(self._data)
        self._remember(port=free_port(), password=password)

    def _forget_dead_server(self) -> None:
        """Drop a lock file whose process id now belongs to another program (after a reboot or in a container)."""
        lines = self._lock_lines()
        if lines and not self.pid():
            (self._data / "postmaster.pid").unlink()

    def _launch(self) -> None:
        for attempt in range(8):
            memory = self._memory()
            if not is_free(memory["port"]):
                memory = self._remember(port=free_port(), password=memory["password"])
            conf = self._data / "nightshift.conf"
            conf.write_text(
                CONFIGURATION.format(port=memory["port"], durable="on" if self.durable else "off")
            )
            self._runner.own(conf)
            done = self._runner.run(
                "pg_ctl", "start", "-w", "-t", "120", "-D", str(self._data), "-l", str(self._log), check=False
            )
            if done.returncode == 0:
                return
            # Backends of a killed server leave within moments; until then their shared memory is in use.
            time.sleep(0.5 * (attempt + 1))
        raise Stop(f"Postgres did not start; its log ends with:\n{self.log_tail()}")

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the server's log."""
        log = self._log.read_text(errors="replace") if self._log.exists() else "(empty)"
        return "\n".join(log.splitlines()[-lines:])

    # --- what is kept where -----------------------------------------------------------------------------

    @cached_property
    def _runner(self) -> Runner:
        return runner_for(self.home)

    @property
    def _folder(self) -> Path:
        return reachable_folder(self.home) if os.geteuid() == 0 else self.home / "postgres"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        # Inside the data folder, because only that belongs to the user the server runs as.
        return self._data / "server.log"

    @property
    def _memory_file(self) -> Path:
        return self.home / "postgres.json"

    def _memory(self) -> dict[str, Any]:
        if not self._memory_file.exists():
            raise Stop(f"Postgres of {self.home} was never started: run `make up` or `make night`")
        return json.loads(self._memory_file.read_text())

    def _remember(self, **memory: object) -> dict[str, Any]:
        fresh = self._memory_file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(memory, file)
        fresh.replace(self._memory_file)
        return memory

    def _lock_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    @contextmanager
    def _readable_by_server(self, name: str, text: str) -> Iterator[Path]:
        path = self._runner.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self._runner.own(path)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
