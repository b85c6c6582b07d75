"""Connections to the warehouse, one role at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from include.errors import FixCredentials, Stop, Wait
from include.settings import Settings, read_secrets

# A client that died must not keep its locks: the server asks the network, the network asks the client.
ALIVE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

LOST = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout)
"""What Postgres says of a session that is no more, or that it cannot serve now; psycopg calls one of these internal."""


def connect(settings: Settings, role: str, *, autocommit: bool = False) -> psycopg.Connection:
    """A connection as `nightshift_<role>`; used as a context manager it commits, or rolls back on error.

    Raises Wait when the warehouse does not answer and FixCredentials when it refuses the role.
    """
    return open_dsn(settings.dsn(role), application_name=f"nightshift {role}", autocommit=autocommit)


def connect_admin(settings: Settings, database: str | None = None) -> psycopg.Connection:
    """The bootstrap superuser, for migrations only; autocommit."""
    dsn = admin_dsn(settings)
    tls = {} if "sslmode" in conninfo_to_dict(dsn) else settings.tls
    return open_dsn(
        make_conninfo(dsn, dbname=database or "postgres", **tls),
        application_name="nightshift migrate",
        autocommit=True,
    )


def admin_dsn(settings: Settings) -> str:
    """NIGHTSHIFT_ADMIN_DSN, else `admin_dsn` of HOME/secrets.json. Raises Stop when neither is set."""
    dsn = os.environ.get("NIGHTSHIFT_ADMIN_DSN") or read_secrets(settings.secrets_file).get("admin_dsn")
    if not dsn:
        raise Stop("set NIGHTSHIFT_ADMIN_DSN to a superuser's URI, or start the embedded Postgres (make up)")
    return dsn


def open_dsn(dsn: str, *, application_name: str, autocommit: bool) -> psycopg.Connection:
    try:
        return psycopg.connect(
            make_conninfo(dsn, application_name=application_name, **ALIVE), autocommit=autocommit
        )
    except psycopg.OperationalError as error:
        where = conninfo_to_dict(dsn)
        place = f"{where.get('user')} at {where.get('host')}:{where.get('port')}/{where.get('dbname')}"
        if "authentication failed" in str(error) or "permission denied" in str(error):
            raise FixCredentials(f"the warehouse refused {place}: run the migration again") from None
        raise Wait(f"the warehouse does not answer {place}") from None


@contextmanager
def trouble(doing: str) -> Iterator[None]:
    """Say what the caller should do about an error of Postgres: wait for most, stop when the disk is full.

    The message names the kind of error only: Postgres' details can quote values.
    """
    try:
        yield
    except (psycopg.errors.DiskFull, psycopg.errors.InsufficientPrivilege) as error:
        raise Stop(f"{doing}: {_primary(error)}") from None
    except LOST as error:
        raise Wait(f"{doing}: {_primary(error)}; try again") from None


def _primary(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).splitlines()[0]
