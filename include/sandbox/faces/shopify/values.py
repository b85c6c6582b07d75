"""Values in Shopify's spelling."""

from datetime import UTC, datetime
from typing import Any


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def split_gid(text: str) -> tuple[str, int] | None:
    """('Order', 5) of 'gid://shopify/Order/5'; None when it is nothing of the kind."""
    parts = text.removeprefix("gid://shopify/").partition("?")[0].split("/")
    return (parts[0], int(parts[1])) if len(parts) == 2 and parts[1].isdigit() else None


def instant(moment: datetime | None) -> Any:
    """2026-01-31T04:05:06Z: UTC, whole seconds."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z" if moment else None


def decimal(minor: int, digits: int) -> str:
    """Minor units as Shopify's Decimal, which drops needless zeros: 5500 -> '55.0', 1005 -> '10.05'."""
    if digits == 0:
        return f"{minor}.0"
    sign, scale = "-" if minor < 0 else "", 10**digits
    whole, rest = divmod(abs(minor), scale)
    return f"{sign}{whole}.{str(rest).rjust(digits, '0').rstrip('0') or '0'}"


def fixed(minor: int, digits: int) -> str:
    """Minor units as Shopify's Money scalar (variant prices): 5500 -> '55.00'."""
    if digits == 0:
        return str(minor)
    sign, (whole, rest) = "-" if minor < 0 else "", divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{str(rest).rjust(digits, '0')}"
