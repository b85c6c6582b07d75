"""docs/benchmarks.md: one table of goals, and below it the figures behind them. A section's rows replace its older ones."""

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import psutil

from tests.bench import Row

PAGE = Path("docs", "benchmarks.md")
GOALS, FIGURES = "## Goals", "## Figures"
HEADS = {
    GOALS: "| section | what | measured | goal | met | on |\n|---|---|---|---|---|---|",
    FIGURES: "| section | what | measured | on |\n|---|---|---|---|",
}
LIMIT = """\
Written by `make bench`. Medians; in brackets the smallest and the largest. Each ratio is taken within one round, between runs that
follow each other; seconds are this machine's. *COPY limit*: JSON lines that lie ready in a file, copied into one jsonb
column by one backend. *Reference*: the same records downloaded, sliced without decoding, copied to a temporary
table and merged by key. *Ours*: `include.pull.pull` with everything it does (edge projection, lake, hashes,
observations). Times begin when imports are done; CPU is that of client, Postgres and page server together. *Keyed* rows are a
log stream, where every row has its own observation; others are statements, one per account and day. Memory is resident and
includes the interpreter and its imports, which stand beside it. Peers append and keep no history, which favours them.

*Night*: build and publication in a process of its own, imports and all, of a synthetic shop that sells as much a day whether its
history is short or long; Postgres as `make up` starts it, crash-safe. Its parcels are followed for the last 60 days and nobody
visits: what a night costs over years of both stands in docs/decisions.md. CPU is the build's and
Postgres'. *Backfill*: the sandbox company over HTTP, planned windows, journal, lake and one build, against pulling and
building one night. *Orchestration*: what of a night through Airflow no load and no build covers, beside the own work of a
night of the synthetic shop.

*Busy*: something else was running when the section began (load average of one and more); seconds say little then.
"""
BUSY = 1.0


def keep(sections: Mapping[str, list[Row]], page: Path = PAGE, load: float = 0.0) -> None:
    """Write the rows of these sections, measured from a `load` average on; those of others stay, and what a person noted
    below the machine's name, when they were measured on this machine."""
    machine = f"Machine: {_machine()}."
    old = page.read_text() if page.exists() else ""
    stay = [line for line in old.splitlines() if _section(line) not in sections] if machine in old else []
    new = [(name, row) for name, rows in sections.items() for row in rows]
    on = f"{date.today()}{', busy' if load >= BUSY else ''}"
    goals = [f"{_goal_line(name, row)} {on} |" for name, row in new if row.has_goal]
    figures = [f"{_figure_line(name, row)} {on} |" for name, row in new if not row.has_goal]
    noted = old.split(machine)[1].split(GOALS)[0].strip() if machine in old else ""
    page.write_text(
        f"# Benchmarks\n\n{LIMIT}\n{machine}\n{f'{chr(10)}{noted}{chr(10)}' if noted else ''}"
        f"\n{GOALS}\n\n{_table(GOALS, [*_lines(stay, 6), *goals])}"
        f"\n{FIGURES}\n\n{_table(FIGURES, [*_lines(stay, 4), *figures])}"
    )


def _table(title: str, lines: Iterable[str]) -> str:
    return "\n".join([HEADS[title], *lines]) + "\n"


def _goal_line(section: str, row: Row) -> str:
    return f"| {section} | {row.what} | {row.measured} | {row.goal} | {row.met} |"


def _figure_line(section: str, row: Row) -> str:
    return f"| {section} | {row.what} | {row.measured} |"


def _lines(lines: list[str], cells: int) -> list[str]:
    """Rows of a table with so many cells, without its head."""
    rows = [line for line in lines if line.count(" | ") == cells - 1 and line.startswith("| ")]
    return [row for row in rows if _section(row) != "section"]


def _section(line: str) -> str:
    return line.split("|")[1].strip() if line.startswith("| ") else ""


def _machine() -> str:
    """'2 × AMD EPYC 7B13, 25 GB, Linux 6.1, Python 3.11.7'."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    memory = psutil.virtual_memory().total / 1e9
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{os.cpu_count()} × {name}, {memory:.0f} GB, {system}, Python {platform.python_version()}"
