"""The Singer SDK's suite of target tests passes on our loader, and what it sent is there, word for word."""

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from psycopg import sql

from include.settings import Settings
from include.warehouse.connect import connect_admin
from tests.bench.peers.environments import NotInstalled, python_of

ROOT = Path(__file__).parents[2]
ALL = 16
SENT = (
    "array_data", "camelcase", "camelcase_complex_schema", "duplicate_records", "encoded_string_data", "no_primary_keys",
    "optional_attributes", "pk_updates", "record_missing_fields", "schema_no_properties", "schema_updates",
    "special_chars_in_attributes",
)  # fmt: skip
"""Its files of which every record has to land; the others are refused, or hold no records."""

SCRIPT = """
import site, sys, pytest
site.addsitedir(sys.argv[1])  # what our loader imports; the suite's own packages come first
sys.exit(pytest.main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def suite() -> Path:
    try:
        return python_of("singer-suite")
    except NotInstalled as why:
        pytest.skip(f"the Singer suite could not be installed: {why}")


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_the_singer_target_suite_passes_and_everything_it_sent_is_there(
    suite: Path, warehouse: Settings, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    report = tmp_path / "report.xml"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "NIGHTSHIFT_HOME": str(warehouse.home),
        "NIGHTSHIFT_LAKE": warehouse.lake,
        "NIGHTSHIFT_WAREHOUSE_PORT": str(warehouse.port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": warehouse.database,
    }
    asked = [
        str(suite), "-c", SCRIPT, sysconfig.get_paths()["purelib"], "-q", "--noconftest", "-c", os.devnull, "-p",
        "no:cacheprovider", f"--rootdir={tmp_path}", f"--junit-xml={report}", "tests/hostile/singer_shim.py",
    ]  # fmt: skip
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    cases = list(ElementTree.parse(report).getroot().iter("testcase")) if report.exists() else []
    fell = [case.get("name") for case in cases if len(case)]
    score = {
        "figure": "Tests of the Singer SDK's target suite on our loader", "target": "16 of 16", "tried": len(cases),
        "survived": len(cases) - len(fell), "seed": None,
    }  # fmt: skip
    record_property("score", json.dumps(score))
    assert (len(cases), fell) == (ALL, []), done.stdout[-3000:] + done.stderr[-2000:]
    sent, missing = 0, []
    for stream, payload in records(suite):
        sent += 1
        if not is_there(warehouse, stream, payload):
            missing.append(f"{stream}: {payload}"[:300])
    assert sent > 30
    assert missing == []


def records(suite: Path) -> Iterator[tuple[str, dict]]:
    """Every stream's records that the suite sends, as its files hold them; U+0000 is what Postgres cannot hold."""
    (folder,) = suite.parents[1].rglob("singer_sdk/testing/target_test_streams")
    for name in SENT:
        for line in (folder / f"{name}.singer").read_text().splitlines():
            message = json.loads(line)
            if message.get("type") == "RECORD":
                yield message["stream"], without_nul(message["record"])


def without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [without_nul(item) for item in value]
    return {name: without_nul(item) for name, item in value.items()} if isinstance(value, dict) else value


def is_there(settings: Settings, stream: str, payload: dict) -> bool:
    with connect_admin(settings, settings.database) as conn:
        table = sql.Identifier("raw", f"singer_{stream}")
        query = sql.SQL("SELECT count(*) FROM {} WHERE payload @> %s::jsonb").format(table)
        (count,) = conn.execute(query, [json.dumps(payload)]).fetchone()
    return count > 0
