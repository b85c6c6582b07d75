"""How much of the long tables is tried: all of them, or a seeded share (HOSTILE_SHARE=0.2) where time is short."""

import json
import os
import random
from collections.abc import Sequence
from typing import TypeVar

SEED = 20261122
SHARE = float(os.environ.get("HOSTILE_SHARE") or 1)

Case = TypeVar("Case")


def part(cases: Sequence[Case], *what: object) -> list[Case]:
    """All cases, or the share of them that chance draws for this."""
    if SHARE >= 1:
        return list(cases)
    return random.Random("/".join(map(str, (SEED, *what)))).sample(
        list(cases), max(1, round(len(cases) * SHARE))
    )


def seed() -> str | None:
    """What the scorecard tells of the drawing; None when everything was tried."""
    return None if SHARE >= 1 else f"{SEED}, {SHARE:.0%} of all"


def score(figure: str, target: str, tried: int, wrong: int, seed: object) -> tuple[str, str]:
    """What `record_property` takes."""
    told = {"figure": figure, "target": target, "tried": tried, "survived": tried - wrong, "seed": seed}
    return "score", json.dumps(told)
