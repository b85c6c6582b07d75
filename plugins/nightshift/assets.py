"""Assets are doorbells: they wake the next DAG for a business day and carry no data.

Every one is partitioned by the business day ('2026-11-21'), because partitioned and plain assets
never wake each other.
"""

from functools import reduce
from operator import or_

from airflow.sdk import Asset
from airflow.sdk.definitions.asset import BaseAsset

from include.sources import REGISTRY

MART = Asset(name="mart")
CALL_TIME = Asset(name="call_time")


def day_closed(source: str) -> Asset:
    """Rings for the build, when `source` has closed a business day, well or badly, and nobody else is awaited."""
    return Asset(name=f"day_closed_{source}")


def followed(source: str) -> Asset:
    """Rings for whoever is pulled after `source`, when it has closed a business day, well or badly."""
    return Asset(name=f"followed_{source}")


def doorbells(source: str) -> list[Asset]:
    """All that closing a day of `source` may ring."""
    after = [followed(source)] if any(other.after == source for other in REGISTRY.values()) else []
    return [day_closed(source), *after]


def any_doorbell() -> BaseAsset:
    """Any source, or call time. Never all of them: an AND of assets loses days."""
    return reduce(or_, [*(day_closed(source) for source in REGISTRY), CALL_TIME])
