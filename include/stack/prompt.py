"""A prompt on the warehouse: psql of this machine, else the embedded one."""

import os
import shutil
import subprocess

from psycopg.conninfo import conninfo_to_dict

from include.errors import Stop
from include.stack.stack import Stack

ADMIN = "admin"


def open_prompt(stack: Stack, role: str, command: str = "") -> int:
    """Run psql as `role` until the person leaves, or run one command; returns psql's exit status.

    `admin` sees every schema: whoever owns the machine owns the warehouse. The others show what a role may.
    """
    program = shutil.which("psql") or stack.postgres.programs / "psql"
    if not os.access(program, os.X_OK):
        raise Stop(f"there is no psql here; any client can open {_dsn(stack, role)}")
    # The password goes by the environment, so that `ps` does not show it.
    env = {**os.environ, **_libpq(stack, role)}
    arguments = [str(program), "-X", "--set", "PROMPT1=nightshift %n> "]
    if command:
        arguments += ["-c", command]
    elif os.isatty(0):
        print("The warehouse. Readers see `mart`: \\dt mart.* lists it, \\q leaves.")
    return subprocess.run(arguments, env=env).returncode


def _dsn(stack: Stack, role: str) -> str:
    if role == ADMIN:
        return stack.postgres.dsn(stack.settings.database)
    return stack.settings.dsn(role)


def _libpq(stack: Stack, role: str) -> dict[str, str]:
    where = conninfo_to_dict(_dsn(stack, role))
    return {
        "PGHOST": str(where["host"]),
        "PGPORT": str(where["port"]),
        "PGDATABASE": stack.settings.database,
        "PGUSER": str(where["user"]),
        "PGPASSWORD": str(where["password"]),
        "PGOPTIONS": "-c search_path=mart,act,ops,raw,public" if role == ADMIN else "",
    }
