"""The environment every process of a home runs in: our settings, and Airflow's settings.

Every AIRFLOW__ name here is checked against Airflow's own configuration schema by a test.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from include import settings as settings_module
from include.settings import Settings
from include.stack.company import Company
from include.stack.home import REPOSITORY, Home

AIRFLOW_SECRETS = ("airflow_fernet", "airflow_jwt", "airflow_api", "airflow_ui", "airflow_database")
AIRFLOW_DATABASE = "airflow"
AIRFLOW_ROLE = "nightshift_airflow"
USER = "admin"

QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "NO_COLOR": "1",
}


@dataclass(frozen=True)
class Facts:
    """What the sandbox says of its company, or what the environment says when there is no sandbox."""

    name: str
    shop_domain: str
    simulated: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Facts":
        known = json.loads(text)
        return cls(known["name"], known["shop_domain"], tuple(known["simulated"]))


def settings_variables(home: Home, company: Company, facts: Facts, postgres_port: int) -> dict[str, str]:
    """The NIGHTSHIFT_ variables that `include.settings` and the DAGs read."""
    return {
        "NIGHTSHIFT_HOME": str(home.path),
        "NIGHTSHIFT_TIMEZONE": company.timezone,
        "NIGHTSHIFT_CURRENCY": company.currency,
        "NIGHTSHIFT_COUNTRY": company.country,
        "NIGHTSHIFT_COMPANY": facts.name,
        "NIGHTSHIFT_SIMULATED": ",".join(facts.simulated),
        "NIGHTSHIFT_HISTORY_START": company.history_start,
        "NIGHTSHIFT_WAREHOUSE_HOST": "127.0.0.1",
        "NIGHTSHIFT_WAREHOUSE_PORT": str(postgres_port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": "nightshift",
    }


def airflow_variables(home: Home, settings: Settings, port: int) -> dict[str, str]:
    """Airflow's own settings: LocalExecutor, nothing listening beyond 127.0.0.1, nothing phoning home."""
    url = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(home.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(2 * min(os.cpu_count() or 2, 8)),
        "AIRFLOW__CORE__FERNET_KEY": _fernet_key(settings.secret("airflow_fernet")),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_password_file(home)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "5",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": settings.secret("airflow_api").decode(),
        "AIRFLOW__API__INSTANCE_NAME": f"Nightshift · {settings.company}",
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.secret("airflow_jwt").decode(),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(settings),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        # A night that was killed is taken up at once, not after the default five minutes.
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # a killed night's tasks are taken up while Airflow's API still starts: they ask for two minutes and more, not half
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "10",
        # so long a worker may sleep on when its task has ended, for it looks no more often: by default five seconds
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home.logs / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home.logs / "dag-files"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    }


def environment(base: Mapping[str, str], *more: Mapping[str, str]) -> dict[str, str]:
    """`base` plus ours; the repository is importable and bytecode is cached."""
    env = {**base, **QUIET, "PYTHONPATH": str(REPOSITORY)}
    for part in more:
        env.update(part)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def code() -> str:
    """Changes when our modules do: the scheduler holds them for its tasks, and must start anew then."""
    files = sorted(file for room in ("include", "plugins") for file in (REPOSITORY / room).rglob("*.py"))
    seen = [(str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


@contextmanager
def environ(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables in our own environment, for code that reads it."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def load_settings(variables: Mapping[str, str]) -> Settings:
    """The settings a process with these variables sees, its secrets made."""
    settings = settings_module.load(variables)
    settings.ensure_secrets(AIRFLOW_SECRETS)
    return settings


def database_url(settings: Settings) -> str:
    """Where Airflow keeps its own state: a database and a role apart from the warehouse's."""
    password = settings.secret("airflow_database").decode()
    return (
        f"postgresql+psycopg2://{AIRFLOW_ROLE}:{password}@{settings.host}:{settings.port}/{AIRFLOW_DATABASE}"
    )


def write_password(home: Home, settings: Settings) -> str:
    """Hand the UI's password to Airflow's simple auth manager; returns it."""
    password = settings.secret("airflow_ui").decode()
    file = _password_file(home)
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(json.dumps({USER: password}))
    return password


def _password_file(home: Home) -> Path:
    return home.airflow / "passwords.json"


def _fernet_key(secret: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(secret).digest()).decode()
