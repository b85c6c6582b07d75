"""How much is tried, and from which seed: `make chaos N=1000 SEED=7` says it for the long forms."""

import json
import os
import random
from typing import Any

SEED = int(os.environ.get("CHAOS_SEED") or 20261122)


def many(in_proof: int, at_most: int | None = None) -> int:
    """How many of a fault a long form tries: CHAOS_N where it is given, though no more than make sense."""
    wished = int(os.environ.get("CHAOS_N") or in_proof)
    return min(wished, at_most) if at_most else wished


def dice(*what: Any) -> random.Random:
    """Seeded chance, a stream of its own for each thing that is drawn."""
    return random.Random(f"{SEED}/{what}")


def score(figure: str, target: str, tried: int, survived: int) -> tuple[str, str]:
    """What `record_property` takes."""
    told = {"figure": figure, "target": target, "tried": tried, "survived": survived, "seed": SEED}
    return "score", json.dumps(told)
