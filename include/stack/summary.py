"""The morning summary: what a person wants to know before the first coffee, and whether it is true."""

from datetime import date

from rich.console import Console

from include.quality import data_docs
from include.stack import sections, yesterday
from include.stack.figures import compare, read_figures
from include.stack.stack import Stack
from include.stack.telling import title
from include.warehouse.connect import connect


def print_summary(stack: Stack, day: date, console: Console) -> None:
    """Print all sections for a published day. Every figure that rests on made-up input says so."""
    settings = stack.settings
    console.rule(f"[bold]{settings.company}[/], {day:%A %d %B %Y}", align="left")
    if settings.simulated:
        made_up = ", ".join(sorted(settings.simulated))
        console.print(f"  [yellow]SIMULATED[/]: {made_up}", highlight=False)
    yesterday.cautions(settings, day, console)
    yesterday.sales(settings, day, console)
    yesterday.to_theirs(settings, day, console)
    sections.restock(settings, console)
    sections.audiences(settings, console)
    sections.promises(settings, console)
    sections.requests(settings, console)
    sections.stale(settings, day, console)
    sections.missing_records(settings, console)
    if stack.with_sandbox:
        truth(stack, day, console)
    where(stack, day, console)


def truth(stack: Stack, day: date, console: Console) -> None:
    """Compare the marts with what the sandbox knows of its own world."""
    known = stack.sandbox.truth(day)
    with connect(stack.settings, "reader") as conn:
        differences = compare(read_figures(conn, day), known)
    title(console, "Against the sandbox's truth")
    if not known:
        console.print("  The sandbox did not answer.")
    elif not differences:
        console.print(f"  [green]all {len(known)} figures equal the sandbox's truth[/]", highlight=False)
    else:
        console.print(f"  {len(known) - len(differences)} of {len(known)} figures equal the sandbox's truth")
    for difference in differences:
        console.print(f"  [red]{difference}[/]", highlight=False)


def where(stack: Stack, day: date, console: Console) -> None:
    """Where to read on."""
    title(console, "Where to read on")
    pages = {f"Gate, {gate}": data_docs(stack.settings, gate) for gate in ("entering", "leaving")}
    lines = {
        "Reports": str(stack.home.reports / day.isoformat() / "index.html"),
        **{name: str(page) for name, page in pages.items() if page.exists()},
        "BI tools": f"{stack.settings.dsn('reader')}  (reads mart only; while `make up` runs)",
    }
    for name, place in lines.items():
        console.print(f"  {name:<16}{place}", soft_wrap=True, markup=False, highlight=False)
