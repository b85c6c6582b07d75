"""How far a load is from the loads before it: 1 is as far as chance and habit explain.

What is allowed is made of three things: a floor (what no shop's person would stop a night for), how much the loads before
differed among themselves, and how much so few records differ by chance. A load that a person released is an answer:
what it looked like is as usual from then on.
"""

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from include.profile.measures import Measures
from include.profile.surprise import (
    FEWEST_LOADS,
    FEWEST_RECORDS,
    Known,
    Past,
    Surprise,
    answered,
    enough,
    having,
    many_of,
)
from include.profile.words import MIXED, is_new_mix, other_kinds, surprising_words

FEWEST_HOURS = 20
"""People write things down in one go: the hour of fewer records is that of one of them at work."""
SIGMAS = 6
ANY_WINDOW = ("level", "negative", "twins", "late")
"""What is alike in a night's window and in a year's; the rest is told by the age of the records as well, except what never
was, or always: of a field that was zero in no record of any load, half of them are too many."""


def surprises(now: Measures, past: Sequence[Past]) -> Iterator[Surprise]:
    """Every measure of `now` that can be held against the loads of `past`, however little it surprises."""
    mixed = max(0.0, other_kinds(now, past) - MIXED)
    has_usual_sizes = mixed < MIXED and not is_new_mix(now, past)
    for path, told in now.items():
        before = [(load, load.measures[path]) for load in past if load.measures.get(path, {}).get("records")]
        if not enough(before):
            continue
        nights = [(load, known) for load, known in before if load.comparable]
        for name in _SHARES:
            known = before if _whatever_the_window(name, before) else nights
            yield from _share(path, name, told, known, mixed)
        for name, floor in (("level", 0.45), ("age", 1.0)):
            if has_usual_sizes:
                yield from _level(path, name, told, before if name in ANY_WINDOW else nights, floor)
        yield from _hour(path, told, nights)
        yield from surprising_words(path, told, before, nights)


def _whatever_the_window(name: str, before: Known) -> bool:
    seen = {told[name] for _, told in before if name in told}
    return name in ANY_WINDOW or (name in ("filled", "zero", "true") and seen in ({0}, {1}))


def _share(path: str, name: str, told: dict[str, Any], known: Known, mixed: float) -> Iterator[Surprise]:
    known, held = having(name, known), told["records"] if name == "filled" else told["held"]
    if name not in told or held < FEWEST_RECORDS or not enough(known):
        return
    records = sum(each["records"] for _, each in known)
    usual = sum(each[name] * each["records"] for _, each in known) / records
    # pretend that two more records had it and two had not: what never happened is not impossible
    likely = (usual * records + 2) / (records + 4)
    chance = SIGMAS * math.sqrt(likely * (1 - likely) / held)
    habit = max((abs(each[name] - usual) for each in many_of(known)), default=0)
    # what is at times so and at times not turns with a sale, or a warehouse that is closed for a week
    allowed = 0.25 + usual * (1 - usual) + mixed + max(chance, 1.3 * habit)
    if answered(told[name], name, known, 0.1):
        return
    what, apart = _SHARES[name].format(path=path), (told[name] - usual) * _WORSE.get(name, 1)
    if apart > 0 or name not in _WORSE:
        yield Surprise(name, what, f"{told[name]:.0%}", f"{usual:.0%}", abs(apart) / allowed)


_SHARES = {
    "filled": "{path} is there in",
    "zero": "{path} is zero in",
    "negative": "{path} is negative in",
    "true": "{path} is true in",
    "future": "{path} lies in the future in",
    "top": "one and the same {path} is in",
    "twins": "equal to another but for the id are",
    "late": "hours after the newest of their times changed",
}
_WORSE = {"filled": -1, "zero": 1, "future": 1, "top": 1, "twins": 1, "late": 1}
"""Which way is a loss. A field that is told more often than ever is one that the shop has begun to use: a sale's discounts,
a new tax."""


def _level(path: str, name: str, told: dict[str, Any], known: Known, floor: float) -> Iterator[Surprise]:
    known = having(name, known)
    if name not in told or not enough(known) or (name == "age" and told["held"] < FEWEST_HOURS):
        return
    usual = median(each[name] for _, each in known)
    between = 1.5 * median(abs(each[name] - usual) for _, each in known)
    furthest = max((abs(each[name] - usual) for each in many_of(known)), default=0)
    within = median(each[f"{name}_spread"] for _, each in known)
    many = math.sqrt(min(told["held"], told[f"{name}_of"]))
    # small counts jump: of five records half may well be up to 3 and not to 1, or be of another kind altogether
    allowed = floor + 3 / many + max(3 * between, furthest, SIGMAS * 1.25 * within / many)
    if answered(told[name], name, known, floor):
        return
    what, unit = (
        (f"half of {path} is up to", "") if name == "level" else (f"{path} is typically", " days old")
    )
    came, before = f"{10 ** told[name]:.3g}{unit}", f"{10**usual:.3g}{unit}"
    yield Surprise(name, what, came, before, abs(told[name] - usual) / allowed)


def _hour(path: str, told: dict[str, Any], known: Known) -> Iterator[Surprise]:
    known = having("hour", known)
    if "hour" not in told or told["held"] < FEWEST_HOURS or len(known) < FEWEST_LOADS:
        return
    angles = [(each["hour"] / 24 * 2 * math.pi, each["records"]) for _, each in known]
    east, north = (sum(wave(angle) * many for angle, many in angles) for wave in (math.cos, math.sin))
    usual = math.atan2(north, east) / (2 * math.pi) * 24 % 24
    focus = median(each["concentration"] for _, each in known)
    if focus < 0.2:
        return  # as many at night as by day
    chance = 24 / (2 * math.pi) * math.sqrt((1 - focus) / told["held"]) / focus
    habit = max((_apart(each["hour"], usual) for each in many_of(known)), default=0)
    apart = _apart(told["hour"], usual)
    what = f"the mean hour (UTC) of {path} is"
    allowed = 3.5 + max(SIGMAS * chance, 1.3 * habit)
    yield Surprise("hour", what, f"{told['hour']:.1f}", f"{usual:.1f}", apart / allowed)


def _apart(one: float, other: float) -> float:
    return min((one - other) % 24, (other - one) % 24)
