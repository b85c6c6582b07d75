"""`make status`: how the newest day stands, what is held, what waits for somebody, and the next command."""

from rich.console import Console
from rich.table import Table

from include.activation import said
from include.privacy import inbox
from include.privacy.requests import requests
from include.stack import environment, sections
from include.stack.stack import Stack
from include.stack.telling import plain
from include.warehouse import nights
from include.warehouse.connect import connect
from include.warehouse.quarantine import asking_again, put_aside

STYLES = {"landed": "green", "not_askable": "dim", "stale": "yellow", "failed": "red"}


def show(stack: Stack, console: Console) -> None:
    """Print the whole state; reads only."""
    day = stack.day
    console.print(f"\n[bold]{stack.settings.company}[/bold], business day {day}")
    advice = [
        _streams(stack, console),
        _held(stack, console),
        _put_aside(stack, console),
        _builds(stack, console),
        _actions(stack, console),
        _requests(stack, console),
    ]
    _processes(stack, console)
    todo = [line for line in advice if line] or ["Nothing to do."]
    console.print("\n[bold]Next[/bold]\n" + "\n".join(f"  {line}" for line in todo))


def addresses(stack: Stack, console: Console) -> None:
    """Where everything can be opened, with what is needed to sign in."""
    password = environment.write_password(stack.home, stack.settings)
    rows = {
        "Airflow": stack.api.url,
        "  user, password": f"{environment.USER}, {password}",
        "Warehouse for BI tools": stack.settings.dsn("reader"),
        "Reports": str(stack.home.reports),
        "Stop everything": "make down",
    }
    for name, value in rows.items():
        console.print(f"{name:<24}{value}", soft_wrap=True, markup=False, highlight=False)


def _streams(stack: Stack, console: Console) -> str | None:
    days = nights.stream_days(stack.settings, stack.day)
    several = {known.source for known in days if known.account != _first_account(days, known.source)}
    table = Table("source", "stream", "day", "records", "why", box=None, header_style="dim")
    for known in days:
        style = STYLES[known.status]
        rows = f"{known.rows:,}" if known.rows is not None else ""
        source = f"{known.source} {known.account}" if known.source in several else known.source
        table.add_row(source, known.stream, f"[{style}]{known.status}[/]", rows, _short(known.why))
    if not days:
        console.print(f"No source has closed {stack.day} yet.")
        return "make night        runs the night of this day"
    console.print(table, highlight=False)
    if any(known.status in ("stale", "failed") for known in days):
        return "make night        asks the sources that did not land once more and catches up"
    return None


def _first_account(days: list[nights.StreamDay], source: str) -> str:
    return next(known.account for known in days if known.source == source)


def _held(stack: Stack, console: Console) -> str | None:
    held = nights.held_loads(stack.settings)
    for load_id, source, account, stream, reason in held:
        console.print(f"[yellow]held[/] load {load_id}: {source}.{stream} of {account}: {_short(reason)}")
    return f"make release LOAD={held[0][0]}   lets the load in; make night builds with it" if held else None


def _put_aside(stack: Stack, console: Console) -> str | None:
    sections.missing_records(stack.settings, console)
    command = asking_again(put_aside(stack.settings))
    return f"{command}   asks again for what was put aside, once its cause is mended" if command else None


def _builds(stack: Stack, console: Console) -> str | None:
    with connect(stack.settings, "publisher") as conn:
        published = conn.execute(
            "SELECT as_of_day, ended_at FROM ops.build WHERE status = 'published' ORDER BY build_id DESC LIMIT 1"
        ).fetchone()
        last = conn.execute(
            "SELECT build_id, status, as_of_day, reason FROM ops.build ORDER BY build_id DESC LIMIT 1"
        ).fetchone()
    if published:
        when = published[1].astimezone(stack.company.zone)
        console.print(f"Published: {published[0]} (at {when:%Y-%m-%d %H:%M})")
    else:
        console.print("Nothing has been published yet.")
    if last and last[1] == "failed":
        console.print(f"[red]Build {last[0]} of {last[2]} failed:[/] {_short(last[3], 400)}")
        return "make night        builds again; what failed is above and in the quality report"
    pending = nights.pending_build(stack.settings, stack.day, [], called=True)
    return f"make night        {pending.why}" if pending.ready and published else None


def _actions(stack: Stack, console: Console) -> str | None:
    with connect(stack.settings, "activation") as conn:
        counts = conn.execute(
            "SELECT kind, destination, status, count(*), max(last_error) FROM ops.action"
            " WHERE status IN ('proposed', 'sending', 'failed') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()
    for kind, destination, status, count, error in counts:
        console.print(f"{count} {kind} to {destination}: {status}" + (f" ({_short(error)})" if error else ""))
    if any(row[2] in ("sending", "failed") for row in counts):
        return "make night        sends again what was not confirmed; nothing is sent twice"
    if said.waiting(stack.settings):
        return "make approve      lists what waits for a person's yes"
    return None


def _requests(stack: Stack, console: Console) -> str | None:
    """People's open requests, by number."""
    waiting = requests(stack.settings, open_only=True)
    late = [str(one.request_id) for one in waiting if one.is_overdue]
    lying, aside = inbox.waiting(stack.settings)
    if waiting:
        overdue = f", [red]overdue: {', '.join(late)}[/]" if late else ""
        numbers = ", ".join(str(one.request_id) for one in waiting)
        console.print(f"Open requests about personal data: {numbers}{overdue}", highlight=False)
    if lying or aside:
        console.print(f"In the privacy inbox: {lying} waiting, {aside} set aside", highlight=False)
    return (
        'make privacy DO="run"   answers them; DO="list" says what they wait for'
        if waiting or lying
        else None
    )


def _processes(stack: Stack, console: Console) -> None:
    names = stack.processes.names()
    if not names:
        console.print("Nothing runs. `make up` starts everything.")
        return
    dead = [name for name in names if not stack.processes.running(name)]
    console.print(f"Running: {', '.join(name for name in names if name not in dead) or 'nothing'}")
    if dead:
        console.print(
            f"[red]Died:[/] {', '.join(dead)} (logs in {stack.home.logs}; make up starts them again)"
        )


def _short(text: str | None, most: int = 120) -> str:
    line = " ".join((text or "").split())
    return plain(line if len(line) <= most else line[: most - 1] + "…")
