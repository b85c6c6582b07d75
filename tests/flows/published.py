"""What readers are promised: the marts and their columns, as their contracts name them."""

import re
from functools import cache

import yaml

from include import dbt_runner

MODELS = dbt_runner.PROJECT / "models"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PUBLISHED = re.compile(r"'publish':\s*\{\s*'schema': '(\w+)'")
NUMBERS = ("int", "bigint", "numeric", "double", "real", "boolean")


@cache
def published() -> dict[str, str]:
    """Every published model and the schema it goes to: `mart` for readers, `activation` for what acts."""
    found = {file.stem: PUBLISHED.search(file.read_text()) for file in MODELS.glob("**/*.sql")}
    return {model: place[1] for model, place in found.items() if place}


@cache
def numbers() -> frozenset[str]:
    """mart.column of all their numbers and flags."""
    found = set()
    for file in MODELS.glob("**/*models.yml"):
        for model in yaml.load(file.read_text(), LOADER)["models"]:
            if published().get(model["name"]) == "mart":
                found |= {
                    f"{model['name']}.{column['name']}"
                    for column in model["columns"]
                    if column["data_type"].startswith(NUMBERS)
                }
    return frozenset(found)
