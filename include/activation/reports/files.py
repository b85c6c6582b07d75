"""Where reports lie: HOME/reports/<day>/, each file written whole or not at all."""

from datetime import date
from pathlib import Path

from include.settings import Settings


def folder(settings: Settings, day: date) -> Path:
    return settings.home / "reports" / day.isoformat()


def write(settings: Settings, day: date, name: str, content: str) -> Path:
    """Write one file; a reader sees the old or the new one, never half."""
    place = folder(settings, day)
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / f".{name}.new"
    fresh.write_text(content, encoding="utf-8", newline="")
    return fresh.replace(place / name)
