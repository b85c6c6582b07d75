"""The company stays the same company from one day to the next."""

import json
from datetime import date, timedelta

from include.sandbox.world import load_or_build
from tests.sandbox.worlds import TODAY, small_config, small_world, write_orders


def stored_anchor(folder) -> dict:
    return json.loads((folder / "world.json").read_text())


def test_the_kept_world_equals_the_built_one(tmp_path):
    load_or_build(small_config(), tmp_path)
    assert load_or_build(small_config(), tmp_path) == small_world()


def test_tomorrow_finds_the_same_company(tmp_path):
    today = load_or_build(small_config(), tmp_path)
    tomorrow = load_or_build(small_config(today=TODAY + timedelta(days=1)), tmp_path)
    assert tomorrow == today


def test_when_its_days_run_out_the_story_goes_on_from_the_same_start(tmp_path):
    load_or_build(small_config(), tmp_path)
    later = TODAY + timedelta(days=33)
    world = load_or_build(small_config(today=later), tmp_path)
    assert world.first_day == small_world().first_day
    assert world.last_day == later + timedelta(days=35)
    assert world.orders[:50] == small_world().orders[:50]
    assert stored_anchor(tmp_path)["first_day"] == "2026-03-03"


def test_other_settings_make_another_company(tmp_path):
    load_or_build(small_config(), tmp_path)
    other = load_or_build(small_config(seed=8), tmp_path)
    assert other.orders[0] != small_world().orders[0]


def test_a_broken_cache_is_built_again(tmp_path):
    load_or_build(small_config(), tmp_path)
    for kept in tmp_path.glob("world-*.pickle"):
        kept.write_bytes(b"")
    assert load_or_build(small_config(), tmp_path) == small_world()


def test_a_changed_order_book_is_read_again_and_an_unchanged_one_keeps_its_shift(tmp_path):
    books = tmp_path / "books"
    books.mkdir()
    path = write_orders(books, ["A1,2025-06-02T10:00,C1,S1,Tea,2,5.00,USD,US,web"])
    config = small_config(order_book=path)
    first = load_or_build(config, tmp_path)
    again = load_or_build(small_config(order_book=path, today=TODAY + timedelta(days=10)), tmp_path)
    assert again.orders[0].created_at == first.orders[0].created_at
    write_orders(books, ["A1,2025-06-02T10:00,C1,S1,Tea,3,5.00,USD,US,web"])
    assert load_or_build(config, tmp_path).orders[0].lines[0].quantity == 3
    assert date.fromisoformat(stored_anchor(tmp_path)["today"]) == TODAY
