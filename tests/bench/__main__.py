"""python -m tests.bench [SECTION…] [--quick | --prove]: measure, print the table, keep it in docs/benchmarks.md.

`--quick` runs everything on next to nothing and keeps nothing. `--prove` runs the longest history alone, which takes hours.
Ends with 1 when a goal was measured and missed.
"""

import argparse
import os
import signal
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from tests.bench import LONGEST, SECTIONS, Row
from tests.bench.table import PAGE, keep


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure side by side.")
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all of these by default"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes; the figures mean nothing")
    parser.add_argument("--prove", action="store_true", help="a night over two million orders, for hours")
    asked = parser.parse_args()
    sections = asked.sections or ([LONGEST] if asked.prove else SECTIONS)
    unknown = set(sections) - {*SECTIONS, LONGEST}
    if unknown:
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    console, found = Console(), dict[str, list[Row]]()
    for name in sections:
        console.rule(name)
        load = os.getloadavg()[0]
        console.print(f"load average at the start: {load:.1f}")
        found[name] = import_module(f"tests.bench.{name}").run(console, "quick" if asked.quick else "full")
        if not asked.quick:
            keep({name: found[name]}, load=load)
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
