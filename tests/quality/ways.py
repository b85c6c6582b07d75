"""The ways in which data go wrong, as changes of the pages that a vendor sends."""

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from include.sources.base import Page, Record
from tests.quality.defects import Asked, Change

SEED = 20251112


def edit(node: Any, path: str, change: Callable[[Any], Any]) -> None:
    """Change every value at a dotted path; lists on the way are looked through."""
    name, _, rest = path.partition(".")
    for item in node if isinstance(node, list) else [node]:
        if not isinstance(item, dict) or name not in item:
            continue
        if rest:
            edit(item[name], rest, change)
        else:
            item[name] = change(item[name])


def every(*paths: str, to: Callable[[Any], Any], of: Callable[[Asked], list[Page]] = Asked.pages) -> Change:
    """Every value at these paths changed; None stays None."""

    def change(asked: Asked) -> list[Page]:
        pages = of(asked)
        for path in paths:
            edit(
                [record for page in pages for record in page.records],
                path,
                lambda v: v if v is None else to(v),
            )
        return pages

    return change


def each(change_record: Callable[[Record], None], of: Callable[[Asked], list[Page]] = Asked.pages) -> Change:
    """Every record changed in place."""

    def change(asked: Asked) -> list[Page]:
        pages = of(asked)
        for page in pages:
            for record in page.records:
                change_record(record)
        return pages

    return change


def kept(share: float, agrees: bool = False, ordered: bool = True) -> Change:
    """Only so many of the records come, the last ones cut off (or any); `agrees`: the vendor's count is short as well."""

    def change(asked: Asked) -> list[Page]:
        dice, pages = random.Random(SEED), asked.pages()
        total = sum(len(page.records) for page in pages)
        left, cut = round(total * share), []
        for page in pages:
            records = (
                page.records[: max(0, left)]
                if ordered
                else [r for r in page.records if dice.random() < share]
            )
            left -= len(page.records)
            cut.append(replace(page, records=records))
        count = sum(len(page.records) for page in cut)
        return [replace(page, total=count) if agrees and page.total is not None else page for page in cut]

    return change


def only(wanted: Callable[[Record], bool], newest_day: bool = False) -> Change:
    """Records that are not wanted are gone, from the newest day of a statement or from all; counts agree."""

    def change(asked: Asked) -> list[Page]:
        pages = asked.pages()
        newest = max((page.scope for page in pages if page.scope), default=None)
        cut = [
            page
            if newest_day and page.scope != newest
            else replace(page, records=[r for r in page.records if wanted(r)])
            for page in pages
        ]
        count = sum(len(page.records) for page in cut)
        return [replace(page, total=count) if page.total is not None else page for page in cut]

    return change


def nothing(asked: Asked) -> list[Page]:
    return [replace(page, records=[], total=None if page.total is None else 0) for page in asked.pages()]


def again_under_new_ids(key: str, new: Callable[[Any], Any]) -> Change:
    """Everything comes twice, the second time under other ids."""

    def change(asked: Asked) -> list[Page]:
        pages = asked.pages()
        twins = copy.deepcopy(pages)
        edit([record for page in twins for record in page.records], key, new)
        both = [
            replace(one, records=one.records + two.records) for one, two in zip(pages, twins, strict=True)
        ]
        return [replace(page, total=page.total * 2) if page.total is not None else page for page in both]

    return change


def newest_day(change_row: Callable[[Record], None]) -> Change:
    """Rows of a statement's newest day changed."""

    def change(asked: Asked) -> list[Page]:
        pages = asked.pages()
        for row in max(pages, key=lambda page: page.scope).records:
            change_row(row)
        return pages

    return change


def times(factor: float) -> Callable[[Any], Any]:
    """A number scaled and written as it was: as text, whole or with a fraction."""

    def scaled(value: Any) -> Any:
        number = Decimal(str(value)) * Decimal(str(factor))
        if isinstance(value, str):
            return f"{number.normalize():f}"
        return int(number) if isinstance(value, int) else number

    return scaled


def always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def later(**shift: float) -> Callable[[str], str]:
    """An instant moved, written as it was."""

    def moved(text: str) -> str:
        moment = datetime.fromisoformat(text) + timedelta(**shift)
        return moment.isoformat().replace("+00:00", "Z" if text.endswith("Z") else "+00:00")

    return moved


def day_and_month_swapped(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return text if moment.day > 12 else moment.replace(month=moment.day, day=moment.month).isoformat()


def swap(one: str, other: str) -> Callable[[Record], None]:
    """Two fields of a record, or of an object within, told under each other's name."""

    def change(record: Record) -> None:
        above, _, first = one.rpartition(".")
        second = other.rpartition(".")[2]
        for node in [record] if not above else [record[above]]:
            node[first], node[second] = node[second], node[first]

    return change


def comma(value: Any) -> str:
    return str(value).replace(".", ",")
