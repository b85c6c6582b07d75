"""Build and publish over two million orders: the night's comparison, ten times the size. Only `make prove` runs it.

2,000 days of 1,000 orders against 200 days of them; at 100 a day they would be the book of 55 years.
"""

from rich.console import Console

from tests.bench import Row, Size, night

HISTORIES: dict[Size, tuple[int, int]] = {"full": (200_000, 2_000_000), "quick": (2000, 4000)}
PER_DAY: dict[Size, int] = {"full": 1000, "quick": 100}
CHANGED: dict[Size, tuple[int, ...]] = {"full": (1000, 10_000), "quick": (150,)}
NIGHTS: dict[Size, int] = {"full": 3, "quick": 1}


def run(console: Console, size: Size) -> list[Row]:
    """Nights over both histories."""
    return night.compare(console, HISTORIES[size], PER_DAY[size], CHANGED[size], NIGHTS[size])
