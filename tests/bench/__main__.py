"""python -m tests.bench [SECTION…] [--quick]: measure, print the table, keep it in docs/benchmarks.md.

`--quick` runs everything on next to nothing and keeps nothing. Ends with 1 when a goal was measured and missed.
"""

import argparse
import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec

from rich.console import Console
from rich.table import Table

from tests.bench import SECTIONS, Row
from tests.bench.table import PAGE, keep


def main() -> int:
    there = [name for name in SECTIONS if find_spec(f"tests.bench.{name}")]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure side by side.")
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(there)}; all by default"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes; the figures mean nothing")
    asked = parser.parse_args()
    unknown = set(asked.sections) - set(there)
    if unknown:
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    console, found = Console(), dict[str, list[Row]]()
    for name in asked.sections or there:
        console.rule(name)
        console.print(f"load average at the start: {os.getloadavg()[0]:.1f}")
        found[name] = import_module(f"tests.bench.{name}").run(console, "quick" if asked.quick else "full")
        if not asked.quick:
            keep({name: found[name]})
    rows = [(name, row) for name, rows in found.items() for row in rows if row.has_goal]
    console.print(_table(rows))
    if asked.quick:
        return 0
    console.print(f"Kept in {PAGE}")
    return int(any(row.met == "NO" for _, row in rows))


def _table(rows: list[tuple[str, Row]]) -> Table:
    table = Table("section", "what", "measured", "goal", "met")
    for name, row in rows:
        table.add_row(name, row.what, row.measured, row.goal, row.met)
    return table


if __name__ == "__main__":
    raise SystemExit(main())
