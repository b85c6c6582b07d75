"""`make privacy DO="…"`: people's requests, from the one who runs the shop.

A person is named on standard input only: never in an argument, which the shell's history and `ps` would keep.
"""

import json
import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from include.errors import Stop
from include.privacy import files, inbox, search
from include.privacy import requests as people
from include.privacy.marks import Marks
from include.privacy.people import known
from include.privacy.requests import Request
from include.privacy.search import Found
from include.privacy.subjects import Subject
from include.stack.environment import AIRFLOW_DATABASE
from include.stack.opening import console, explained, postgres_of
from include.stack.running import command_lines
from include.stack.stack import Stack
from include.warehouse.connect import connect, connect_admin

app = typer.Typer(
    help="People's requests: access, erasure, opt-out; and the proof of what became of them. The person is asked for on"
    " standard input: an e-mail address, a phone number with its country's code, or vendor:id (shopify:191167).",
    no_args_is_help=True,
)


class Kind(StrEnum):
    access = "access"
    erasure = "erasure"
    opt_out = "opt-out"


@app.command()
def request(
    context: typer.Context,
    kind: Kind,
    received: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When the person asked, if not today")
    ] = None,
) -> None:
    """Write a request down; the person is read from standard input."""
    with explained(), postgres_of(context) as stack:
        subject = Subject.told(_whom(), stack.settings.country)
        since = received.replace(tzinfo=stack.company.zone) if received else None
        number = people.take_request(stack.settings, kind.name, subject, received_at=since)
        (taken,) = people.requests(stack.settings, request_id=number)
        console.print(
            f"Request {number}: {kind} for {taken.who}, due {_day(taken.due_at, stack)} ({taken.due_rule})."
        )
        console.print('`make privacy DO="run"` answers it now, housekeeping at 13:00.')


@app.command("list")
def list_(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are done")] = False,
) -> None:
    """Open requests by due date; nobody is named."""
    with explained(), postgres_of(context) as stack:
        table = Table("id", "asks for", "whom", "came by", "due", "stands", box=None, header_style="dim")
        found = people.requests(stack.settings, open_only=not every)
        for one in found:
            due = f"[red]{_day(one.due_at, stack)} OVERDUE[/]" if one.is_overdue else _day(one.due_at, stack)
            table.add_row(str(one.request_id), one.kind, one.who or "forgotten", one.via, due, _stands(one))
        console.print(table if found else "No request is open.", highlight=False)
        _tell_of_inbox(stack)


@app.command()
def run(context: typer.Context) -> None:
    """Take the inbox in and answer every open request now."""
    with explained(), postgres_of(context) as stack:
        taken = inbox.take_in(stack.settings, None)
        if taken != inbox.Taken():
            console.print(
                f"Inbox: {taken.taken} taken, {taken.known} known already, {taken.set_aside} set aside."
            )
        done = people.answer_open(stack.settings, run_id="by hand")
        console.print(f"{done} answered.")
        left = people.requests(stack.settings, open_only=True)
        for one in left:
            console.print(
                f"Request {one.request_id} waits for {one.waiting_for}", highlight=False, soft_wrap=True
            )
        lying, _ = inbox.waiting(stack.settings)
        if left or lying:
            _ring(stack)


@app.command()
def show(context: typer.Context, request_id: int) -> None:
    """How one request stands, and its proof; nobody is named."""
    with explained(), postgres_of(context) as stack:
        found = people.requests(stack.settings, request_id=request_id)
        if not found:
            raise Stop(f"there is no request {request_id}")
        one = found[0]
        lines = {
            "asks for": one.kind,
            "whom": one.who or "forgotten",
            "came by": one.via,
            "received": _day(one.received_at, stack),
            "due": f"{_day(one.due_at, stack)} ({one.due_rule}){' OVERDUE' if one.is_overdue else ''}",
            "begun": _day(one.begun_at, stack),
            "done": _day(one.done_at, stack),
            "waits for": one.waiting_for or "",
            "proof": json.dumps(one.proof or {}),
        }
        for name, value in lines.items():
            console.print(f"{name:<12}{value}", soft_wrap=True, markup=False, highlight=False)
        if one.kind == "access" and one.proof and "file" in one.proof:
            where = files.exports(stack.settings) / one.proof["file"]
            console.print(f"{'file':<12}{where if where.exists() else 'gone, by retention'}", soft_wrap=True)


@app.command()
def verify(
    context: typer.Context,
    person: Annotated[
        bool, typer.Option("--person", help="Search for one person, read from standard input")
    ] = False,
) -> None:
    """Search everything: for keys of anybody erased, or for one person. Exit status 1 when there is something to see to."""
    with explained(), postgres_of(context) as stack:
        found = _search_for_person(stack) if person else _search_for_erased(stack)
        for place in found:
            console.print(f"  {place}", style="red", highlight=False, soft_wrap=True)
        if found:
            raise typer.Exit(1)
        console.print("Found nowhere that it should not be.")


def _search_for_erased(stack: Stack) -> list[Found]:
    """By keyed hashes: all that is left of those whose requests are done."""
    with connect(stack.settings, "privacy") as conn:
        return search.erased_keys_left(conn, stack.settings)


def _search_for_person(stack: Stack) -> list[Found]:
    """The warehouse outside `pii`, Airflow's own database, every file of the home and every command line."""
    subject = Subject.told(_whom(), stack.settings.country)
    with connect(stack.settings, "privacy") as conn:
        marks = Marks.of(known(conn, stack.settings, subject).personal)
    with connect_admin(stack.settings, stack.settings.database) as conn:
        searched = search.everywhere(conn, stack.settings, marks)
    with connect_admin(stack.settings, AIRFLOW_DATABASE) as conn:
        in_airflow, tables, _ = search.database(conn, marks)
    running = [
        Found(f"command line of process {pid}", 1) for pid, line in command_lines() if marks.are_in(line)
    ]
    console.print(
        f"Looked into {searched.tables + tables} tables and {searched.files} files.", highlight=False
    )
    known_to = [place for place in searched.found if place.place.startswith("pii.")]
    console.print(f"The vault {'knows the person' if known_to else 'does not know the person'}.")
    airflow = [Found(f"airflow {place.place}", place.rows) for place in in_airflow]
    return [place for place in (*searched.found, *airflow, *running) if place not in known_to]


def _whom() -> str:
    """One line from standard input."""
    if sys.stdin.isatty():
        return typer.prompt("Who (e-mail, phone or vendor:id; not shown)", hide_input=True)
    return sys.stdin.readline()


def _ring(stack: Stack) -> None:
    """Housekeeping speaks to the platforms and knows the app's secret."""
    if stack.processes.running("api-server"):
        stack.api.trigger("housekeeping")
        console.print("Housekeeping was called: it speaks to the platforms and checks webhooks.")
    else:
        console.print("Housekeeping sees to the rest; it runs at 13:00 while `make up` is running.")


def _tell_of_inbox(stack: Stack) -> None:
    lying, aside = inbox.waiting(stack.settings)
    if lying or aside:
        console.print(
            f"Inbox {inbox.folder(stack.settings)}: {lying} waiting, {aside} set aside", soft_wrap=True
        )


def _stands(one: Request) -> str:
    if one.done_at:
        return "done"
    return f"waits for {one.waiting_for}" if one.waiting_for else "not begun"


def _day(moment: datetime | None, stack: Stack) -> str:
    zone: ZoneInfo = stack.company.zone
    return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""
