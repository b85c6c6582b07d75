"""Where things are and whose company this is: one frozen object read from NIGHTSHIFT_* variables.

| variable | meaning | default |
|---|---|---|
| NIGHTSHIFT_HOME | state: secrets, lake, logs, reports | .nightshift |
| NIGHTSHIFT_TIMEZONE, _CURRENCY, _COUNTRY, _COMPANY | the company | America/New_York, USD, US, Nightshift |
| NIGHTSHIFT_LAKE | where spooled pages lie, any fsspec URI | file://HOME/lake |
| NIGHTSHIFT_WAREHOUSE_HOST, _PORT, _DATABASE | Postgres | 127.0.0.1, 5432, nightshift |
| NIGHTSHIFT_WAREHOUSE_SSLMODE | libpq's word for TLS to it | verify-full beyond this machine |
| NIGHTSHIFT_SIMULATED | comma list of inputs that are made up | nothing |
| NIGHTSHIFT_SECRETS_<NAME> | overrides one entry of HOME/secrets.json | |
"""

import fcntl
import json
import os
import secrets as random_secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from include.clients.urls import is_loopback
from include.errors import Stop

LOGINS = ("loader", "transformer", "publisher", "reader", "activation", "privacy")
ROLES = ("owner", *LOGINS)
"""The owner only makes things, and migrations act as it: it has no password and cannot log in."""


@dataclass(frozen=True)
class Settings:
    """One company, one warehouse, one lake. `simulated` names inputs that are made up ('stock', 'costs'...)."""

    home: Path
    timezone: ZoneInfo
    currency: str
    country: str
    company: str
    lake: str
    host: str
    port: int
    database: str
    simulated: frozenset[str]
    sslmode: str = ""

    @property
    def tls(self) -> dict[str, str]:
        """libpq's settings for the way to the warehouse; empty on this machine. Which authorities are believed:
        PGSSLROOTCERT, else the system's."""
        mode = self.sslmode or ("" if is_loopback(self.host) else "verify-full")
        believed = {"sslrootcert": os.environ.get("PGSSLROOTCERT") or "system"}
        return {"sslmode": mode, **(believed if mode.startswith("verify") else {})} if mode else {}

    @property
    def secrets_file(self) -> Path:
        return self.home / "secrets.json"

    def dsn(self, role: str) -> str:
        """The libpq URI of a warehouse role, password included: never log it."""
        if role not in LOGINS:
            raise Stop(f"no warehouse role {role!r} that logs in; there are {', '.join(LOGINS)}")
        password = quote(self.secret(f"password_{role}").decode(), safe="")
        options = f"?{urlencode(self.tls)}" if self.tls else ""
        return f"postgresql://nightshift_{role}:{password}@{self.host}:{self.port}/{self.database}{options}"

    def secret(self, name: str) -> bytes:
        """A secret by name: the environment first, then HOME/secrets.json. Raises Stop when neither has it."""
        value = os.environ.get(f"NIGHTSHIFT_SECRETS_{name.upper()}") or read_secrets(self.secrets_file).get(
            name
        )
        if not value:
            raise Stop(
                f"secret {name!r} is neither in NIGHTSHIFT_SECRETS_{name.upper()} nor in {self.secrets_file}; "
                "migrating the warehouse creates what is missing"
            )
        return value.encode()

    def ensure_secrets(self, names: Iterable[str]) -> None:
        """Create the missing ones of `names`; those already there are never changed. Safe when run twice at once."""
        missing = [name for name in names if not os.environ.get(f"NIGHTSHIFT_SECRETS_{name.upper()}")]
        update_secrets(
            self.secrets_file,
            lambda known: {name: random_secrets.token_urlsafe(32) for name in missing if name not in known},
        )


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises Stop naming the variable that is wrong."""
    env = os.environ if env is None else env

    def get(name: str, default: str) -> str:
        return env.get(f"NIGHTSHIFT_{name}") or default

    home = Path(get("HOME", ".nightshift")).expanduser().absolute()
    return Settings(
        home=home,
        timezone=_zone(get("TIMEZONE", "America/New_York")),
        currency=get("CURRENCY", "USD").upper(),
        country=get("COUNTRY", "US").upper(),
        company=get("COMPANY", "Nightshift"),
        lake=get("LAKE", f"file://{home}/lake").rstrip("/"),
        host=get("WAREHOUSE_HOST", "127.0.0.1"),
        port=_port(get("WAREHOUSE_PORT", "5432")),
        database=get("WAREHOUSE_DATABASE", "nightshift"),
        simulated=frozenset(name.strip() for name in get("SIMULATED", "").split(",") if name.strip()),
        sslmode=get("WAREHOUSE_SSLMODE", ""),
    )


def read_secrets(file: Path) -> dict[str, str]:
    """All secrets of a home; empty when the file does not exist yet."""
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return {}


def update_secrets(file: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Merge `change(known)` into the secrets file: locked, written whole, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file.with_suffix(".lock")):
        known = read_secrets(file)
        added = change(known)
        if not added:
            return
        fresh = file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.chmod(0o600)
        fresh.write_text(json.dumps(known | added, indent=1, sort_keys=True))
        fresh.replace(file)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Stop(
            f"NIGHTSHIFT_TIMEZONE={name!r} is not an IANA time zone (such as Europe/Berlin)"
        ) from error


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"NIGHTSHIFT_WAREHOUSE_PORT={text!r} is not a port number")
    return int(text)
