"""The sandbox company as seen from outside: its process, its health, its truth, how to connect to it."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from include.errors import Stop
from include.sandbox import credentials
from include.stack.company import Company
from include.stack.environment import Facts
from include.stack.processes import Process, Processes

NAME = "sandbox"
PATIENCE = 180.0
MARK = "The sandbox company. To connect a real account, change host, credentials and this line."
# What a real account makes real; the names are those of the world's `simulated`.
INPUTS = {
    "nightshift_shopify": ("orders", "customers", "checkouts", "returns"),
    "nightshift_google_ads": ("ads",),
    "nightshift_easypost": ("parcels",),
    "nightshift_odoo": ("stock", "suppliers", "costs"),
}


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

    def connections(self, shop_domain: str) -> list[dict[str, Any]]:
        """Airflow Connections to every account of the sandbox. Its credentials are public and worth nothing."""
        return connections(self.url, self.smtp_port() or 0, shop_domain)

    def _ask(self, path: str, **query: str) -> Any:
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.get(f"{self.url}{path}", params=query, timeout=30)
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            return None


def connections(url: str, smtp_port: int, shop_domain: str) -> list[dict[str, Any]]:
    """Connection fields as Airflow's REST API takes them."""
    host = urlsplit(url).hostname or "127.0.0.1"
    common: dict[str, Any] = {} if host == "127.0.0.1" else {"allow_http": True}
    act = {"mode": "act", **common}

    def http(name: str, path: str, extra: dict[str, Any], password: str | None = None) -> dict[str, Any]:
        # Airflow's form knows the type `generic` without any provider, and shows every field of it
        return _connection(name, "generic", host=url + path, password=password, extra={**common, **extra})

    ads = {
        "account": credentials.GOOGLE_ADS_CUSTOMER_ID,
        "login_customer_id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
        "token_url": f"{url}/google-oauth/token",
        "credentials": {
            "developer_token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
            "client_id": credentials.GOOGLE_CLIENT_ID,
            "client_secret": credentials.GOOGLE_CLIENT_SECRET,
            "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
        },
    }
    proof = {"credentials": {"app_secret": credentials.META_APP_SECRET}}
    mail = {"from_email": f"nightshift@{shop_domain}", "to": f"team@{shop_domain}", "starttls": False}
    # Nothing sends a password in the clear to another host, not even the sandbox's.
    login = {} if common else {"login": credentials.SMTP_USER, "password": credentials.SMTP_PASSWORD}
    return [
        http("shopify", "/shopify", {"account": shop_domain}, credentials.SHOPIFY_TOKEN),
        http("google_ads", "/google-ads", ads),
        http(
            "easypost",
            "/easypost",
            {"account": "easypost", "requests_per_second": 100},
            credentials.EASYPOST_API_KEY,
        ),
        http("odoo", "/odoo", {"account": credentials.ODOO_DATABASE, **act}, credentials.ODOO_API_KEY),
        http(
            "meta",
            "/meta",
            {"account": credentials.META_AD_ACCOUNT_ID, **act, **proof},
            credentials.META_ACCESS_TOKEN,
        ),
        http("slack", "", {**act, "messages_per_second": 20}, credentials.SLACK_WEBHOOK_PATH),
        _connection("smtp", "smtp", host=host, port=smtp_port, schema="smtp", extra={**act, **mail}, **login),
    ]


def _connection(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"connection_id": f"nightshift_{name}", "conn_type": kind, "description": MARK, **fields}


def still_simulated(simulated: tuple[str, ...], real_connections: set[str]) -> tuple[str, ...]:
    """The inputs that remain made up once some accounts are real."""
    real = {name for connection in real_connections for name in INPUTS.get(connection, ())}
    return tuple(name for name in simulated if name not in real)
