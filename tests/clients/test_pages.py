"""The end of pages, which is where paginators go wrong."""

import pytest

from include.clients.pages import by_cursor, by_key, by_last_id
from include.errors import Stop, Wait


def rows(*ids: int) -> list[dict]:
    return [{"id": number} for number in ids]


def test_cursors_are_followed_to_the_last_page_and_through_an_empty_one():
    pages = {None: (rows(1, 2), "a"), "a": ([], "b"), "b": (rows(3), None)}
    assert [row["id"] for page in by_cursor(pages.__getitem__) for row in page] == [1, 2, 3]


def test_a_cursor_that_comes_back_stops():
    with pytest.raises(Stop, match="again and again"):
        list(by_cursor(lambda cursor: (rows(len(cursor or "")), "same")))


def test_the_same_page_twice_is_not_taken_for_the_next():
    pages = {None: (rows(1, 2), "a"), "a": (rows(1, 2), "b"), "b": (rows(3), None)}
    with pytest.raises(Wait, match="same page twice"):
        list(by_cursor(pages.__getitem__))


def test_pages_without_an_end_stop(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("include.clients.pages.MOST_PAGES", 5)
    numbers = iter(range(1000))
    with pytest.raises(Stop, match="no end"):
        list(by_cursor(lambda cursor: (rows(next(numbers)), f"more-{next(numbers)}")))
    with pytest.raises(Stop, match="no end"):
        list(by_key(lambda last: rows(next(numbers)), lambda row: row["id"], 1))


def test_keys_that_go_round_stop():
    going = {None: rows(1), 1: rows(2), 2: rows(1)}
    with pytest.raises(Stop, match="again and again"):
        list(by_key(going.__getitem__, lambda row: row["id"], 1))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 7])
def test_keys_reach_the_last_record_of_a_set_of_any_size(count: int):
    everything = rows(*range(1, count + 1))

    def fetch(last: int | None) -> list[dict]:
        return [row for row in everything if row["id"] > (last or 0)][:3]

    assert [row for page in by_key(fetch, lambda row: row["id"], 3) for row in page] == everything


@pytest.mark.parametrize("changed_after", [1, 2, 3])
def test_a_set_that_changes_between_pages_loses_nothing_that_stays(changed_after: int):
    present, asked = set(range(1, 10)), []

    def fetch(last: int | None) -> list[dict]:
        asked.append(last)
        if len(asked) == changed_after + 1:
            present.difference_update({1, 2, 3})
        return rows(*sorted(number for number in present if number > (last or 0)))[:3]

    read = {row["id"] for page in by_key(fetch, lambda row: row["id"], 3) for row in page}
    assert {4, 5, 6, 7, 8, 9} <= read


def test_the_same_page_for_ever_stops():
    with pytest.raises(Stop):
        list(by_key(lambda last: rows(1, 2), lambda row: row["id"], 2))


def test_newest_first_ends_when_there_is_no_more():
    pages = {None: (rows(5, 4), True), 4: (rows(3), True), 3: (rows(2, 1), False)}
    assert [row["id"] for page in by_last_id(pages.__getitem__) for row in page] == [5, 4, 3, 2, 1]


def test_more_without_records_stops():
    with pytest.raises(Stop):
        list(by_last_id(lambda before: ([], True)))
