"""docs/add-a-source.md tells how many lines the last source took: about as many as there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "add-a-source.md").read_text(encoding="utf-8")
TOLD = dict(re.findall(r"^\| `([^`]+)` \| ([\d,]+) \|$", TEXT, re.MULTILINE))


def lines(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


@pytest.mark.parametrize("path", TOLD)
def test_a_file_has_about_as_many_lines_as_is_told(path: str) -> None:
    assert lines(ROOT / path) == pytest.approx(int(TOLD[path]), rel=0.15, abs=5)


def test_the_sum_is_the_sum() -> None:
    [shared] = re.findall(r"^\| lines changed .* \| (\d+) \|$", TEXT, re.MULTILINE)
    [total] = re.findall(r"^([\d,]+) lines, ", TEXT, re.MULTILINE)
    assert sum(map(int, TOLD.values())) + int(shared) == int(total.replace(",", ""))


def test_the_page_is_one_page() -> None:
    assert len(TEXT.splitlines()) <= 60
