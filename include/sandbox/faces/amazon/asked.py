"""What a request asks for: query parameters as Amazon reads them. Those it does not know are ignored."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request

from include.sandbox.clock import Clock
from include.sandbox.faces.amazon.errors import invalid

TWO_MINUTES = timedelta(minutes=2)


class Asked:
    """A request's query parameters."""

    def __init__(self, request: Request, clock: Clock):
        self._params = request.query_params
        # the company's time stands still while its vendors' clocks go on
        self.wall = max(clock.now(), datetime.now(UTC))

    def text(self, name: str) -> str | None:
        return self._params.get(name) or None

    def words(self, name: str, allowed: Collection[str] | None = None, most: int | None = None) -> list[str]:
        """A list, comma-separated or repeated."""
        words = [word for part in self._params.getlist(name) for word in part.split(",") if word]
        if allowed is not None and not set(words) <= set(allowed):
            raise invalid(f"{name} must be among {', '.join(sorted(allowed))}.")
        if most is not None and len(words) > most:
            raise invalid(f"{name} may hold {most} values.")
        return words

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name} is not in ISO 8601 format.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def past(self, name: str) -> datetime | None:
        """An instant that must lie at least two minutes back."""
        moment = self.moment(name)
        if moment is not None and moment > self.wall - TWO_MINUTES:
            raise invalid(f"{name} must be at least two minutes before the time of the request.")
        return moment

    def number(self, name: str, low: int, high: int, default: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not text.isdigit() or not low <= int(text) <= high:
            raise invalid(f"{name} must be between {low} and {high}.")
        return int(text)

    def query(self, *but: str) -> dict[str, Any]:
        """All parameters but some: what a page token is tied to."""
        return {name: value for name, value in self._params.multi_items() if name not in but}


def text_of(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def decimal(minor: int, currency: str) -> str:
    """Minor units as the Orders API writes money: "12.30", and "1230" where the currency has no cents."""
    if currency == "JPY":
        return str(minor)
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100}.{minor % 100:02d}"
