"""`make backtest`: read a book, replay it under three rules, print and draw what came of it."""

import time
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from include.backtest.book import Book
from include.backtest.compare import compare
from include.backtest.policy import OURS
from include.backtest.reading import read_complete_journey, read_orders, read_terms
from include.backtest.replay import RUN_IN_DAYS, YOUNGEST_DAYS, start_of
from include.backtest.showing import draw, print_all


def run_backtest(
    console: Console, reports: Path, order_book: Path | None, zone: ZoneInfo, skus: int, lead_days: int | None,
    cover_days: int = OURS.cover_days,
) -> None:  # fmt: skip
    """Print the comparison and write `backtest.svg` to `reports`. Raises Stop for a book that cannot be used."""
    began = time.perf_counter()
    with console.status("reading the order book") as status:
        book = read_orders(order_book, zone) if order_book else read_complete_journey(skus)
        terms, said = read_terms(book, order_book.parent if order_book else None, lead_days)
        read = time.perf_counter() - began

        def tell(what: str) -> None:
            status.update(f"replaying {book.name}: {what} ({time.perf_counter() - began:.0f} s)")

        outcomes = compare(book, terms, replace(OURS, cover_days=cover_days), tell)
    took = time.perf_counter() - began
    print_all(console, assumptions(book, said, cover_days), outcomes)
    file = reports / "backtest.svg"
    draw(outcomes, file)
    console.print(
        f"{len(book.skus)} SKUs in {took:.0f} s ({read:.1f} s of it reading): {took / len(book.skus) * 1000:.0f} s per"
        f" 1,000 SKUs. Picture: {file}",
        highlight=False,
    )


def assumptions(book: Book, terms: str, cover_days: int) -> list[str]:
    """What the replay takes for granted, in words."""
    start = start_of(book, OURS)
    return [
        f"{book.name}: {len(book.skus)} SKUs, {book.first_day} to {book.last_day}; demand is what was sold, returns left out",
        f"the first {start + 1} days are history, the {RUN_IN_DAYS} after them run in and are not measured",
        terms,
        f"looked at every {OURS.review_days} days; ordered in the evening, on the shelf at the close of the last lead day",
        f"first stock is each rule's own target; a new SKU joins {YOUNGEST_DAYS} days after its first sale",
        f"an order fills up to the reorder point plus the demand of {cover_days - OURS.review_days} days",
        "what meets an empty shelf is lost, and the rules never hear of it",
        "the moving averages see days in stock only, as ours does, and get the z that fills as much as we do",
    ]
