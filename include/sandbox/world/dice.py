"""Chance, kept apart by topic and day: a new topic never changes what an old one rolled."""

from random import Random


class Dice:
    """Hands out one generator per (topic, key); the same seed gives the same rolls in any process."""

    def __init__(self, seed: int):
        self.seed = seed
        self._day: dict[str, tuple[object, Random]] = {}

    def roll(self, topic: str, key: object) -> Random:
        """The generator of a topic for a day (or any key); asked again for the same key it rolls on."""
        known = self._day.get(topic)
        if known and known[0] == key:
            return known[1]
        fresh = Random(f"{self.seed}/{topic}/{key}")
        self._day[topic] = (key, fresh)
        return fresh


def largest_remainder(total: int, weights: list[int]) -> list[int]:
    """Split `total` by `weights` to whole numbers that add up: [50, 25, 25] of 10 is [5, 3, 2]."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in by_remainder[: total - sum(shares)]:
        shares[n] += 1
    return shares
