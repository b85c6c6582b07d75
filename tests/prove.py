"""`make prove`: every long proof, and what was tried in docs/proofs.md and docs/scorecard.md.

    python -m tests.prove                 all of them, as long as it takes
    python -m tests.prove -k any_history  some, by pytest's -k

Tests tell what they tried by `record_property("tried", ...)`. How many histories: ANY_ORDER_EXAMPLES; the benchmark's
longest history runs last, unless only some proofs are asked for.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import psutil

from tests.scorecard import SCORECARD

ROOT = Path(__file__).parents[1]
PROOFS = ROOT / "docs" / "proofs.md"
HEAD = """# Proofs

What `make prove` tried last, and what survived. `make test` tries a small seeded sample of the same.

"""


def main(chosen: Sequence[str]) -> int:
    """Run the proofs, write the page, return 0 when all of them hold."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nightshift-proofs-") as folder:
        report = Path(folder) / "report.xml"
        asked = [
            sys.executable, "-m", "pytest", "-m", "prove", "-n", "0", "-q",
            f"--junit-xml={report}", f"--scorecard={SCORECARD}", *chosen, "tests",
        ]  # fmt: skip
        proofs = subprocess.run(asked, cwd=ROOT, check=False).returncode
        lines = told(report) if report.exists() else ["The proofs could not be begun.", ""]
    PROOFS.write_text(HEAD + "\n".join([*machine(time.monotonic() - began), *lines]), encoding="utf-8")
    return proofs or (0 if chosen else longest_bench())


def machine(seconds: float) -> list[str]:
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, in {seconds / 60:.0f} minutes on {os.cpu_count()} cores and {memory:.0f} GB"
        f" ({platform.system()} {platform.machine()}, Python {platform.python_version()}).",
        "",
    ]


def told(report: Path) -> list[str]:
    """A table of the proofs, and below it what each tried in words."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    fell = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    lines = [
        f"{len(cases) - len(fell)} of {len(cases)} proofs hold.",
        "",
        "| Proof | Held | Seconds |",
        "|---|---|---|",
    ]
    lines += [
        f"| {_words(case)} | {'no' if case in fell else 'yes'} | {float(case.get('time', 0)):.0f} |"
        for case in cases
    ]
    tried = [(_words(case), value) for case in cases for value in _tried(case)]
    for words, value in tried:
        lines += ["", f"## {words}", "", value]
    return [*lines, ""]


def longest_bench() -> int:
    """The night over the longest history, which `make bench` leaves to this; its figures go to docs/benchmarks.md."""
    return subprocess.run([sys.executable, "-m", "tests.bench", "--prove"], cwd=ROOT, check=False).returncode


def _words(case: ElementTree.Element) -> str:
    name, _, parameter = case.get("name", "").removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({parameter.removesuffix(']')})" if parameter else "")


def _tried(case: ElementTree.Element) -> list[str]:
    found = case.iter("property")
    return [one.get("value", "") for one in found if one.get("name") == "tried"]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
