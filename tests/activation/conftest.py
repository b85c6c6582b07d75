"""A published warehouse and a served sandbox per test."""

from collections.abc import Iterator

import pytest

from include.settings import Settings
from tests.activation.house import House, publish
from tests.sandbox.tiny import served


@pytest.fixture
def settings(warehouse: Settings) -> Settings:
    """A warehouse whose marts are published and empty."""
    publish(warehouse)
    return warehouse


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    """The receivers of all actions."""
    with served(tmp_path / "sandbox", "odoo", "meta", "slack", "mail") as running:
        yield House(running)


@pytest.fixture
def platforms(tmp_path) -> Iterator[House]:
    """Every platform that keeps audiences."""
    faces = ("meta", "google_ads", "google_data_manager", "klaviyo")
    with served(tmp_path / "sandbox", *faces) as running:
        yield House(running)
