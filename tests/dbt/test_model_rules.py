"""House rules of the dbt project, read from its files: no clock, everything described, everything published has a key."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from include.dbt_runner import PROJECT

CLOCK = re.compile(
    r"\b(now\(\)|current_date|current_timestamp|clock_timestamp\(\)|localtimestamp)", re.IGNORECASE
)
COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
READ_AS_IT_WAS = re.compile(r"(?:as_it_was\(|unlike_used\(\s*ref\('\w+'\),)\s*'(\w+)'")
SQL = sorted(
    [*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("tests/**/*.sql"), *PROJECT.glob("macros/**/*.sql")]
)
MODELS = sorted(file.stem for file in PROJECT.glob("models/**/*.sql"))


def described() -> dict[str, dict[str, Any]]:
    """Model name → its YAML entry."""
    entries: dict[str, dict[str, Any]] = {}
    for file in PROJECT.glob("models/**/*.yml"):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            assert model["name"] not in entries, f"{model['name']} is described twice, again in {file}"
            entries[model["name"]] = model
    return entries


DESCRIBED = described()


def test_no_sql_looks_at_the_clock() -> None:
    found = {file.name: CLOCK.findall(COMMENT.sub("", file.read_text())) for file in SQL}
    clocks = {name: uses for name, uses in found.items() if uses}
    assert not clocks, f"{clocks}: a build of the past must give the past; use as_of_day(), as_of_end()"


def test_every_model_is_described() -> None:
    silent = [name for name in MODELS if not DESCRIBED.get(name, {}).get("description", "").strip()]
    assert not silent, f"describe {silent} in the YAML of their folders"


def test_every_described_model_exists_and_so_do_its_columns_descriptions() -> None:
    gone = set(DESCRIBED) - set(MODELS)
    assert not gone, f"{gone} are described but there is no such .sql"
    bare = [
        f"{name}.{column['name']}"
        for name, entry in DESCRIBED.items()
        for column in entry.get("columns", [])
        if not column.get("description")
    ]
    assert not bare, f"describe {', '.join(bare)}"


def test_every_mart_says_how_it_is_published_and_its_key_is_its_primary_key() -> None:
    wrong = []
    for file in sorted(PROJECT.glob("models/marts/**/*.sql")):
        config = re.search(r"'key':\s*\[([^\]]*)\]", file.read_text())
        published_by = re.findall(r"'(\w+)'", config.group(1)) if config else None
        if (keys := primary_keys(DESCRIBED[file.stem])) != [published_by]:
            wrong.append(f"{file.stem}: meta.publish.key is {published_by}, its primary keys are {keys}")
    assert not wrong, "\n".join(wrong)


def primary_keys(entry: dict[str, Any]) -> list[list[str]]:
    """The columns of every primary key in a model's entry, given for the model or for one column."""
    constraints = entry.get("constraints", []) + [
        {**constraint, "columns": [column["name"]]}
        for column in entry["columns"]
        for constraint in column.get("constraints", [])
    ]
    return [constraint["columns"] for constraint in constraints if constraint["type"] == "primary_key"]


def test_what_a_model_reads_as_it_was_is_made_after_it() -> None:
    """Nothing but the graph keeps dbt from rebuilding a kept model before somebody has seen what it held."""
    texts = {file.stem: COMMENT.sub("", file.read_text()) for file in PROJECT.glob("models/**/*.sql")}
    parents = {name: _parents(PROJECT.rglob(f"models/**/{name}.sql")) for name in texts}
    too_early = [
        f"{kept} may be rebuilt before {reader} has read it"
        for reader, text in sorted(texts.items())
        for kept in re.findall(READ_AS_IT_WAS, text)
        if reader not in _ancestors(kept, parents)
    ]
    assert not too_early, "\n".join(too_early)


def _parents(files: Iterable[Path]) -> set[str]:
    """What a model refers to, itself or by the macros of what is touched. A comment that refers to a model counts."""
    (file,) = files
    text = re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
    touched = re.findall(r"(?:of_touched|is_touched)\([^{}]*?'(\w+)'(?:,|\))", text)
    touched += re.findall(r"(?:forget_touched|_touched)\('(\w+)'", text)
    return {*re.findall(r"ref\('(\w+)'\)", text), *(f"int_touched__{what}" for what in touched)}


def _ancestors(name: str, parents: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = {name}
    while waiting:
        waiting = {one for model in waiting for one in parents.get(model, ())} - found
        found |= waiting
    return found
