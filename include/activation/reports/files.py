"""Where reports lie: HOME/reports/<day>/, each file written whole or not at all, for nobody but the home's owner."""

from datetime import date
from pathlib import Path

from include.settings import Settings


def folder(settings: Settings, day: date) -> Path:
    return settings.home / "reports" / day.isoformat()


def write(settings: Settings, day: date, name: str, content: str) -> Path:
    """Write one file; a reader sees the old or the new one, never half."""
    place = folder(settings, day)
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    fresh = place / f".{name}.new"
    fresh.touch(mode=0o600)
    fresh.write_text(content, encoding="utf-8", newline="")
    return fresh.replace(place / name)
