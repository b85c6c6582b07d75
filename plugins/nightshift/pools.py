"""Who goes first where a night and a backfill ask the same vendor.

Everybody who talks to a vendor takes a slot of its pool (`Source.pool`). A backfill has one task per vendor, so one of the
two slots is the night's at once, and of those who wait for a slot the night gets it first. `make up` makes the pools; on
an Airflow of your own make them once (docs/backfill.md): a task whose pool does not exist waits for ever.
"""

from typing import Any

CLOSING_FIRST: dict[str, Any] = {"priority_weight": 20, "weight_rule": "absolute"}
"""A day is closed as soon as its pulls have ended, not when all others have: the last one then is closed at once too."""
NIGHT_FIRST: dict[str, Any] = {"priority_weight": 10, "weight_rule": "absolute"}
BACKFILL_LAST: dict[str, Any] = {"priority_weight": 1, "weight_rule": "absolute"}
