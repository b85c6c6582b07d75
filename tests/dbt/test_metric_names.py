"""Metrics by whose name the field means different things carry our rule in theirs, and docs/metrics.md tells it once."""

import re

import pytest

from include.dbt_runner import PROJECT
from tests.dbt.test_model_rules import DESCRIBED

DISPUTED = ("aov", "mer", "roas", "n?cac", "ltv", "conversion_rate", "on_time", "sell_through", "return_rate")
MARTS = sorted(file.stem for file in PROJECT.glob("models/marts/**/*.sql"))
NUMBERS = ("int", "bigint", "numeric", "double", "real")
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def told() -> dict[str, str]:
    """Column → our rule, from the table of disputed names."""
    text = (
        (PROJECT.parent / "docs" / "metrics.md")
        .read_text()
        .split("\n## Disputed names\n")[1]
        .split("\n## ")[0]
    )
    return {name: rule for name, rule, _ in ROW.findall(text)}


def columns() -> set[str]:
    return {column["name"] for mart in MARTS for column in DESCRIBED[mart]["columns"]}


@pytest.mark.parametrize("word", DISPUTED)
def test_a_disputed_metric_is_told_with_its_rule(word):
    used = {name for name in columns() if re.search(rf"(^|_){word}(_|$)", name)}
    assert used <= set(told()), "add these to the table of disputed names in docs/metrics.md, with their rule"
    # `mer` alone has one rule: its inverse, which others call so, is `ad_cost_ratio` here
    assert word == "mer" or not {name for name in used if re.fullmatch(word, name)}, (
        "say the rule in the name"
    )


def test_no_rule_is_told_of_a_metric_that_is_gone():
    assert set(told()) <= columns()


def test_every_number_of_a_mart_is_described():
    bare = [
        f"{mart}.{column['name']}"
        for mart in MARTS
        for column in DESCRIBED[mart]["columns"]
        if column.get("data_type", "").startswith(NUMBERS) and len(column.get("description", "").split()) < 2
    ]
    assert not bare, f"say what {', '.join(bare)} counts"
