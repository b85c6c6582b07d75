"""The measures of a load: of every kept field how often it is filled, how large, which words, when.

One record's values are never kept. A field's measures by its mark in the stream's list:

* every field   `filled`: share of records that have it
* number `#` or `+`    `zero`, `negative`: shares of its values; `level`: median of log10 of its size, `spread` beside it
* instant `@`   `future`: share after the window; `hour`: mean hour of the UTC day; `age`: log10 of days before the window's end
* boolean `?`   `true`: share
* others        `top`: share of the most frequent value; `words`: share of each, where there are few
* the record    `twins`: share of records that are equal to another but for their ids; `late`: share of those that changed
                hours after the newest instant they tell; both at the path `*`
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from statistics import fmean, quantiles
from typing import Any

from include.sources.fields import Tree

NUMBERS = ("#", "+")
MOST_WORDS = 30
DAY = 86_400
_Field = tuple[str, str, "list[_Field] | None"]
"""Its name, its dotted path, the fields below."""
Measures = dict[str, dict[str, Any]]
"""Dotted path → measure → value; `records` of each path says of how many records it is told."""

LATE = 4 * 3600
"""Seconds. What happens is told within hours; a clock in another part of the world is further off."""

WHOLE = "*"

_WORD = re.compile(r"(?!.*\d{5})[A-Za-z0-9_./+ -]{1,30}")
"""A status, a country, a type: neither a number, a date in digits nor a key."""


def measured(
    records: Sequence[Any], kept: Tree, end: datetime, key: str = "id", changed: str | None = None
) -> Measures:
    """The measures of records of a stream that keeps these fields, read in a window that ended at `end`.

    `key` is the field that tells records apart, `changed` the one that says when a record changed, if there is one.
    """
    if not records:
        return {}
    values: dict[str, list[Any]] = {}
    holders: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    lags: list[float] = []
    fields = _fields({**kept, "customer_key": ""})
    marks = dict(_marks(kept)) | {"customer_key": ""}
    instants = [path for path, mark in marks.items() if mark == "@" and path != changed]
    ids = {path for path in marks if path.rpartition(".")[2] in ("id", key.rpartition(".")[2])}
    for record in records:
        found: dict[str, list[Any]] = {}
        _gather(record, fields, found)
        for path, told in found.items():
            values.setdefault(path, []).extend(told)
        holders.update(found.keys())
        seen[repr([told for told in found.items() if told[0] not in ids])] += 1
        if changed in found:
            lags += _lag(found[changed], (found[path] for path in instants if path in found))
    many = {"records": len(records), "held": len(records)}
    twins = sum(times for times in seen.values() if times > 1)
    late = {"late": fmean(lag > LATE for lag in lags)} if lags else {}
    return {WHOLE: many | {"twins": twins / len(records)} | late} | {
        path: {"records": len(records), "held": holders[path], "filled": holders[path] / len(records)}
        | _of(mark, values.get(path, []), end)
        for path, mark in marks.items()
    }


def day_sums(days: Sequence[tuple[str, Any]], kept: Tree) -> dict[str, float]:
    """Of a statement, its newest day's sum of every number's size: what shows a day that was told before it was over."""
    if not days:
        return {}
    return sizes(max(days, key=lambda day: day[0])[1], kept)


def sizes(told: Any, kept: Tree) -> dict[str, float]:
    """Of a record, or of all rows of a day, each number's sum of sizes."""
    found: dict[str, list[Any]] = {}
    _gather(told, _fields(kept), found)
    return {
        path: sum(map(abs, _numbers(found.get(path, [])))) for path, mark in _marks(kept) if mark in NUMBERS
    }


def _marks(kept: Tree, above: str = "") -> Iterator[tuple[str, str]]:
    for name, mark in kept.items():
        if isinstance(mark, dict):
            yield from _marks(mark, f"{above}{name}.")
        else:
            yield f"{above}{name}", mark


def _fields(kept: Tree, above: str = "") -> list[_Field]:
    """A stream's list as what `_gather` goes through, some hundred times per order."""
    return [
        (name, f"{above}{name}", _fields(mark, f"{above}{name}.") if isinstance(mark, dict) else None)
        for name, mark in kept.items()
    ]


def _gather(value: Any, fields: list[_Field], found: dict[str, list[Any]]) -> None:
    """All values of these fields, by the path of names that leads to them; lists are looked through."""
    if value.__class__ is list:
        for one in value:
            _gather(one, fields, found)
        return
    if value.__class__ is not dict:
        return
    for name, path, below in fields:
        told = value.get(name)
        if told is None:
            continue
        if below:
            _gather(told, below, found)
            continue
        values = [one for one in told if one is not None] if told.__class__ is list else [told]
        if path in found:
            found[path] += values
        elif values:
            found[path] = values


def _lag(changed: list[Any], told: Iterable[list[Any]]) -> list[float]:
    """Seconds from the newest instant that a record tells of the time before it changed; empty where it tells none."""
    (at,) = map(_seconds, changed[:1] or [None])
    before = [time for times in told for time in map(_seconds, times) if at and time and time <= at]
    return [at - max(before)] if at and before else []


def _of(mark: str, values: list[Any], end: datetime) -> dict[str, Any]:
    if not values:
        return {}
    if mark in NUMBERS:
        return _of_numbers(_numbers(values))
    if mark == "@":
        return _of_times([_seconds(value) for value in values], end.timestamp())
    if mark == "?":
        return {"true": fmean(map(bool, values))}
    return _of_words([str(value) for value in values])


def _of_numbers(numbers: list[float]) -> dict[str, Any]:
    if not numbers:
        return {}
    sizes = [math.log10(abs(number)) for number in numbers if number]
    return {
        "zero": 1 - len(sizes) / len(numbers),
        "negative": sum(number < 0 for number in numbers) / len(numbers),
        **_middle("level", sizes),
    }


def _of_times(told: list[float | None], end: float) -> dict[str, Any]:
    times = [time for time in told if time is not None]
    if not times:
        return {}
    angles = [time % DAY / DAY * 2 * math.pi for time in times]
    east, north = fmean(map(math.cos, angles)), fmean(map(math.sin, angles))
    return {
        "future": sum(time > end for time in times) / len(times),
        "hour": math.atan2(north, east) / (2 * math.pi) * 24 % 24,
        "concentration": math.hypot(east, north),
        **_middle("age", [math.log10(max(abs(end - time), DAY / 24) / DAY) for time in times]),
    }


def _of_words(words: list[str]) -> dict[str, Any]:
    counted = Counter(words)
    told: dict[str, Any] = {"top": counted.most_common(1)[0][1] / len(words)}
    if len(counted) <= MOST_WORDS and all(_WORD.fullmatch(word) for word in counted):
        told["words"] = {word: count / len(words) for word, count in counted.items()}
    return told


def _middle(name: str, values: list[float]) -> dict[str, float]:
    """The median, the spread (that of a bell curve with the same middle half), and of how many."""
    if not values:
        return {}
    low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {name: middle, f"{name}_spread": (high - low) / 1.35, f"{name}_of": len(values)}


def _numbers(values: list[Any]) -> list[float]:
    found = []
    for value in values:
        try:
            found.append(float(value))
        except (TypeError, ValueError):
            continue
    return [number for number in found if math.isfinite(number)]


def _seconds(value: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
