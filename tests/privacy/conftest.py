"""A published warehouse, and every platform that keeps lists, for what people ask of both."""

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
    """The three platforms."""
    with served(tmp_path / "sandbox", "meta", "google_ads", "google_data_manager", "klaviyo") as running:
        yield House(running)
