"""Whether a load brought as much as usual, and as much that is new. Too much is never held: it may be the best day a shop
has had, or a catalogue that was imported again; what is doubled is told by its twins.

A quiet night is believed when it is quiet everywhere: on a holiday nobody orders, nobody clicks and nothing moves. A
stream that falls silent while the others talk is not. Of a day without orders the warehouse still ships those of the days
before: whoever only listens to a shop is held against what the shop tells for the first time.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from include.profile.surprise import Surprise

FEWEST_NIGHTS = 14
FEWEST_OF_A_LOG = 8
"""Of a log that usually brings fewer records, none or a handful is chance; a snapshot's size is not."""
FLOOR = math.log(1.7)
_FLOORS = {"changes": math.log(4), "newest day": math.log(2.5)}
"""A budget may be halved, and of what changes there may be little; nothing at all is told by more."""
CHANCY = ("log", "changes")
"""What comes by chance, one by one: a log's records, and the changes of anything."""
LISTENS_TO = {"klaviyo": "shopify"}
"""Source → the one whose visitors and orders it tells of."""


@dataclass(frozen=True)
class Count:
    """How many came tonight, and in the nights before with a window as long, newest first."""

    source: str
    kind: str
    now: float
    nights: Sequence[float]
    released: Sequence[float] = ()
    """What came in nights that a person let in."""

    @property
    def is_judged(self) -> bool:
        fewest = FEWEST_OF_A_LOG if self.kind == "log" else 1
        return len(self.nights) >= FEWEST_NIGHTS and self.usual >= fewest

    @property
    def usual(self) -> float:
        return median(self.nights)

    @property
    def turn(self) -> float:
        """Natural logarithm of how many times as many as usual."""
        return math.log((self.now + 0.5) / (self.usual + 0.5))

    @property
    def allowed(self) -> float:
        """A floor, what the nights differ by, and what chance does to few."""
        turns = [math.log((one + 0.5) / (self.usual + 0.5)) for one in self.nights]
        habit = 1.48 * median(map(abs, turns))
        # Sundays are no surprise to a shop that has had two of them
        habit = max((3 if self.kind == "newest day" else 4) * habit, -sorted(turns)[1])
        return (
            _FLOORS.get(self.kind, FLOOR) + habit + (3 / math.sqrt(self.usual) if self.kind in CHANCY else 0)
        )


def moods(counts: Mapping[int, Count], first_told: Iterable[Count] = ()) -> dict[str, float]:
    """Source → how the logs of all the others turned tonight, 0 where fewer than two can be judged.

    `first_told`: of logs, the records that no load before had told. A source that listens to another is believed to be as
    quiet as those are.
    """
    judged = [count for count in counts.values() if count.kind == "log" and count.is_judged]
    sources = {count.source for count in counts.values()}
    others = {source: [c.turn for c in judged if c.source != source] for source in sources}
    found = {source: median(turns) if len(turns) > 1 else 0.0 for source, turns in others.items()}
    news = [count for count in first_told if count.is_judged]
    for source in LISTENS_TO.keys() & sources:
        heard = [count.turn for count in news if count.source == LISTENS_TO[source]]
        found[source] = min([found[source], *([median(heard)] if heard else [])])
    return found


def volume(what: str, count: Count, mood: float) -> Iterator[Surprise]:
    """How surprising a count is; `mood` as of its source."""
    if not count.is_judged or count.turn > 0:
        return
    if any(abs(math.log((count.now + 0.5) / (one + 0.5))) < FLOOR for one in count.released):
        return
    allowed = count.allowed + (1.5 * abs(mood) if mood * count.turn > 0 else 0)
    yield Surprise("volume", what, f"{count.now:g}", f"{count.usual:g}", abs(count.turn) / allowed)
