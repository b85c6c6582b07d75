"""The sandbox company as seen from outside: its process, its health, its truth, how to connect to it."""

import json
import re
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from include.errors import Stop
from include.stack.company import Company
from include.stack.environment import Facts
from include.stack.processes import Process, Processes

NAME = "sandbox"
PATIENCE = 180.0
Account = Mapping[str, Any]
"""A face's `Connection` (include/sandbox/faces), as JSON."""

MARK = "The sandbox company. To connect a real account, change host, credentials and this line."


class Sandbox:
    """The sandbox process of a home, on a given port."""

    def __init__(self, processes: Processes, port: int):
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self._processes = processes

    def process(self, home: Path, company: Company, env: Mapping[str, str]) -> Process:
        """The command that serves this home's company."""
        command = [sys.executable, "-m", "include.sandbox.server", "--port", str(self.port)]
        command += ["--home", str(home), "--history-days", str(company.history_days)]
        command += ["--timezone", company.timezone, "--currency", company.currency]
        command += ["--country", company.country]
        if company.order_book:
            command += ["--order-book", company.order_book]
        # Only what it is told on the command line may restart it: its settings are not Airflow's.
        plain = {k: v for k, v in env.items() if not k.startswith(("NIGHTSHIFT_", "AIRFLOW"))}
        return Process(NAME, command, plain)

    def wait(self) -> Facts:
        """Wait until it serves; Stop with what it printed when it cannot."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._processes.must_run(NAME)
            health = self._ask("/_sandbox/health")
            if health and self.smtp_port():
                return Facts(health["company"], health["shop_domain"], tuple(health["simulated"]))
            time.sleep(0.1)
        raise Stop(f"the sandbox did not answer in {PATIENCE:.0f} s:\n{self._processes.tail(NAME)}")

    def truth(self, day: date) -> dict[str, float]:
        """The world's own figures of a business day, computed without SQL; empty when it does not answer."""
        return self._ask("/_sandbox/truth", day=day.isoformat()) or {}

    def smtp_port(self) -> int | None:
        """Where its mail sink listens: the last `ready` line it printed says so."""
        for line in reversed(self._processes.tail(NAME, 50).splitlines()):
            if line.startswith('{"ready"'):
                return json.loads(line)["smtp_port"]
        return None

    def connections(self) -> list[dict[str, Any]]:
        """Airflow Connections to every account of the sandbox. Its credentials are public and worth nothing."""
        return connections(self.url, self.smtp_port() or 0, self.accounts())

    def accounts(self) -> list[Account]:
        """How to connect to each of its faces, as they say themselves."""
        return self._ask("/_sandbox/connections") or []

    def _ask(self, path: str, **query: str) -> Any:
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(f"{self.url}{path}", params=query, timeout=30)
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            return None


def connections(url: str, smtp_port: int, accounts: Iterable[Account]) -> list[dict[str, Any]]:
    """Connection fields as Airflow's REST API takes them, of the faces' accounts at this address."""
    return [_connection(url, smtp_port, account) for account in accounts]


def _connection(url: str, smtp_port: int, account: Account) -> dict[str, Any]:
    host = urlsplit(url).hostname or "127.0.0.1"
    is_here = host == "127.0.0.1"
    extra = {
        **({} if is_here else {"allow_http": True}),
        **({"mode": "act"} if account["destination"] else {}),
        **_addressed(account["extra"], url),
    }
    fields = {"host": url + account["path"], "login": account["login"], "password": account["password"]}
    if account["kind"] == "smtp":
        fields |= {"host": host, "port": smtp_port, "schema": "smtp"}
        if not is_here:  # nothing sends a password in the clear to another host, not even the sandbox's
            fields |= {"login": None, "password": None}
    given = {name: value for name, value in fields.items() if value is not None}
    # Airflow's form knows the type `generic` without any provider, and shows every field of it
    name = f"nightshift_{account['name']}"
    return {"connection_id": name, "conn_type": account["kind"], "description": MARK, **given, "extra": extra}


def _addressed(value: Any, url: str) -> Any:
    """With the sandbox's address in place of `{url}`, however deep."""
    if isinstance(value, str):
        return value.replace("{url}", url)
    if isinstance(value, Mapping):
        return {key: _addressed(each, url) for key, each in value.items()}
    return value


def not_taken(wanted: Iterable[dict[str, Any]], taken: Iterable[str]) -> list[dict[str, Any]]:
    """The sandbox's connections without those of vendors where a person has entered an account of their own."""
    real = {_vendor(name) for name in taken}
    return [each for each in wanted if _vendor(each["connection_id"]) not in real]


def _vendor(connection_id: str) -> str:
    """`nightshift_shopify_2` is a further account of `nightshift_shopify`."""
    return re.sub(r"_\d+$", "", connection_id)


def still_simulated(
    simulated: Iterable[str], accounts: Iterable[Account], real_connections: Iterable[str]
) -> tuple[str, ...]:
    """The inputs that remain made up once some accounts are real: an input is real when all that bring it are."""
    real = {_vendor(name) for name in real_connections}
    brought: dict[str, list[bool]] = {}
    for account in accounts:
        for name in account["simulates"]:
            brought.setdefault(name, []).append(_vendor(f"nightshift_{account['name']}") in real)
    return tuple(name for name in simulated if not all(brought.get(name, [False])))
