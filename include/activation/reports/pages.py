"""HTML from templates. Whatever comes from data is escaped; charts are our own SVG."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """The template filled in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, percent=percent, day=day, money=money)
    return environment


def number(value: Any, digits: int = 0) -> str:
    """1234.5 as `1,235`; nothing as a dash."""
    return "–" if value is None else f"{float(value):,.{digits}f}"


def percent(value: Any, digits: int = 1) -> str:
    """A share as `97.3 %`; nothing as a dash."""
    return "–" if value is None else f"{100 * float(value):.{digits}f} %"


def money(value: Any, currency: str | None) -> str:
    digits = 0 if currency in ("JPY", "KRW") else 2
    return "–" if value is None else f"{float(value):,.{digits}f} {currency or ''}".strip()


def tile(name: str, value: str, is_bad: bool = False) -> dict[str, Any]:
    """One large figure with its name."""
    return {"name": name, "value": value, "is_bad": is_bad}


def day(value: Any) -> str:
    """A day as `Tue 3 Mar`; ISO texts too."""
    if not value:
        return "–"
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date):
        return f"{value:%a} {value.day} {value:%b}"
    return str(value)
