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
    """Rings when `source` has closed a business day, well or badly."""
    return Asset(name=f"day_closed_{source}")


def any_doorbell() -> BaseAsset:
    """Any source, or call time. Never all of them: an AND of assets loses days."""
    return reduce(or_, [*(day_closed(source) for source in REGISTRY), CALL_TIME])
