"""`make backup` and `make restore`: a copy of everything but the lake, and the way back.

A backup is a folder: one dump per database, the home's own files, and `backup.json`, written last, which says what
belongs to it. It holds personal data and the keys to them: keep it encrypted, and no longer than you must. The lake is
files: copy it with any tool; without it nothing is lost but the replay of days that were loaded since the backup.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict

from include.errors import NightshiftError, Stop
from include.privacy import outside
from include.privacy.returned import bring_back
from include.settings import Settings, read_secrets, update_secrets
from include.stack import metadata
from include.stack.cluster import ADMIN
from include.stack.environment import AIRFLOW_DATABASE, AIRFLOW_ROLE, environ
from include.stack.stack import Stack
from include.warehouse.connect import connect_admin
from include.warehouse.migrate import migrate
from include.warehouse.roles import ensure_roles

SECRETS = "secrets.json"
HOME_FILES = (SECRETS, "company.json", "facts.json", "scheduled-from")
FOR_EVER = ("customer_key", "suppression")
"""Secrets that people's keys and hashes are made with: another home's cannot take their place."""
AHEAD = 1_000_000
"""What was extracted since the backup had higher epochs; nothing new may look older than that."""


def backup(stack: Stack, to: Path) -> Path:
    """Dump both databases beside the home's files; returns the new folder TO/<moment>, complete or not there."""
    taken_at = datetime.now(UTC)
    place = to.absolute() / f"{taken_at:%Y-%m-%dT%H%M%SZ}"
    half = place.with_suffix(".half")
    half.mkdir(parents=True, mode=0o700)
    for name, database in _databases(stack.settings).items():
        _run(stack, database, "pg_dump", "--format=custom", f"--file={half / name}")
    for name in HOME_FILES:
        if (stack.home.path / name).exists():
            shutil.copyfile(stack.home.path / name, half / name)
    for file in half.iterdir():
        file.chmod(0o600)
    told = {"taken_at": taken_at.isoformat(), "files": {file.name: _digest(file) for file in half.iterdir()}}
    (half / "backup.json").write_text(json.dumps(told, indent=1))
    return half.replace(place)


def check(place: Path) -> dict[str, Any]:
    """What a backup says of itself. Raises Stop unless it is complete and as it was written."""
    try:
        told: dict[str, Any] = json.loads((place / "backup.json").read_text())
    except (OSError, ValueError):
        raise Stop(f"{place} is no backup: it has no backup.json that can be read") from None
    for name, digest in told["files"].items():
        if not (place / name).exists() or _digest(place / name) != digest:
            raise Stop(f"{place / name} is missing or damaged: restore another backup")
    return told


def furnish(home: Path, place: Path) -> None:
    """Put back the home's own files where they are missing; those that are there are newer. Stop when the home is
    another company's."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept, here = read_secrets(place / SECRETS), read_secrets(home / SECRETS)
    if any(here.get(name, kept[name]) != kept[name] for name in FOR_EVER):
        raise Stop(f"{home} has other keys than {place}: restore into a home of its own (NIGHTSHIFT_HOME)")
    update_secrets(
        home / SECRETS, lambda known: {name: kept[name] for name in kept.keys() - known - {"admin_dsn"}}
    )
    for name in HOME_FILES:
        if (place / name).exists() and not (home / name).exists():
            shutil.copy(place / name, home / name)


def restore(stack: Stack, place: Path) -> int:
    """Put both databases back as they were; returns how many erased people had come back and were erased again.

    Everything is made and cleaned beside what is there, and takes its place at the end: a restore that fails changes
    nothing. Raises Stop while something runs.
    """
    if running := [name for name in stack.processes.names() if stack.processes.running(name)]:
        raise Stop(f"{', '.join(running)} run: `make down` first")
    check(place)
    stack.postgres.start(anew=True)
    metadata.ensure_database(stack.postgres.admin_dsn, stack.settings)
    settings = stack.settings
    known = _known_today(stack, settings)
    with psycopg.connect(stack.postgres.admin_dsn, autocommit=True) as server:
        ensure_roles(server, settings)
        for name, database in _databases(settings).items():
            _make_anew(
                server, f"{database}_restored", AIRFLOW_ROLE if database == AIRFLOW_DATABASE else ADMIN
            )
            _run(stack, f"{database}_restored", "pg_restore", "--exit-on-error", str(place / name))
        returned = _cleaned(stack, replace(settings, database=f"{settings.database}_restored"), known)
        for database in _databases(settings).values():
            _take_place(server, database)
    metadata.ensure_database(stack.postgres.admin_dsn, settings)
    metadata.forget_version(stack.home)
    outside.write_down(settings)
    return returned


def _databases(settings: Settings) -> Mapping[str, str]:
    return {"warehouse.dump": settings.database, "airflow.dump": AIRFLOW_DATABASE}


def _known_today(stack: Stack, settings: Settings) -> outside.Outside:
    """What was asked of us so far, by the copy in the home and by the warehouse that is about to be replaced."""
    known = outside.written_down(settings)
    try:
        with psycopg.connect(stack.postgres.dsn(settings.database)) as conn:
            return known + outside.listed(conn)
    except psycopg.Error:
        return known  # the warehouse is lost: that is why somebody restores


def _cleaned(stack: Stack, restored: Settings, known: outside.Outside) -> int:
    """The restored warehouse with today's migrations, rights, list and requests, and without whoever was erased."""
    with environ({"NIGHTSHIFT_ADMIN_DSN": stack.postgres.admin_dsn}):
        migrate(restored)
        with connect_admin(restored, restored.database) as conn:
            conn.execute("SELECT setval('ops.epoch', last_value + %s) FROM ops.epoch", [AHEAD])
    return bring_back(restored, known)


def _make_anew(server: Connection, database: str, owner: str) -> None:
    name = sql.Identifier(database)
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' OWNER {}").format(
            name, sql.Identifier(owner)
        )
    )


def _take_place(server: Connection, database: str) -> None:
    """The restored database under its own name; what was there is gone."""
    name, restored = sql.Identifier(database), sql.Identifier(f"{database}_restored")
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(restored, name))


def _run(stack: Stack, database: str, program: str, *arguments: str) -> None:
    """One of Postgres' programs on a database; the password goes by the environment, so that `ps` does not show it."""
    where = conninfo_to_dict(stack.postgres.dsn(database))
    env = {
        "PATH": os.defpath,
        "PGHOST": str(where["host"]),
        "PGPORT": str(where["port"]),
        "PGUSER": str(where["user"]),
        "PGPASSWORD": str(where["password"]),
        "PGDATABASE": database,
    }
    target = ["--dbname", database] if program == "pg_restore" else []
    done = subprocess.run(
        [str(stack.postgres.programs / program), *target, *arguments], env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise NightshiftError(f"{program} of {database} failed: {done.stderr.strip()[-500:]}")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
