"""A warehouse with a long history, on a durable Postgres of its own, whose nights can be measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from include import settings as settings_module
from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.bench.book import Book
from tests.bench.history import PER_DAY, a_night, history
from tests.bench.one_night import Told


@dataclass(frozen=True)
class Night:
    """A measured night: `cpu` counts the CPU seconds of Postgres too, which a busy machine leaves as they are."""

    told: Told
    cpu: float

    @property
    def longest_model(self) -> tuple[str, float]:
        """The slowest model and its share of the seconds all models took."""
        models = self.told.nodes["model"]
        name = max(models, key=lambda each: models[each])
        return name, models[name] / sum(models.values())


class Shop:
    """`book` grows by a day with every night."""

    def __init__(self, settings: Settings, postgres: EmbeddedPostgres, book: Book):
        self.settings, self.postgres, self.book = settings, postgres, book

    def night(self, changed: int) -> Night:
        """Load a day on which `changed` orders changed (not measured), build and publish it in a process of its own."""
        a_night(self.settings, self.book, changed)
        return self.build()

    def build(self, as_a_task: bool = False) -> Night:
        """Build and publish the book's last day; `as_a_task` in a process that holds what a scheduler's tasks find."""
        before = self._postgres_seconds()
        command = [sys.executable, "-m", "tests.bench.one_night", self.book.last.isoformat()]
        command += ["--as-a-task"] if as_a_task else []
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the night broke off: {done.stderr[-2000:]}")
        told = Told(**json.loads(done.stdout.splitlines()[-1]))
        return Night(told, told.cpu + self._postgres_seconds() - before)

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.settings.home, self.postgres)

    def _postgres_seconds(self) -> float:
        server = psutil.Process(self.postgres.pid())
        return sum(map(_seconds, [server, *server.children()]))


def _seconds(process: psutil.Process) -> float:
    """CPU seconds of a process and of its children that have ended."""
    with suppress(psutil.Error):
        spent = process.cpu_times()
        return spent.user + spent.system + spent.children_user + spent.children_system
    return 0.0


def environment(home: Path, postgres: EmbeddedPostgres) -> dict[str, str]:
    return {
        "NIGHTSHIFT_HOME": str(home),
        "NIGHTSHIFT_WAREHOUSE_PORT": str(postgres.port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": "nightshift",
    }


@contextmanager
def shop(orders: int, per_day: int = PER_DAY) -> Iterator[Shop]:
    """A shop with so many orders behind it; nothing of it is left afterwards."""
    with warehouse() as (settings, postgres):
        yield Shop(settings, postgres, history(settings, orders, per_day))


@contextmanager
def warehouse(**variables: Any) -> Iterator[tuple[Settings, EmbeddedPostgres]]:
    """An empty migrated warehouse on a server as `make up` starts one; `variables` are further NIGHTSHIFT_ ones."""
    with TemporaryDirectory(prefix="nightshift-bench-") as folder:
        postgres = EmbeddedPostgres(folder)
        try:
            postgres.start()
            settings = settings_module.load(environment(Path(folder), postgres) | variables)
            settings_module.update_secrets(settings.secrets_file, lambda _: {"admin_dsn": postgres.admin_dsn})
            migrate(settings)
            yield settings, postgres
        finally:
            postgres.remove()
