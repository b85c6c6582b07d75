"""What `docker compose` runs once: prepare databases and secrets, connect Airflow to the sandbox."""

import os
import time

import requests

from include import settings as settings_module
from include.errors import Wait
from include.stack import environment, metadata
from include.stack.airflow_api import AirflowApi
from include.stack.home import Home
from include.stack.sandbox import MARK, Account, connections, not_taken
from include.warehouse.connect import admin_dsn
from include.warehouse.migrate import migrate

PATIENCE = 300.0


def prepare() -> None:
    """Make Airflow's database and the warehouse, migrate both, write the UI's password. Safe to repeat."""
    settings = environment.load_settings(os.environ)
    home = Home(settings.home)
    metadata.ensure_database(admin_dsn(settings), settings)
    metadata.migrate(home, os.environ)
    metadata.ensure_pools(admin_dsn(settings))
    migrate(settings)
    environment.write_password(home, settings)


def connect_sandbox(airflow_url: str, sandbox_url: str, smtp_port: int) -> list[str]:
    """Store connections to the sandbox in Airflow; returns their ids. A person's own connections are left alone."""
    settings = settings_module.load()
    api = AirflowApi(airflow_url, environment.USER, settings.secret("airflow_ui").decode())
    taken = {name for name, description in api.connections().items() if description != MARK}
    wanted = not_taken(connections(sandbox_url, smtp_port, _accounts(sandbox_url)), taken)
    api.put_connections(wanted)
    return [connection["connection_id"] for connection in wanted]


def _accounts(sandbox_url: str) -> list[Account]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = requests.get(f"{sandbox_url}/_sandbox/connections", timeout=10)
            if answer.ok:
                return answer.json()
        except requests.RequestException:
            pass
        time.sleep(1)
    raise Wait(f"the sandbox at {sandbox_url} does not answer")
