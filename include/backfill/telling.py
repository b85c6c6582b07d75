"""A backfill in words, before it starts: a table of what it will cost, and what it leaves out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from include.backfill import journal
from include.backfill.cost import (
    ROWS_A_DAY,
    ROWS_A_REQUEST,
    SECONDS_A_REQUEST,
    Cost,
    cost,
    last_build_seconds,
    measured,
    side_by_side,
)
from include.backfill.plan import PastWindow, Plan, Wish
from include.backfill.replay import kept, spans
from include.settings import Settings
from include.sources import REGISTRY

LOADED_A_SECOND = 5_000.0
"""Rows that a replay is assumed to load in a second."""

Stream = tuple[str, str, str]


def foretell(settings: Settings, plan: Plan) -> dict[PastWindow, Cost]:
    """What each window that asks a vendor will cost."""
    known = measured(settings)
    return {window: cost(window, known) for window in plan.windows}


def expected_seconds(settings: Settings, wish: Wish, plan: Plan) -> dict[PastWindow, float]:
    """How long each window will take, asked for or replayed."""
    if wish.replay:
        return {window: kept(settings, window).rows / LOADED_A_SECOND for window in plan.windows}
    return {window: each.seconds for window, each in foretell(settings, plan).items()}


def describe(settings: Settings, wish: Wish, plan: Plan) -> list[str]:
    """What the backfill would do, as lines of text: one per stream and account, then totals and what is left out."""
    lines = [*_heading(settings, wish)]
    lines += _replayed(settings, plan) if wish.replay else _asked_for(settings, wish, plan)
    lines += [f"refused  {each.source}.{each.stream}: {each.why}" for each in plan.refused]
    lines += [f"left out {source}: it is not connected" for source in plan.unconnected]
    return lines


def _heading(settings: Settings, wish: Wish) -> Iterator[str]:
    days = (wish.last_day - wish.first_day).days + 1
    what = "read again from the lake" if wish.replay else "asked for again"
    yield f"{wish.first_day} to {wish.last_day}, {days} days of {settings.timezone.key}, to be {what}"
    begun = journal.unfinished(settings, wish)
    if begun:
        yield f"takes up backfill {begun}, which has not ended: {journal.progress(settings, begun)}"


def _asked_for(settings: Settings, wish: Wish, plan: Plan) -> list[str]:
    begun = journal.unfinished(settings, wish)
    left = set(journal.pending(settings, begun)) if begun else None
    costs = {
        window: each for window, each in foretell(settings, plan).items() if left is None or window in left
    }
    rows = [(_name(stream), f"{each.windows}", *_figures(each)) for stream, each in _by_stream(costs).items()]
    total = sum(costs.values(), Cost(windows=0))
    minutes = side_by_side((window.source, each.seconds) for window, each in costs.items()) / 60
    table = _table(("stream", "windows", "requests", "rows", "minutes", ""), rows)
    build = last_build_seconds(settings)
    return [
        *table,
        f"together {total.windows} windows, {total.requests:,.0f} requests, {total.rows:,.0f} rows, about {minutes:.1f} min"
        " at two sources at a time,",
        "and one build at the end"
        + (f", of at most about {build / 60:.1f} min (the last full one)" if build else ""),
        *_assumptions(costs.values()),
    ]


def _assumptions(costs: Iterable[Cost]) -> list[str]:
    if all(each.measured for each in costs):
        return []
    return [
        f"assumed where no load has been measured yet: {ROWS_A_DAY:.0f} rows a day, {ROWS_A_REQUEST:.0f} rows and"
        f" {SECONDS_A_REQUEST} s a request"
    ]


def _replayed(settings: Settings, plan: Plan) -> list[str]:
    rows, missing, total = [], list[str](), 0
    for window in plan.windows:
        found = kept(settings, window)
        stream = (window.source, window.account, window.stream)
        total += found.rows
        rows.append((_name(stream), f"{len(found.uris)}", f"{found.rows:,}", f"{len(found.missing)}"))
        if found.missing:
            personal = REGISTRY[window.source].stream(window.stream).person
            why = " (speaks of people: kept for 14 days)" if personal else ""
            missing.append(f"not in the lake: {_name(stream)} {spans(found.missing)}{why}")
    table = _table(("stream", "extractions", "rows", "days missing"), rows)
    minutes = total / LOADED_A_SECOND / 60
    return [
        *table,
        f"together {total:,} rows, about {minutes:.1f} min at an assumed {LOADED_A_SECOND:,.0f} rows a second, and one build",
        *missing,
    ]


def _by_stream(costs: Mapping[PastWindow, Cost]) -> dict[Stream, Cost]:
    found: dict[Stream, Cost] = {}
    for window, each in costs.items():
        stream = (window.source, window.account, window.stream)
        found[stream] = found[stream] + each if stream in found else each
    return found


def _figures(each: Cost) -> tuple[str, str, str, str]:
    return (
        f"{each.requests:,.0f}",
        f"{each.rows:,.0f}",
        f"{each.seconds / 60:.1f}",
        "" if each.measured else "assumed",
    )


def _name(stream: Stream) -> str:
    source, account, name = stream
    return f"{source}.{name} {account}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, figures to the right."""
    widths = [max(len(line[column]) for line in (titles, *rows)) for column in range(len(titles))]
    return [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (titles, *rows)
    ]
