"""What stands in for a module that Great Expectations imports and we never use."""

import sys

import pytest

from expectations.lightly import Later


def test_a_stand_in_becomes_its_module_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    later = Later("colorsys")
    assert "colorsys" not in sys.modules
    assert later.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert "colorsys" in sys.modules


def test_whoever_only_looks_at_it_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert not hasattr(Later("colorsys"), "__path__")
    assert "colorsys" not in sys.modules
