"""The seven roles of the warehouse: who may log in, for how long a statement may run, who enters which database.

What each may do with every object stands in docs/roles.md, from where the tests try it.
"""

from psycopg import Connection, sql

from include.settings import LOGINS, ROLES, Settings

PASSWORDS = tuple(f"password_{role}" for role in LOGINS)

# Milliseconds: Postgres kills what a dead or careless client left behind. A reader's idle transaction
# bounds how long a BI tool can hold anybody up.
MINUTE = 60_000
TIMEOUTS: dict[str, dict[str, int]] = {
    "owner": {"lock_timeout": 30_000, "idle_in_transaction_session_timeout": 5 * MINUTE},
    "loader": {
        "statement_timeout": 15 * MINUTE,
        # A load of a large window holds its stream for longer than half a minute: the next one waits for it.
        "lock_timeout": 2 * MINUTE,
        "idle_in_transaction_session_timeout": 5 * MINUTE,
    },
    "transformer": {
        "statement_timeout": 30 * MINUTE,
        "lock_timeout": 30_000,
        "idle_in_transaction_session_timeout": 10 * MINUTE,
    },
    "publisher": {
        "statement_timeout": 15 * MINUTE,
        "lock_timeout": 3_000,
        "idle_in_transaction_session_timeout": 5 * MINUTE,
    },
    "reader": {
        "statement_timeout": MINUTE,
        "lock_timeout": 30_000,
        "idle_in_transaction_session_timeout": MINUTE,
        "transaction_timeout": 15 * MINUTE,
    },
    "activation": {
        "statement_timeout": 5 * MINUTE,
        "lock_timeout": 30_000,
        "idle_in_transaction_session_timeout": 5 * MINUTE,
    },
    "privacy": {
        "statement_timeout": 15 * MINUTE,
        "lock_timeout": 30_000,
        "idle_in_transaction_session_timeout": 5 * MINUTE,
    },
}
# The server looks after clients that died, and tells of who waits for whom.
WATCHED = {
    "client_connection_check_interval": "500ms",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "log_lock_waits": "on",
    "deadlock_timeout": "1s",
    "timezone": "UTC",
}
TEMPORARY_TABLES = ("owner", "loader", "transformer", "publisher", "privacy")


def ensure_roles(conn: Connection, settings: Settings) -> None:
    """Create the roles and bring passwords and timeouts up to date."""
    for role in ROLES:
        name = sql.Identifier(f"nightshift_{role}")
        if not conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"nightshift_{role}"]).fetchone():
            conn.execute(sql.SQL("CREATE ROLE {} NOINHERIT").format(name))
        conn.execute(
            sql.SQL("ALTER ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS {}").format(
                name, _login(role, settings)
            )
        )
        for setting, value in _session(role).items():
            conn.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value))
            )


def ensure_database(conn: Connection, database: str) -> None:
    """Create the warehouse's database (UTF8, plain collation) unless it is there."""
    if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(database))
        )


def grant_database(conn: Connection, database: str) -> None:
    """Nobody enters but our roles; nobody makes temporary tables but those who must."""
    name = sql.Identifier(database)
    conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC, nightshift_owner").format(name))
    for right, roles in (("CONNECT", LOGINS), ("TEMPORARY", TEMPORARY_TABLES)):
        conn.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}").format(
                sql.SQL(right),
                name,
                sql.SQL(", ").join(sql.Identifier(f"nightshift_{role}") for role in roles),
            )
        )


def _login(role: str, settings: Settings) -> sql.Composable:
    if role not in LOGINS:
        return sql.SQL("NOLOGIN PASSWORD NULL")
    return sql.SQL("LOGIN PASSWORD {}").format(settings.secret(f"password_{role}").decode())


def _session(role: str) -> dict[str, str]:
    settings = {name: str(value) for name, value in TIMEOUTS[role].items()} | WATCHED
    if role == "reader":
        settings["default_transaction_read_only"] = "on"
    return settings
