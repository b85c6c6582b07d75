import threading

import pytest

from include.errors import Stop
from include.settings import load, read_secrets


def here(tmp_path, **env):
    return load(
        {"NIGHTSHIFT_HOME": str(tmp_path), **{f"NIGHTSHIFT_{name}": value for name, value in env.items()}}
    )


def test_defaults_are_a_company_in_new_york(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load({})
    assert settings.home == tmp_path / ".nightshift"
    assert (settings.timezone.key, settings.currency, settings.country) == ("America/New_York", "USD", "US")
    assert settings.lake == f"file://{tmp_path}/.nightshift/lake"
    assert settings.database == "nightshift"
    assert settings.simulated == frozenset()


def test_the_environment_decides(tmp_path):
    settings = here(
        tmp_path, TIMEZONE="Europe/Berlin", CURRENCY="eur", COUNTRY="de", COMPANY="Schraube",
        LAKE="s3://lake/", WAREHOUSE_PORT="6000", SIMULATED="stock, costs,",
    )  # fmt: skip
    assert (settings.timezone.key, settings.currency, settings.country) == ("Europe/Berlin", "EUR", "DE")
    assert (settings.lake, settings.port, settings.simulated) == (
        "s3://lake",
        6000,
        frozenset({"stock", "costs"}),
    )


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_named(tmp_path, zone):
    with pytest.raises(Stop, match="NIGHTSHIFT_TIMEZONE"):
        here(tmp_path, TIMEZONE=zone)


@pytest.mark.parametrize("port", ["", "x", "0", "70000", "-1"])
def test_a_wrong_port_is_named(tmp_path, port):
    if not port:
        assert here(tmp_path, WAREHOUSE_PORT=port).port == 5432
        return
    with pytest.raises(Stop, match="NIGHTSHIFT_WAREHOUSE_PORT"):
        here(tmp_path, WAREHOUSE_PORT=port)


def test_secrets_are_made_once_and_kept(tmp_path):
    settings = here(tmp_path)
    settings.ensure_secrets(["customer_key"])
    first = settings.secret("customer_key")
    settings.ensure_secrets(["customer_key", "suppression"])
    assert settings.secret("customer_key") == first
    assert settings.secret("suppression") != first
    assert settings.secrets_file.stat().st_mode & 0o777 == 0o600


def test_a_missing_secret_says_where_it_is_looked_for(tmp_path):
    with pytest.raises(Stop, match="NIGHTSHIFT_SECRETS_CUSTOMER_KEY"):
        here(tmp_path).secret("customer_key")


def test_the_environment_overrides_a_secret(tmp_path, monkeypatch):
    settings = here(tmp_path)
    settings.ensure_secrets(["customer_key"])
    monkeypatch.setenv("NIGHTSHIFT_SECRETS_CUSTOMER_KEY", "from the backend")
    assert settings.secret("customer_key") == b"from the backend"


def test_a_dsn_survives_any_password(tmp_path, monkeypatch):
    monkeypatch.setenv("NIGHTSHIFT_SECRETS_PASSWORD_READER", "p@ss/w:rd?")
    dsn = here(tmp_path).dsn("reader")
    assert dsn == "postgresql://nightshift_reader:p%40ss%2Fw%3Ard%3F@127.0.0.1:5432/nightshift"


def test_an_unknown_role_is_refused(tmp_path):
    with pytest.raises(Stop, match="no warehouse role 'root'"):
        here(tmp_path).dsn("root")


def test_many_processes_making_secrets_agree(tmp_path):
    settings = here(tmp_path)
    threads = [threading.Thread(target=settings.ensure_secrets, args=[[f"s{n % 3}"]]) for n in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert set(read_secrets(settings.secrets_file)) == {"s0", "s1", "s2"}


def test_settings_do_not_hold_secrets(tmp_path):
    settings = here(tmp_path)
    settings.ensure_secrets(["password_reader"])
    assert settings.secret("password_reader").decode() not in repr(settings)
