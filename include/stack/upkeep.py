"""What people do to a company that runs: say yes or no to it, copy it, put it back, change its secrets."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from include.stack.opening import console, explained, postgres_of
from include.stack.stack import Stack

app = typer.Typer()


@app.command()
def approve(
    context: typer.Context,
    action: Annotated[int | None, typer.Argument(help="Its id; without one all are listed")] = None,
) -> None:
    """Say yes to an action that waits for a person, or list those that do."""
    from include.stack import said

    with explained(), postgres_of(context) as stack:
        said.approve(stack.settings, console, action)


@app.command()
def dismiss(
    context: typer.Context,
    sku: str,
    place: Annotated[str, typer.Argument(help="The location's code or id")],
    why: Annotated[str, typer.Option(help="Why it is no need")],
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only until this day")] = None,
) -> None:
    """Silence the need of a SKU at a location, until a day or until it changes materially."""
    from include.stack import said

    with explained(), postgres_of(context) as stack:
        said.dismiss(stack.settings, console, sku, place, why, until.date() if until else None)


@app.command()
def backup(context: typer.Context, to: Path) -> None:
    """Copy both databases and the home's own files into a new folder below TO. The lake is files: copy it as such."""
    from include.stack.backup import backup as make_backup

    with explained(), postgres_of(context) as stack:
        place = make_backup(stack, to)
        console.print(f"Backed up to {place}", soft_wrap=True, highlight=False)
        console.print(
            "It holds personal data and the keys to them: keep it encrypted. The lake is not in it:"
            f" {stack.settings.lake}",
            soft_wrap=True,
            highlight=False,
        )


@app.command()
def restore(
    context: typer.Context, place: Annotated[Path, typer.Argument(help="The folder `make backup` named")]
) -> None:
    """Put a backup back in place of what is there; whoever was erased since is erased again."""
    from include.stack.backup import check, furnish
    from include.stack.backup import restore as put_back

    with explained():
        taken_at = check(place)["taken_at"]
        furnish(context.obj.home, place)
        stack = Stack(context.obj)
        was_running = stack.postgres.pid() is not None
        try:
            returned = put_back(stack, place)
        finally:
            if not was_running:
                stack.postgres.stop()
        console.print(f"The warehouse is as it was at {taken_at[:19]} UTC.", highlight=False)
        console.print(f"Erased again: {returned} people who had come back with it.", highlight=False)
        console.print("`make night` catches up everything since.")


@app.command()
def rotate(context: typer.Context, secret: str) -> None:
    """A new password for a role of the warehouse or for Airflow, or a further suppression key."""
    from include.stack.rotate import rotate as replace

    with explained(), postgres_of(context) as stack:
        console.print(f"{secret} is new. {replace(stack, secret)}", highlight=False)
