"""How far a load is from the loads before it: 1 is as far as chance and habit explain.

What is allowed is made of three things: a floor (what no shop's person would stop a night for), how much the loads before
differed among themselves, and how much so few records differ by chance. A load that a person released is an answer:
what it looked like is as usual from then on.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from include.profile.measures import Measures

FEWEST_RECORDS = 8
"""Of fewer records nothing is said of shares and words: five products without a barcode are five products."""
FEWEST_HOURS = 20
"""People write things down in one go: the hour of fewer records is that of one of them at work."""
FEWEST_LOADS = 7
SIGMAS = 6
MIXED = 0.2
"""So much above what may be, and the records are of another kind: they have sizes of their own."""
ANY_WINDOW = ("level", "negative", "twins")
"""What is alike in a night's window and in a year's; the rest is told by the age of the records as well, except what never
was, or always: of a field that was zero in no record of any load, half of them are too many."""
FREE_TEXT = frozenset(
    [
        "name",
        "title",
        "handle",
        "description",
        "tags",
        "campaign",
        "origin",
        "reference",
        "city",
        "country",
        "countryCode",
        "countryCodeV2",
        "country_code",
        "country_id",
        "state",
        "stateProvince",
        "productType",
        "vendor",
        "campaign_name",
        "destination_location",
        "origin_location",
        "trackingNumber",
        "number",
        "barcode",
        "partner_ref",
    ]
)


@dataclass(frozen=True)
class Surprise:
    """`by` is the distance in units of what is allowed: above 1 is out of the ordinary."""

    measure: str
    what: str
    came: str
    usual: str
    by: float

    def __str__(self) -> str:
        return f"{self.what} {self.came}, usually {self.usual}"


@dataclass(frozen=True)
class Past:
    """A load before: its measures, whether its window was as long as tonight's, and whether a person let it in."""

    measures: Measures
    comparable: bool
    released: bool = False


def surprises(now: Measures, past: Sequence[Past]) -> Iterator[Surprise]:
    """Every measure of `now` that can be held against the loads of `past`, however little it surprises."""
    mixed = max(0.0, _other_kinds(now, past) - 0.2)
    for path, told in now.items():
        before = [(load, load.measures[path]) for load in past if load.measures.get(path, {}).get("records")]
        if len(before) < FEWEST_LOADS:
            continue  # nobody knows yet what is usual: our own first drafts and lists are news to all
        nights = [(load, known) for load, known in before if load.comparable]
        for name in _SHARES:
            known = before if _whatever_the_window(name, before) else nights
            yield from _share(path, name, told, known, mixed)
        for name, floor in (("level", 0.45), ("age", 1.0), ("lag", 2.5)):
            if mixed < MIXED:
                yield from _level(path, name, told, before if name in ANY_WINDOW else nights, floor)
        yield from _hour(path, told, nights)
        yield from _words(path, told, before, nights)


def _other_kinds(now: Measures, past: Sequence[Past]) -> float:
    """How large a part of the records are of other known kinds than in any night: a month's fees among a day's sales have
    other amounts and other fields."""
    far = 0.0
    for path, told in now.items():
        nights = [one.measures[path] for one in past if one.comparable and path in one.measures]
        known = [each["words"] for each in _with_words(nights)]
        if known and "words" in told and told["words"].keys() <= set().union(*known):
            usual = {word: fmean(words.get(word, 0) for words in known) for word in set().union(*known)}
            habit = max(_distance(words, usual) for words in known)
            far = max(far, _distance(told["words"], usual) - 1.3 * habit)
    return far


def _with_words(nights: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in nights if "words" in each and each["held"] >= FEWEST_RECORDS / 2]


def _whatever_the_window(name: str, before: "Known") -> bool:
    seen = {told[name] for _, told in before if name in told}
    return name in ANY_WINDOW or (name in ("filled", "zero", "true") and seen in ({0}, {1}))


Known = Sequence[tuple[Past, dict[str, Any]]]


def _with(name: str, known: Known) -> list[tuple[Past, dict[str, Any]]]:
    return [(load, told) for load, told in known if name in told]


def _enough(known: Known, name: str) -> bool:
    records = sum(told["records"] for _, told in known)
    return records >= 30 and (_whatever_the_window(name, known) or len(known) >= FEWEST_LOADS)


def _many(known: Known) -> list[dict[str, Any]]:
    """The loads whose share is more than chance."""
    return [told for _, told in known if told["held"] >= FEWEST_RECORDS / 2]


def _answered(value: float, name: str, known: Known, near: float) -> bool:
    """A load that a person released looked like this one."""
    return any(load.released and abs(told[name] - value) <= near for load, told in known)


def _share(path: str, name: str, told: dict[str, Any], known: Known, mixed: float) -> Iterator[Surprise]:
    known, held = _with(name, known), told["records"] if name == "filled" else told["held"]
    if name not in told or held < FEWEST_RECORDS or not _enough(known, name):
        return
    records = sum(each["records"] for _, each in known)
    usual = sum(each[name] * each["records"] for _, each in known) / records
    # pretend that two more records had it and two had not: what never happened is not impossible
    likely = (usual * records + 2) / (records + 4)
    chance = SIGMAS * math.sqrt(likely * (1 - likely) / held)
    habit = max((abs(each[name] - usual) for each in _many(known)), default=0)
    # what is at times so and at times not turns with a sale, or a warehouse that is closed for a week
    allowed = 0.25 + usual * (1 - usual) + mixed + max(chance, 1.3 * habit)
    if _answered(told[name], name, known, 0.1):
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
}
_WORSE = {"filled": -1, "zero": 1, "future": 1, "top": 1, "twins": 1}
"""Which way is a loss. A field that is told more often than ever is one that the shop has begun to use: a sale's discounts,
a new tax."""


def _level(path: str, name: str, told: dict[str, Any], known: Known, floor: float) -> Iterator[Surprise]:
    known = _with(name, known)
    if name not in told or not _enough(known, name) or (name != "level" and told["held"] < FEWEST_HOURS):
        return
    usual = median(each[name] for _, each in known)
    between = 1.5 * median(abs(each[name] - usual) for _, each in known)
    furthest = max((abs(each[name] - usual) for each in _many(known)), default=0)
    within = median(each[f"{name}_spread"] for _, each in known)
    if len(known) < FEWEST_LOADS:
        floor += 0.25  # nobody knows yet how much nights differ
    many = math.sqrt(min(told["held"], told[f"{name}_of"]))
    # small counts jump: of five records half may well be up to 3 and not to 1, or be of another kind altogether
    allowed = floor + 3 / many + max(3 * between, furthest, SIGMAS * 1.25 * within / many)
    if _answered(told[name], name, known, floor):
        return
    apart = abs(told[name] - usual) / allowed
    yield Surprise(name, *_LEVELS[name](path, told[name], usual), apart)


def _size(path: str, came: float, usual: float) -> tuple[str, str, str]:
    return f"half of {path} is up to", f"{10**came:.3g}", f"{10**usual:.3g}"


def _age(path: str, came: float, usual: float) -> tuple[str, str, str]:
    return f"{path} is typically", f"{10**came:.3g} days old", f"{10**usual:.3g} days old"


def _lag(path: str, came: float, usual: float) -> tuple[str, str, str]:
    return f"from {path} to the change of a record it is", f"{came:.1f} hours", f"{usual:.1f} hours"


_LEVELS = {"level": _size, "age": _age, "lag": _lag}


def _hour(path: str, told: dict[str, Any], known: Known) -> Iterator[Surprise]:
    known = _with("hour", known)
    if "hour" not in told or told["held"] < FEWEST_HOURS or len(known) < FEWEST_LOADS:
        return
    angles = [(each["hour"] / 24 * 2 * math.pi, each["records"]) for _, each in known]
    east, north = (sum(wave(angle) * many for angle, many in angles) for wave in (math.cos, math.sin))
    usual = math.atan2(north, east) / (2 * math.pi) * 24 % 24
    focus = median(each["concentration"] for _, each in known)
    if focus < 0.2:
        return  # as many at night as by day
    chance = 24 / (2 * math.pi) * math.sqrt((1 - focus) / told["held"]) / focus
    habit = max((_apart(each["hour"], usual) for each in _many(known)), default=0)
    apart = _apart(told["hour"], usual)
    what = f"the mean hour (UTC) of {path} is"
    allowed = 3.5 + max(SIGMAS * chance, 1.3 * habit)
    yield Surprise("hour", what, f"{told['hour']:.1f}", f"{usual:.1f}", apart / allowed)


def _apart(one: float, other: float) -> float:
    return min((one - other) % 24, (other - one) % 24)


def _words(path: str, told: dict[str, Any], before: Known, nights: Known) -> Iterator[Surprise]:
    if any(each["held"] and "words" not in each for _, each in before):
        return  # it has been told in too many words to be one of a few
    before, nights = _with("words", before), _with("words", nights)
    if "words" not in told or told["held"] < FEWEST_RECORDS or path.rpartition(".")[2] in FREE_TEXT:
        return
    vocabulary = {word for _, each in before for word in each["words"]}
    if before and sum(each["records"] for _, each in before) >= 30 and len(vocabulary) <= 100:
        new = _unheard(told, vocabulary)
        named = ", ".join(sorted(new)[:3])
        yield Surprise(
            "new_words", f"{path} says {named or 'nothing new'} in", f"{sum(new.values()):.0%}", "never",
            sum(new.values()) / (0.25 + 1.5 / math.sqrt(told["held"]) + 1.3 * _coined(before)),
        )  # fmt: skip
    if len(nights) < FEWEST_LOADS:
        return
    records = sum(each["records"] for _, each in nights)
    usual: dict[str, float] = {}
    for _, each in nights:
        for word, share in each["words"].items():
            usual[word] = usual.get(word, 0) + share * each["records"] / records
    far = _distance(told["words"], usual)
    habit = max((_distance(each["words"], usual) for each in _many(nights)), default=0)
    if any(load.released and _distance(told["words"], each["words"]) < 0.2 for load, each in nights):
        return
    allowed = 0.6 + max(1.3 * habit, math.sqrt(len(usual) / told["held"]))
    word = max(
        usual.keys() | told["words"].keys(), key=lambda w: abs(told["words"].get(w, 0) - usual.get(w, 0))
    )
    yield Surprise(
        "words",
        f"{path} says {word} in",
        f"{told['words'].get(word, 0):.0%}",
        f"{usual.get(word, 0):.0%}",
        far / allowed,
    )


def _unheard(told: dict[str, Any], vocabulary: set[str]) -> dict[str, float]:
    return {word: share for word, share in told["words"].items() if word not in vocabulary}


def _coined(known: Known) -> float:
    """How much new words are the habit of a field: the most that one load said which no other did."""
    if len(known) == 1:
        (told,) = (told for _, told in known)
        return len(told["words"]) / told["held"]
    loads = [told for _, told in known]
    often = Counter(word for told in loads for word in told["words"])
    return max(sum(share for word, share in told["words"].items() if often[word] == 1) for told in loads)


def _distance(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(abs(one.get(word, 0) - other.get(word, 0)) for word in one.keys() | other.keys()) / 2
