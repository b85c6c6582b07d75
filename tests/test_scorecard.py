"""The scorecard adds up what one run measured and leaves alone what it did not."""

import json
from types import SimpleNamespace

from tests.scorecard import HEAD, measured, merged, write


def report(when="call", **score):
    told = {"figure": "kills", "target": "all", "tried": 3, "survived": 3, "seed": 7} | score
    return SimpleNamespace(when=when, user_properties=[("tried", "words"), ("score", json.dumps(told))])


def test_rows_of_one_figure_are_added_up_and_counted_once_per_test():
    rows = measured([report(), report("teardown"), report(tried=2, survived=1, seed=8)])
    assert [(row.figure, row.tried, row.survived, row.seed) for row in rows] == [("kills", 5, 4, "7, 8")]


def test_a_figure_not_measured_this_time_keeps_its_row(tmp_path):
    page = tmp_path / "scorecard.md"
    write(page, measured([report(), report(figure="a | b")]))
    old = page.read_text().replace("kills | all | 3", "kills | all | 4")
    page.write_text(old)
    write(page, measured([report(figure="a / b", tried=9, survived=9)]))
    assert "| a / b | all | 9 | 9 | 7 |" in page.read_text()
    assert "| kills | all | 4 | 3 | 7 |" in page.read_text()
    assert page.read_text().count("a / b") == 1


def test_a_run_without_figures_touches_nothing(tmp_path):
    write(tmp_path / "scorecard.md", [])
    assert not (tmp_path / "scorecard.md").exists()
    assert merged("", []) == HEAD
