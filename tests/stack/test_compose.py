"""What docker-compose.yml, .env.example and the embedded stack tell Airflow is what Airflow understands."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from include import settings as settings_module
from include.stack import environment
from include.stack.home import REPOSITORY, Home

COMPOSE = REPOSITORY / "docker-compose.yml"
EXAMPLE = REPOSITORY / ".env.example"
NAME = re.compile(r"AIRFLOW__([A-Z0-9_]+?)__([A-Z0-9_]+)$")


@cache
def schema() -> dict[tuple[str, str], dict[str, Any]]:
    """(SECTION, OPTION) → description, of Airflow itself and of the providers that are installed."""
    import airflow
    from airflow.providers.celery.get_provider_info import get_provider_info as celery

    core = yaml.safe_load((Path(airflow.__file__).parent / "config_templates" / "config.yml").read_text())
    return {
        (section.upper(), option.upper()): described
        for part in (core, celery()["config"])
        for section, content in part.items()
        for option, described in content["options"].items()
    }


def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())


def embedded(home: Path) -> dict[str, str]:
    settings = environment.load_settings({"NIGHTSHIFT_HOME": str(home)})
    return environment.airflow_variables(Home(home), settings, 8080)


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def settings_in_use(home: Path) -> Iterator[tuple[str, str, str]]:
    """(where, variable, value) of every AIRFLOW__ variable we set anywhere."""
    for name, value in embedded(home).items():
        yield "embedded", name, value
    for service, content in compose()["services"].items():
        for name, value in (content.get("environment") or {}).items():
            yield service, name, str(value)
    for name, value in example().items():
        yield ".env.example", name, value


def test_every_airflow_setting_exists_in_airflows_own_schema(tmp_path: Path) -> None:
    unknown = [
        f"{where}: {name}"
        for where, name, _ in settings_in_use(tmp_path)
        if name.startswith("AIRFLOW__") and not ((match := NAME.match(name)) and match.groups() in schema())
    ]
    assert not unknown, f"Airflow knows no such setting: {unknown}"


def test_every_airflow_setting_has_the_type_airflow_expects(tmp_path: Path) -> None:
    shapes = {"boolean": r"(?i)true|false", "integer": r"-?\d+", "float": r"-?\d+(\.\d+)?"}
    wrong = []
    for where, name, value in settings_in_use(tmp_path):
        match = NAME.match(name)
        if match and match.groups() in schema():
            kind = schema()[match.groups()]["type"]
            if kind in shapes and not re.fullmatch(shapes[kind], value):
                wrong.append(f"{where}: {name}={value} is no {kind}")
    assert not wrong


def test_airflow_itself_reads_the_embedded_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.configuration import conf

    for name, value in embedded(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert conf.get("core", "executor") == "LocalExecutor"
    assert conf.getboolean("core", "dags_are_paused_at_creation") is False
    assert conf.get("api", "host") == "127.0.0.1"
    assert conf.getfloat("scheduler", "scheduler_idle_sleep_time") == pytest.approx(0.1)


def test_ports_are_published_on_this_machine_only() -> None:
    published = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published)


def test_airflow_asks_everybody_to_sign_in(tmp_path: Path) -> None:
    """One user with a generated password; the setting that makes everybody an administrator is nowhere."""
    everybody = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"
    assert schema()[("CORE", "SIMPLE_AUTH_MANAGER_ALL_ADMINS")]["default"] == "False"
    assert everybody not in {name for _, name, _ in settings_in_use(tmp_path)}
    assert len(environment.load_settings({"NIGHTSHIFT_HOME": str(tmp_path)}).secret("airflow_ui")) >= 32


def test_no_secret_is_committed() -> None:
    """Every secret is asked for, none has a value or a default."""
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE.read_text()))
    defaulted = set(re.findall(r"\$\{([A-Z_]+):-", COMPOSE.read_text()))
    secret = {name for name in example() if re.search(r"PASSWORD|SECRET|KEY", name)}
    assert asked == secret
    assert not asked & defaulted
    assert all(example()[name] == "" for name in secret)
    assert ".env" in (REPOSITORY / ".gitignore").read_text().split()
    assert ".env" in (REPOSITORY / ".dockerignore").read_text().split()


def test_the_superusers_password_reaches_nobody_but_the_preparation() -> None:
    holders = {
        service
        for service, content in compose()["services"].items()
        if "POSTGRES_ADMIN_PASSWORD" in str(content)
    }
    assert holders == {"postgres", "prepare"}


def test_compose_has_every_part() -> None:
    services = compose()["services"]
    airflow = {"api-server", "scheduler", "dag-processor", "triggerer"}
    workers = {name for name, content in services.items() if "worker" in content.get("command", ())}
    assert {"postgres", "redis", *airflow} <= set(services)
    assert len(workers) == 2
    assert services["sandbox"]["profiles"] == ["sandbox"]
    assert services["postgres"]["image"] == "postgres:18"


def test_settings_variables_in_compose_are_known() -> None:
    documented = set(re.findall(r"NIGHTSHIFT_[A-Z_]+|(?<=, )_[A-Z]+", settings_module.__doc__ or ""))
    names = {name if name.startswith("NIGHTSHIFT") else f"NIGHTSHIFT{name}" for name in documented}
    names |= {"NIGHTSHIFT_WAREHOUSE_PORT", "NIGHTSHIFT_WAREHOUSE_DATABASE", "NIGHTSHIFT_ADMIN_DSN"}
    used = {
        name
        for service in compose()["services"].values()
        for name in (service.get("environment") or {})
        if name.startswith("NIGHTSHIFT_") and not name.startswith("NIGHTSHIFT_SECRETS_")
    }
    assert used <= names
