"""Airflow's own database on the embedded server: made once, migrated when Airflow's version changes."""

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from include.errors import Stop
from include.settings import Settings
from include.stack.environment import AIRFLOW_DATABASE, AIRFLOW_ROLE
from include.stack.home import REPOSITORY, Home


def ensure_database(admin_dsn: str, settings: Settings) -> None:
    """Create Airflow's role and database. Warehouse roles may not connect to it, nor Airflow to the warehouse, nor
    anybody but the superuser to the databases that come with a server: what lies there is nobody's."""
    name, role = sql.Identifier(AIRFLOW_DATABASE), sql.Identifier(AIRFLOW_ROLE)
    with psycopg.connect(admin_dsn, autocommit=True) as conn:
        if not conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [AIRFLOW_ROLE]).fetchone():
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        conn.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                role, sql.Literal(settings.secret("airflow_database").decode())
            )
        )
        # A lost moment of Airflow's own bookkeeping is repeated by the scheduler; the warehouse keeps its default.
        conn.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(role))
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [AIRFLOW_DATABASE]).fetchone():
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
        conn.execute(sql.SQL("REVOKE ALL ON DATABASE {}, postgres, template1 FROM PUBLIC").format(name))
        conn.execute(sql.SQL("GRANT ALL ON DATABASE {} TO {}").format(name, role))


def migrate(home: Home, env: Mapping[str, str]) -> bool:
    """Run `airflow db migrate` unless this version has done so; True when it ran. Raises Stop with its last words."""
    stamp = _stamp(home)
    wanted = version("apache-airflow-core")
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    log = home.logs / "airflow-db-migrate.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=dict(env),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Stop(f"airflow db migrate failed; {log} ends with:\n{tail}")
    stamp.write_text(wanted)
    return True


def forget_version(home: Home) -> None:
    """The database may be of another version than it was: the next `migrate` runs."""
    _stamp(home).unlink(missing_ok=True)


def ensure_pools(admin_dsn: str) -> None:
    """One Airflow pool per vendor; one that a person has made larger or smaller stays as it is."""
    from include.sources import REGISTRY
    from include.sources.base import AT_ONCE

    with psycopg.connect(make_conninfo(admin_dsn, dbname=AIRFLOW_DATABASE)) as conn:
        conn.cursor().executemany(
            "INSERT INTO slot_pool (pool, slots, description, include_deferred) VALUES (%s, %s, %s, false)"
            " ON CONFLICT (pool) DO NOTHING",
            [(each.pool, AT_ONCE, f"Tasks that talk to {each.title} at once") for each in REGISTRY.values()],
        )


def real_connections(admin_dsn: str, env: Mapping[str, str], sandbox_mark: str) -> set[str]:
    """The nightshift_ connections a person has made: in the environment, or in Airflow and not the sandbox's."""
    return _connections(
        admin_dsn,
        env,
        " WHERE coalesce(description, '') <> %s OR host !~ '^(http://)?127\\.0\\.0\\.1(:|/|$)'",
        sandbox_mark,
    )


def connection_ids(admin_dsn: str, env: Mapping[str, str]) -> set[str]:
    """Every nightshift_ connection there is, whoever made it; Airflow need not run."""
    return _connections(admin_dsn, env, "")


def _stamp(home: Home) -> Path:
    return home.airflow / "migrated"


def _connections(admin_dsn: str, env: Mapping[str, str], those: LiteralString, *values: str) -> set[str]:
    prefix = "AIRFLOW_CONN_"
    given = {name.removeprefix(prefix).lower() for name in env if name.startswith(prefix)}
    stored: set[str] = set()
    with psycopg.connect(make_conninfo(admin_dsn, dbname=AIRFLOW_DATABASE)) as conn:
        if conn.execute("SELECT to_regclass('connection')").fetchone() != (None,):
            rows = conn.execute(f"SELECT conn_id FROM connection{those}", values or None).fetchall()
            stored = {name for (name,) in rows}
    return {name for name in given | stored if name.startswith("nightshift_")}
