"""The embedded Postgres: a real server on 127.0.0.1, its data in the home, stopped only when asked."""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from include.errors import Stop
from include.stack.cluster import ADMIN, Cluster
from include.stack.ports import free_port, is_free

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
        self.cluster = Cluster(self.home, durable)

    @property
    def port(self) -> int:
        """The port of the last start; Stop when there has been none."""
        return self.cluster.memory()["port"]

    @property
    def admin_dsn(self) -> str:
        """A libpq URI of the superuser, database `postgres`."""
        return self.dsn("postgres")

    @property
    def programs(self) -> Path:
        """The folder with psql, pg_dump and their like."""
        return self.cluster.runner.programs

    def dsn(self, database: str) -> str:
        """A libpq URI of the superuser for another database."""
        memory = self.cluster.memory()
        return f"postgresql://{ADMIN}:{memory['password']}@127.0.0.1:{memory['port']}/{database}"

    def start(self, anew: bool = False) -> "EmbeddedPostgres":
        """Start the server unless it runs already; waits until it answers. Survives a SIGKILL of anything.

        Raises Stop when the data of a known server are gone, unless it may begin `anew`, with nothing.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with _only_one(self.home / "postgres.lock"):
            if not self._answers():
                self._abandon_strangers()
                self.cluster.create(anew)
                self._forget_dead_server()
                self._launch()
        return self

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; open transactions are rolled back. Does nothing when it does not run."""
        if self.cluster.data.exists() and self.pid():
            self.cluster.runner.run(
                "pg_ctl", "stop", "-w", "-m", mode, "-t", "60", "-D", str(self.cluster.data)
            )

    def remove(self) -> None:
        """Stop the server and delete its data and its copied programs."""
        if self.cluster.memory_file.exists() or self.cluster.data.exists():
            self.stop("immediate")
            shutil.rmtree(self.cluster.runner.folder)
            self.cluster.memory_file.unlink(missing_ok=True)

    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        lines = self.cluster.lock_lines()
        if not lines:
            return None
        try:
            process = psutil.Process(int(lines[0]))
            serving = "postgres" in process.name() and str(self.cluster.data) in process.cmdline()
        except (psutil.Error, ValueError):
            return None
        return process.pid if serving else None

    # --- the steps of a start -------------------------------------------------------------------------

    def _answers(self) -> bool:
        if not self.cluster.memory_file.exists() or not self.cluster.data.exists() or not self.pid():
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
        if self.cluster.memory_file.exists() or not self.cluster.data.exists():
            return
        if self.pid():
            self.stop("immediate")
        aside = self.cluster.data.with_name("data-of-a-deleted-home")
        shutil.rmtree(aside, ignore_errors=True)
        self.cluster.data.rename(aside)

    def _forget_dead_server(self) -> None:
        """Drop a lock file whose process id now belongs to another program (after a reboot or in a container)."""
        lines = self.cluster.lock_lines()
        if lines and not self.pid():
            (self.cluster.data / "postmaster.pid").unlink()

    def _launch(self) -> None:
        for attempt in range(8):
            memory = self.cluster.memory()
            if not is_free(memory["port"]):
                memory = self.cluster.remember(port=free_port(), password=memory["password"])
            conf = self.cluster.data / "nightshift.conf"
            conf.write_text(
                CONFIGURATION.format(port=memory["port"], durable="on" if self.durable else "off")
            )
            self.cluster.runner.own(conf)
            done = self.cluster.runner.run(
                "pg_ctl",
                "start",
                "-w",
                "-t",
                "120",
                "-D",
                str(self.cluster.data),
                "-l",
                str(self.cluster.log),
                check=False,
            )
            if done.returncode == 0:
                return
            # Backends of a killed server leave within moments; until then their shared memory is in use.
            time.sleep(0.5 * (attempt + 1))
        raise Stop(f"Postgres did not start; its log ends with:\n{self.log_tail()}")

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the server's log."""
        log = self.cluster.log.read_text(errors="replace") if self.cluster.log.exists() else "(empty)"
        return "\n".join(log.splitlines()[-lines:])


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
