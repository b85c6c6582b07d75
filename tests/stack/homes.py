"""A home with a real Postgres of its own and no processes: what commands on a company at rest need."""

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from include.settings import update_secrets
from include.stack.__main__ import app
from include.stack.company import Wish
from include.stack.environment import environ
from include.stack.home import REPOSITORY
from include.stack.postgres import EmbeddedPostgres
from include.stack.stack import Stack
from include.warehouse.migrate import migrate


@contextlib.contextmanager
def home_at(path: Path) -> Iterator[Stack]:
    """A migrated warehouse and an empty Airflow database in a home of its own; everything goes at the end."""
    stack = Stack(Wish(base=path, sandbox=False, timezone="UTC"), env={})
    stack.postgres = EmbeddedPostgres(path, durable=False)
    try:
        stack.start_postgres()
        let_look(stack)
        migrate(stack.settings)
        yield stack
    finally:
        stack.postgres.remove()
        shutil.rmtree(path, ignore_errors=True)


def let_look(stack: Stack) -> None:
    """Tell the tests' helpers who the superuser is, again after the server was made anew."""
    update_secrets(stack.settings.secrets_file, lambda _: {"admin_dsn": stack.postgres.admin_dsn})


def recipe(command: str) -> list[str]:
    """What `make …` would run, by the real Makefile: the arguments of `python -m include.stack`."""
    words = ["bash", "-c", command.replace("make ", "make -n --no-print-directory -o .venv/installed ", 1)]
    said = subprocess.run(words, capture_output=True, text=True, cwd=REPOSITORY, check=True).stdout
    arguments = shlex.split(said)
    return arguments[arguments.index("include.stack") + 1 :]


def typed(home: Path, command: str, more: Mapping[str, str] | None = None, said: str = "") -> str:
    """Type a `make` command: its recipe is run in this process, on this home; returns all it printed. Fails the test
    when its exit status is not 0."""
    with environ({"NIGHTSHIFT_HOME": str(home), "COLUMNS": "200", **(more or {})}):
        before = os.umask(0o022)
        try:
            result = CliRunner().invoke(app, recipe(command), input=said)
        finally:
            os.umask(before)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code:
        pytest.fail(f"{command} ended with {result.exit_code}:\n{result.output}")
    return result.output
