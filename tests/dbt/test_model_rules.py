"""House rules of the dbt project, read from its files: no clock, everything described, everything published has a key."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.dbt_runner import PROJECT

CLOCK = re.compile(
    r"\b(now\(\)|current_date|current_timestamp|clock_timestamp\(\)|localtimestamp)", re.IGNORECASE
)
COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
SQL = sorted(
    [*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("tests/**/*.sql"), *PROJECT.glob("macros/**/*.sql")]
)
MODELS = sorted(PROJECT.glob("models/**/*.sql"))


def described() -> dict[str, dict[str, Any]]:
    """Model name → its YAML entry."""
    entries: dict[str, dict[str, Any]] = {}
    for file in PROJECT.glob("models/**/*.yml"):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            assert model["name"] not in entries, f"{model['name']} is described twice, again in {file}"
            entries[model["name"]] = model
    return entries


DESCRIBED = described()


@pytest.mark.parametrize("file", SQL, ids=lambda file: file.stem)
def test_no_sql_looks_at_the_clock(file: Path) -> None:
    found = CLOCK.findall(COMMENT.sub("", file.read_text()))
    assert not found, (
        f"{file.name} uses {found[0]}: a build of the past must give the past; use as_of_day(), as_of_end()"
    )


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_every_model_is_described(file: Path) -> None:
    assert file.stem in DESCRIBED, f"{file.stem} has no entry in the YAML of {file.parent.name}/"
    assert DESCRIBED[file.stem].get("description", "").strip(), f"{file.stem} has no description"


@pytest.mark.parametrize("name", sorted(DESCRIBED))
def test_every_described_model_exists_and_so_do_its_columns_descriptions(name: str) -> None:
    assert name in {file.stem for file in MODELS}, f"{name} is described but there is no {name}.sql"
    bare = [column["name"] for column in DESCRIBED[name].get("columns", []) if not column.get("description")]
    assert not bare, f"{name}: describe {', '.join(bare)}"


@pytest.mark.parametrize("file", [*PROJECT.glob("models/marts/**/*.sql")], ids=lambda file: file.stem)
def test_every_mart_says_how_it_is_published_and_its_key_is_its_primary_key(file: Path) -> None:
    config = re.search(r"'key':\s*\[([^\]]*)\]", file.read_text())
    assert config, f"{file.stem}: config(meta={{'publish': ...}}) is missing"
    key = re.findall(r"'(\w+)'", config.group(1))
    entry = DESCRIBED[file.stem]
    constraints = entry.get("constraints", []) + [
        {**constraint, "columns": [column["name"]]}
        for column in entry["columns"]
        for constraint in column.get("constraints", [])
    ]
    keys = [constraint["columns"] for constraint in constraints if constraint["type"] == "primary_key"]
    assert keys == [key], f"{file.stem} is published by {key}, but its primary key is {keys}"
