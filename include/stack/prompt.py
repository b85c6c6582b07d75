"""A prompt on the warehouse: psql of this machine, else the embedded one."""

import os
import shutil
import subprocess

from include.errors import Stop
from include.stack.stack import Stack


def open_prompt(stack: Stack, role: str, command: str = "") -> int:
    """Run psql as `role` until the person leaves, or run one command; returns psql's exit status."""
    program = shutil.which("psql") or stack.postgres.programs / "psql"
    if not os.access(program, os.X_OK):
        raise Stop(f"there is no psql here; any client can open {stack.settings.dsn(role)}")
    # The password goes by the environment, so that `ps` does not show it.
    env = {**os.environ, **_libpq(stack, role)}
    arguments = [str(program), "-X", "--set", "PROMPT1=nightshift %n> "]
    if command:
        arguments += ["-c", command]
    elif os.isatty(0):
        print("The warehouse. Readers see `mart`: \\dt mart.* lists it, \\q leaves.")
    return subprocess.run(arguments, env=env).returncode


def _libpq(stack: Stack, role: str) -> dict[str, str]:
    settings = stack.settings
    return {
        "PGHOST": settings.host,
        "PGPORT": str(settings.port),
        "PGDATABASE": settings.database,
        "PGUSER": f"nightshift_{role}",
        "PGPASSWORD": settings.secret(f"password_{role}").decode(),
        "PGOPTIONS": "-c search_path=mart,act,ops,raw,public" if role == "owner" else "",
    }
