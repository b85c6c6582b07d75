"""Who bought since the marts were built is read from the shop itself."""

import pytest
import requests

from include.activation import buyers
from include.errors import Wait
from include.privacy.keys import customer_key
from include.sandbox import credentials
from include.sources.base import Account
from tests.activation.house import rows
from tests.sandbox.tiny import at, served


@pytest.fixture
def running(tmp_path):
    with served(tmp_path / "shop", "shopify") as running:
        yield running


@pytest.fixture
def shop(running) -> Account:
    token = {"password": credentials.SHOPIFY_TOKEN}
    return Account("shopify", "tiny.myshopify.com", f"{running.url}/shopify", token, {})


def built_until(settings, moment):
    rows(
        settings,
        "INSERT INTO ops.build (as_of_day, as_of_end, status) VALUES (%s, %s, 'published') RETURNING build_id",
        [moment.date(), moment],
    )


def test_only_orders_since_the_cut_off_count(settings, shop):
    built_until(settings, at(8))
    ann = customer_key(settings.secret("customer_key"), email="ann@example.com")
    assert buyers.since_cut_off(settings, [shop])() == {ann}
    built_until(settings, at(9, 13))
    assert buyers.since_cut_off(settings, [shop])() == set()


def test_a_person_is_known_by_every_key(settings, shop):
    built_until(settings, at(8))
    ann = customer_key(settings.secret("customer_key"), email="ann@example.com")
    rows(
        settings,
        "INSERT INTO ops.customer_alias (alias_key, customer_key) VALUES ('before', %s) RETURNING alias_key",
        [ann],
    )
    assert buyers.since_cut_off(settings, [shop])() == {ann, "before"}


def test_a_shop_that_is_away_is_waited_for(settings, running, shop, monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)
    built_until(settings, at(8))
    fault = {"vendor": "shopify", "kind": "down"}
    requests.post(f"{running.url}/_sandbox/faults", json=fault, timeout=5)
    with pytest.raises(Wait):
        buyers.since_cut_off(settings, [shop])()


def test_a_marketplace_is_not_asked_for_buyers_it_does_not_name(settings):
    marketplace = Account("amazon", "A1", "https://127.0.0.1:1", {}, {})
    assert buyers.since_cut_off(settings, [marketplace])() == set()
