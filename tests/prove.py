"""`make prove`: every long proof, and what was tried in docs/proofs.md and docs/scorecard.md.

    python -m tests.prove                 all of them, as long as it takes
    python -m tests.prove -k any_history  some, by pytest's -k; the rows of the others stay

How many histories: ANY_ORDER_EXAMPLES; the benchmark's longest history runs last, unless only some proofs are asked for.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.scorecard import SCORECARD

ROOT = Path(__file__).parents[1]
PROOFS = ROOT / "docs" / "proofs.md"


def main(chosen: Sequence[str]) -> int:
    """Run the proofs, keep the pages, return 0 when all of them hold."""
    asked = [
        sys.executable, "-m", "pytest", "-m", "prove", "-n", "0", "-q",
        f"--proofs={PROOFS}", f"--scorecard={SCORECARD}", *(chosen or ["--whole"]), "tests",
    ]  # fmt: skip
    proofs = subprocess.run(asked, cwd=ROOT, check=False).returncode
    return proofs or (0 if chosen else longest_bench())


def longest_bench() -> int:
    """The night over the longest history, which `make bench` leaves to this; its figures go to docs/benchmarks.md."""
    return subprocess.run([sys.executable, "-m", "tests.bench", "--prove"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
