"""Whether a field says the words it always said, as often as it did."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from include.profile.measures import Measures
from include.profile.surprise import (
    FEWEST_KNOWN,
    FEWEST_LOADS,
    FEWEST_RECORDS,
    Known,
    Past,
    Surprise,
    having,
    many_of,
)

MIXED = 0.2
"""So large a part of other kinds than in any night, and the records have sizes of their own."""
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
"""Fields that say whatever somebody wrote into them."""


def surprising_words(path: str, told: dict[str, Any], before: Known, nights: Known) -> Iterator[Surprise]:
    """Words never heard before, and known words in other shares."""
    if any(each["held"] and "words" not in each for _, each in before):
        return  # it has been told in too many words to be one of a few
    before, nights = having("words", before), having("words", nights)
    if "words" not in told or told["held"] < FEWEST_RECORDS or path.rpartition(".")[2] in FREE_TEXT:
        return
    vocabulary = {word for _, each in before for word in each["words"]}
    if before and sum(each["records"] for _, each in before) >= FEWEST_KNOWN and len(vocabulary) <= 100:
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
    habit = max((_distance(each["words"], usual) for each in many_of(nights)), default=0)
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


def other_kinds(now: Measures, past: Sequence[Past]) -> float:
    """How large a part of the records are of other known kinds than in any night: a month's fees among a day's sales have
    other fields."""
    far = 0.0
    for told, known in _kinds(now, past):
        usual = {word: fmean(words.get(word, 0) for words in known) for word in set().union(*known)}
        habit = max(_distance(words, usual) for words in known)
        far = max(far, _distance(told["words"], usual) - 1.3 * habit)
    return far


def is_new_mix(now: Measures, past: Sequence[Past]) -> bool:
    """Whether known kinds come in other parts than in any single night, by more than chance: the middle of their sizes
    then is that of another kind, however often each kind was seen."""
    for told, known in _kinds(now, past):
        nearest = min(_distance(told["words"], words) for words in known)
        chance = sum(math.sqrt(share * (1 - share) / told["held"]) for share in told["words"].values())
        if nearest - chance > MIXED:
            return True
    return False


def _kinds(
    now: Measures, past: Sequence[Past]
) -> Iterator[tuple[dict[str, Any], Sequence[dict[str, float]]]]:
    """Of each field that says nothing but known words: what it says, and the words of each night before."""
    for path, told in now.items():
        nights = [one.measures[path] for one in past if one.comparable and path in one.measures]
        known = [each["words"] for each in _with_words(nights)]
        if known and "words" in told and told["words"].keys() <= set().union(*known):
            yield told, known


def _with_words(nights: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in nights if "words" in each and each["held"] >= FEWEST_RECORDS / 2]


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
