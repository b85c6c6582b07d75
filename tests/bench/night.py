"""Build and publish: the same night over a history and over one ten times as long.

Both shops sell as much a day, so the longer history has more days; their nights run in turn, each in a process of its own,
and each pair gives a ratio. Loading is not part of it, imports and dbt's start are. CPU seconds (the build's and
Postgres') stand beside the seconds of wall: a busy machine stretches these alone.
"""

from rich.console import Console

from tests.bench import Row, Size
from tests.bench.shop import Night, Shop, shop

CHANGED: dict[Size, tuple[int, ...]] = {"full": (1000, 10_000), "quick": (60,)}
HISTORIES: dict[Size, tuple[int, int]] = {"full": (20_000, 200_000), "quick": (1000, 2000)}
NIGHTS: dict[Size, int] = {"full": 3, "quick": 1}
PER_DAY: dict[Size, int] = {"full": 100, "quick": 50}

MOST_SLOWER = 1.15
MOST_OF_ONE_MODEL = 20.0
ORDINARY = 1000
"""Changed orders, at most."""
MOST_OF_THE_GATES = 2.0
"""Seconds, on an ordinary night; the import of Great Expectations is not theirs."""
GATES = ("check_entering", "check_leaving")
Pairs = list[tuple[Night, Night]]


def run(console: Console, size: Size) -> list[Row]:
    """Nights over both histories."""
    return compare(console, HISTORIES[size], PER_DAY[size], CHANGED[size], NIGHTS[size])


def compare(
    console: Console, histories: tuple[int, int], per_day: int, changed: tuple[int, ...], nights: int
) -> list[Row]:
    """Load a short and a long history, build both, then `nights` nights of each size, in turn."""
    with shop(histories[0], per_day) as short, shop(histories[1], per_day) as long:
        for place in (short, long):
            _say(console, f"first build of {place.book.orders:,} orders", place.build())
        rows: list[Row] = []
        by_size: dict[int, Pairs] = {}
        for number in changed:
            # the first night finds caches and statistics as the bulk load left them
            _one(console, short, number), _one(console, long, number)
            by_size[number] = [
                (_one(console, short, number), _one(console, long, number)) for _ in range(nights)
            ]
            rows += _ratios(number, histories, by_size[number])
        return rows + _figures(by_size, histories)


def _one(console: Console, place: Shop, changed: int) -> Night:
    title = f"night of {changed:,} changed orders over {place.book.orders:,}"
    return _say(console, title, place.night(changed))


def _say(console: Console, title: str, night: Night) -> Night:
    phases = ", ".join(
        f"{name.replace('_', ' ')} {seconds:.1f}" for name, seconds in night.told.phases.items()
    )
    name, share = night.longest_model
    console.print(
        f"  {title}: {night.told.wall:.1f} s, {night.cpu:.1f} CPU-s, {night.told.mb:.0f} MB"
        f" (imports {night.told.imports:.1f}, {phases}; {name} {share:.0%} of all models)",
        highlight=False,
    )
    return night


def _ratios(changed: int, histories: tuple[int, int], pairs: Pairs) -> list[Row]:
    title = f"night of {changed:,} changed orders, {histories[1]:,} ÷ {histories[0]:,} orders of history"
    return [
        Row(title, tuple(long.told.wall / short.told.wall for short, long in pairs), at_most=MOST_SLOWER),
        Row(f"{title}: CPU", tuple(long.cpu / short.cpu for short, long in pairs)),
        Row(
            f"{title}: memory",
            tuple(long.told.mb / short.told.mb for short, long in pairs),
            at_most=MOST_SLOWER,
        ),
    ]


def _figures(by_size: dict[int, Pairs], histories: tuple[int, int]) -> list[Row]:
    over = f"over {histories[1]:,}"
    rows = []
    for changed, pairs in by_size.items():
        longs = [long for _, long in pairs]
        name = longs[-1].longest_model[0]
        seconds = tuple(night.told.wall / changed * 1000 for night in longs)
        rows += [
            *_gates(
                f"night of {changed:,} {over}", longs, MOST_OF_THE_GATES if changed <= ORDINARY else None
            ),
            Row(f"night of {changed:,} {over}", tuple(night.told.wall for night in longs), "s"),
            Row(f"night of {changed:,} {over}: per 1,000 changed orders", seconds, "s"),
            Row(
                f"night of {changed:,} {over}: slowest model ({name}) of all models",
                tuple(night.longest_model[1] * 100 for night in longs),
                "%",
                at_most=MOST_OF_ONE_MODEL,
            ),
            Row(f"night of {changed:,} {over}: memory of the build", tuple(n.told.mb for n in longs), "MB"),
        ]
    if len(by_size) == 2:
        (few, fewer), (many, more) = by_size.items()
        spent = tuple(
            (much.told.wall - little.told.wall) / (many - few) * 1000
            for (_, little), (_, much) in zip(fewer, more, strict=True)
        )
        rows.append(Row(f"each further 1,000 changed orders {over}", spent, "s"))
    return rows


def _gates(title: str, nights: list[Night], at_most: float | None) -> list[Row]:
    """What the two gates cost, together and each."""
    seconds = [[night.told.phases[gate] for gate in GATES] for night in nights]
    both = Row(f"{title}: both gates", tuple(map(sum, seconds)), "s", at_most=at_most)
    each = [
        Row(f"{title}: {gate.replace('_', ' ')}", tuple(one), "s")
        for gate, one in zip(GATES, zip(*seconds, strict=True), strict=True)
    ]
    return [both, *each]
