"""How much is tried, and from which seed: `make chaos N=1000 SEED=7` says it, N being the number of pulls killed."""

import json
import os
import random
from typing import Any

SEED = int(os.environ.get("CHAOS_SEED") or 20261122)

IN_PROOF = 240


def many(in_proof: int) -> int:
    """How many of a fault a long form tries: as `make prove` does, or CHAOS_N instead of 240, all else in proportion."""
    return max(1, in_proof * int(os.environ.get("CHAOS_N") or IN_PROOF) // IN_PROOF)


def dice(*what: Any) -> random.Random:
    """Seeded chance, a stream of its own for each thing that is drawn."""
    return random.Random(f"{SEED}/{what}")


def score(figure: str, target: str, tried: int, survived: int) -> tuple[str, str]:
    """What `record_property` takes."""
    told = {"figure": figure, "target": target, "tried": tried, "survived": survived, "seed": SEED}
    return "score", json.dumps(told)
