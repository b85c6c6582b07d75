"""What the documents say is so: commands, DAGs, sources, paths, names, packages and the CSV examples."""

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from include.csv_table import Problems
from include.sandbox.world.days import LocalClock
from include.sandbox.world.order_csv import read_book
from include.sandbox.world.side_csv import read_side_files
from include.sources import REGISTRY

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "dags" / "README.md", *(ROOT / "docs").glob("*.md")]
)
ROOMS = ("dags", "plugins", "include", "dbt_project", "expectations", "tests", "docs")
WORD = r"[a-z][a-z0-9_]*"


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def code() -> str:
    """All text people could mean by a name: code, models, macros, seeds' headers and compose."""
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*") if "__pycache__" not in file.parts]
    kinds = {".py", ".sql", ".yml", ".csv"}
    parts = [file.read_text(encoding="utf-8") for file in files if file.suffix in kinds]
    return "\n".join([*parts, text_of("docker-compose.yml"), text_of("Makefile")])


def quoted(text: str) -> list[str]:
    """What stands in backticks, code blocks left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def first_column(text: str) -> list[str]:
    """Names in backticks in the first column of every table."""
    return [name for row in re.findall(r"^\|([^|]*)\|", text, re.MULTILINE) for name in quoted(row)]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", text_of("Makefile"), re.MULTILINE))


def dags() -> set[str]:
    """Every DAG by the name it gets, read without importing Airflow."""
    named = re.findall(r'DAG\(\s*f?"([a-z_{}.]+)"', "\n".join(f.read_text() for f in ROOT.glob("dags/*.py")))
    pulls = {f"pull_{source}" for source in REGISTRY}
    return pulls | {name for name in named if "{" not in name}


def destinations() -> set[str]:
    """The destinations the plugin reads, without importing Airflow."""
    [names] = re.findall(r"^DESTINATIONS = \(([^)]*)\)", text_of("plugins/nightshift/connections.py"), re.M)
    return set(re.findall(r'"(\w+)"', names))


def test_the_readmes_table_holds_every_target_and_no_other() -> None:
    assert set(re.findall(r"`make ([a-z-]+)`", text_of("README.md"))) == targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_mentioned_can_be_typed(document: Path) -> None:
    said = set(re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(), re.MULTILINE))
    assert said <= targets(), f"{document} speaks of make {said - targets()}"


def test_what_the_program_says_can_be_typed() -> None:
    messages = "\n".join(file.read_text() for file in (ROOT / "include").rglob("*.py"))
    said = set(re.findall(r"`make ([a-z-]+)", messages)) | set(re.findall(r'"make ([a-z-]+)  ', messages))
    assert said <= targets(), f"include/ speaks of make {said - targets()}"


def test_the_timetable_holds_every_dag_and_no_other() -> None:
    assert set(first_column(text_of("dags/README.md"))) == dags()


def test_the_readme_holds_every_source_and_destination_and_no_other() -> None:
    told = {name for name in first_column(text_of("README.md")) if name.startswith("nightshift_")}
    assert told == {f"nightshift_{name}" for name in {*REGISTRY, *destinations()}}


def test_the_readme_asks_for_the_scopes_the_source_needs() -> None:
    [section] = re.findall(r"## A real shop\n(.*?)\n## ", text_of("README.md"), re.DOTALL)
    needed = set(re.findall(r"read_\w+", REGISTRY["shopify"].connection_help))
    assert set(re.findall(r"`(read_\w+)`", section)) == needed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_mentioned_exists(document: Path) -> None:
    text = document.read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [link for link in links if not (document.parent / link).exists()]
    paths = [name for name in quoted(text) if name.split("/")[0] in ROOMS and "/" in name]
    missing += [path for path in paths if not (ROOT / path).exists()]
    assert not missing, f"{document} leads to {missing}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_model_column_and_variable_mentioned_exists(document: Path) -> None:
    names = [name for name in quoted(document.read_text()) if re.fullmatch(WORD, name) and "_" in name]
    names += re.findall(r"\bNIGHTSHIFT_[A-Z]+\b", document.read_text())
    gone = sorted({name for name in names if not re.search(rf"(?<![a-z]){name}(?![a-z])", code())} - dags())
    gone = [name for name in gone if not name.startswith("nightshift_")]
    assert not gone, f"{document} speaks of {gone}, which nothing is called"


def test_every_package_has_its_reason() -> None:
    lines = text_of("requirements.in").splitlines()
    packages = {re.split(r"[\[=<>]", line)[0] for line in lines if line and not line.startswith("#")}
    reasons = set(re.split(r"[`\s,\[\]|]+", text_of("docs/decisions.md")))
    prefix = "apache-airflow-providers-"
    untold = {name for name in packages if name.removeprefix(prefix) not in reasons}
    assert not untold, f"say in docs/decisions.md why we need {untold}"


def test_the_picture_can_be_drawn() -> None:
    root = ElementTree.parse(ROOT / "docs" / "flow.svg").getroot()
    assert root.tag.endswith("svg")
    assert "docs/flow.svg" in text_of("README.md")


def test_the_example_order_book_is_read_without_a_problem(tmp_path: Path) -> None:
    """As a person would copy it: the order book and the three files beside it."""
    blocks = re.findall(r"```csv ?(\S*)\n(.*?)```", text_of("docs/order-book.md"), re.DOTALL)
    for name, content in blocks:
        (tmp_path / (name or "orders.csv")).write_text(content, encoding="utf-8")
    problems = Problems()
    book = read_book(tmp_path / "orders.csv", LocalClock(ZoneInfo("Europe/Berlin")), "DE", problems)
    side = read_side_files(tmp_path, 2, "DE", problems)
    problems.stop_if_any()
    assert (book.currency, len(book.entries)) == ("EUR", 4)
    assert [entry.quantity for entry in book.entries if entry.quantity < 0] == [-1]
    assert (side.stock, side.costs) == ({("TEA-G", "MAIN"): 40, ("CUP", "MAIN"): 0}, {"TEA-G": 460})
    assert [row.min_quantity for row in side.suppliers or ()] == [24, 1]


def test_every_column_of_the_order_book_is_told() -> None:
    from include.sandbox.world import order_csv, side_csv

    told = set(re.findall(rf"`({WORD})`", text_of("docs/order-book.md")))
    files = (
        order_csv.COLUMNS,
        side_csv.STOCK,
        side_csv.SUPPLIERS,
        side_csv.SUPPLIERS_OPTIONAL,
        side_csv.COSTS,
    )
    assert {column for columns in files for column in columns} <= told
