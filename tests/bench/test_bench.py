"""The benchmark's own machinery: what is timed is checked, and the table keeps what was measured elsewhere."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import Row, load, table
from tests.bench.load_stage import Failed, stage


def test_every_way_of_loading_is_measured_and_has_loaded_what_was_sent():
    rows = load.run(Console(quiet=True), "quick")
    assert [row.why_not for row in rows if not row.values] == []
    names = " ".join(row.what for row in rows)
    assert all(name in names for name in ("COPY limit", "reference", "ours", "ours keyed"))
    assert all(row.median > 0 for row in rows)


def test_who_loaded_something_else_is_not_measured():
    with stage({"plain_orders": 10}) as place:
        limits, _, _ = load._contenders("plain_orders")
        bent = replace(limits[0], loaded="SELECT count(*), 1, 2 FROM loaded")
        with pytest.raises(Failed, match="instead of"):
            place.measure(bent)


def test_the_table_keeps_other_sections_of_the_same_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    page = tmp_path / "benchmarks.md"
    table.keep({"load": [Row("a ÷ b", (1.4, 1.6, 1.5), at_most=2.0), Row("a", (3.0,), "s")]}, page)
    page.write_text(page.read_text().replace("\n## Goals", "\nThis time: a person's note.\n\n## Goals"))
    table.keep({"night": [Row("c ÷ d", (1.2,), at_most=1.15)]}, page, load=1.5)
    text = page.read_text()
    assert text.count("\n\nThis time: a person's note.\n\n## Goals") == 1
    assert "| load | a ÷ b | 1.5 × (1.4 to 1.6, 3 rounds) | at most 2 × | yes |" in text
    assert f"| night | c ÷ d | 1.2 × | at most 1.15 × | NO | {date.today()}, busy |" in text
    assert text.count("| load | a | 3 s |") == 1
    table.keep({"load": [Row("a ÷ b", why_not="no network", at_most=2.0)]}, page)
    text = page.read_text()
    assert "| load | a ÷ b | not measured: no network | at most 2 × | not measured |" in text
    assert "3 s" not in text
    monkeypatch.setattr(table, "_machine", lambda: "another")
    table.keep({"load": []}, page)
    assert "night" not in page.read_text().split("## Goals")[1]


def test_an_unknown_section_is_refused():
    done = subprocess.run([sys.executable, "-m", "tests.bench", "dreams"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "there is no section dreams" in done.stderr
