"""The embedded Postgres' cluster: its data, and the port and password that the home remembers of it."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from include.errors import Stop
from include.stack.ports import free_port
from include.stack.runas import Runner, reachable_folder, runner_for

ADMIN = "nightshift_admin"


class Cluster:
    """UTF8, with the builtin C.UTF-8 collation whatever the shell's LANG, and a superuser with a generated password.

    Port and password are remembered in HOME/postgres.json (0600).
    """

    def __init__(self, home: Path, durable: bool):
        self._home, self._durable = home, durable

    @cached_property
    def runner(self) -> Runner:
        """Runs Postgres' programs as whom the cluster belongs to."""
        return runner_for(self._home)

    @property
    def _folder(self) -> Path:
        return reachable_folder(self._home) if os.geteuid() == 0 else self._home / "postgres"

    @property
    def data(self) -> Path:
        """The data folder; it is there once the cluster is whole."""
        return self._folder / "data"

    @property
    def log(self) -> Path:
        # Inside the data folder, because only that belongs to the user the server runs as.
        return self.data / "server.log"

    @property
    def memory_file(self) -> Path:
        return self._home / "postgres.json"

    def memory(self) -> dict[str, Any]:
        """Port and password; Stop when there has been no start."""
        if not self.memory_file.exists():
            raise Stop(f"Postgres of {self._home} was never started: run `make up` or `make night`")
        return json.loads(self.memory_file.read_text())

    def remember(self, **memory: object) -> dict[str, Any]:
        fresh = self.memory_file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(memory, file)
        fresh.replace(self.memory_file)
        return memory

    def lock_lines(self) -> list[str]:
        """What the server that runs on it, or ran and was killed, wrote of itself; empty when none did."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def create(self, anew: bool) -> None:
        """Make the cluster unless it is there. Stop when one that was known is gone, unless it may begin `anew`."""
        if self.data.exists():
            return
        if self.memory_file.exists() and not anew:
            raise Stop(
                f"the data of this home's Postgres are gone from {self.data}: put them back, or `make restore` a backup,"
                " or begin with nothing after `make clean`"
            )
        half = self.runner.folder / "data-half"
        shutil.rmtree(half, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        half.mkdir(mode=0o700)
        self.runner.own(half)
        with self._readable_by_server("password", password) as password_file:
            self.runner.run(
                "initdb", "-D", str(half), "-U", ADMIN, "-E", "UTF8", "--locale=C",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=scram-sha-256",
                f"--pwfile={password_file}", "--no-instructions", "--no-sync",
                *(() if self._durable else ("--set", "scram_iterations=1")),
            )  # fmt: skip
        with open(half / "postgresql.conf", "a") as conf:
            conf.write("include_if_exists 'nightshift.conf'\n")
        half.rename(self.data)
        self.remember(port=free_port(), password=password)

    @contextmanager
    def _readable_by_server(self, name: str, text: str) -> Iterator[Path]:
        path = self.runner.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self.runner.own(path)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
