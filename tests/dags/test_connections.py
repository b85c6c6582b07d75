"""Airflow Connections become accounts and destinations, each with the refresh token it was given last."""

import json

import pytest
from nightshift import connections

from include.clients.tokens import RefreshTokens
from include.settings import Settings

GIVEN = {"refresh_token": "given"}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, warehouse: Settings):
    """A function that makes the Connection nightshift_<name> with these credentials."""
    monkeypatch.setattr(connections, "load_settings", lambda: warehouse)

    def made(name: str, credentials: dict[str, str], **extra: str) -> None:
        told = {"conn_type": "generic", "host": "https://vendor.example", "password": "p"}
        told["extra"] = {"credentials": credentials, **extra}
        monkeypatch.setenv(f"AIRFLOW_CONN_NIGHTSHIFT_{name.upper()}", json.dumps(told))

    return made


def turn(tokens: RefreshTokens | None, rotated: str | None = None) -> str:
    """The token that a sign-in uses; the vendor may give another in its place."""
    assert tokens is not None
    with tokens.turn() as mine:
        used = mine.token
        if rotated:
            mine.keep(rotated)
    return used


def test_a_rotated_token_is_the_connections_own_from_then_on(connect):
    connect("shopify", GIVEN, account="shop")
    connect("shopify_2", GIVEN, account="branch")
    connect("klaviyo", GIVEN)
    shop, branch = connections.accounts("shopify")
    assert turn(shop.tokens, rotated="second") == "given"
    again, branch = connections.accounts("shopify")
    assert turn(again.tokens) == "second"
    assert turn(branch.tokens) == "given"
    assert turn(connections.destinations()["klaviyo"].tokens) == "given"


def test_a_token_that_a_person_enters_into_the_connection_counts(connect):
    connect("shopify", GIVEN)
    turn(connections.accounts("shopify")[0].tokens, rotated="second")
    connect("shopify", {"refresh_token": "entered"})
    assert turn(connections.accounts("shopify")[0].tokens) == "entered"


def test_who_signs_in_with_no_refresh_token_keeps_none(connect):
    connect("shopify", {})
    connect("klaviyo", {})
    assert connections.accounts("shopify")[0].tokens is None
    assert connections.destinations()["klaviyo"].tokens is None
