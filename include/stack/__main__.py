"""What the Makefile calls: python -m include.stack night | up | down | status | psql | hold | release | ..."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from include.stack.company import Wish
from include.stack.opening import console, explained, postgres_of
from include.stack.privacy import app as privacy
from include.stack.stack import Stack
from include.stack.upkeep import app as upkeep

app = typer.Typer(
    help="Nightshift's stack on this machine: Postgres, the sandbox company and Airflow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(privacy, name="privacy")
app.add_typer(upkeep)
SWITCH = {"": None, "on": True, "off": False}


@app.callback()
def choose(
    context: typer.Context,
    home: Annotated[Path, typer.Option(envvar="NIGHTSHIFT_HOME", help="Where all state lives")] = Path(
        ".nightshift"
    ),
    order_book: Annotated[
        str,
        typer.Option(envvar="ORDER_BOOK", help="Another shop's history as CSV; it gets a home of its own"),
    ] = "",
    timezone: Annotated[
        str, typer.Option(envvar="TIMEZONE", help="The company's, such as Europe/Berlin")
    ] = "",
    history_days: Annotated[
        str, typer.Option(envvar="HISTORY_DAYS", help="Days of history to load at the first night")
    ] = "",
    sandbox: Annotated[
        str, typer.Option(envvar="SANDBOX", help="on, or off when all accounts are real")
    ] = "",
) -> None:
    """Options of every command."""
    os.umask(0o077)  # what a home holds is for whoever runs it, whatever the shell's habit
    if sandbox.lower() not in SWITCH:
        raise typer.BadParameter(f"SANDBOX={sandbox} is neither on nor off")
    if history_days and not history_days.isdigit():
        raise typer.BadParameter(f"HISTORY_DAYS={history_days} is not a number of days")
    context.obj = Wish(
        base=home,
        order_book=Path(order_book) if order_book else None,
        timezone=timezone or None,
        history_days=int(history_days) if history_days else None,
        sandbox=SWITCH[sandbox.lower()],
    )


@app.command()
def night(context: typer.Context) -> None:
    """Run last night: start what does not run, pull, build, act, and print the morning summary."""
    from include.stack.morning import run_night

    with explained():
        raise typer.Exit(run_night(Stack(context.obj), console))


@app.command()
def up(context: typer.Context) -> None:
    """Start everything and leave it running."""
    from include.stack.display import Display
    from include.stack.status import addresses

    with explained():
        stack = Stack(context.obj)
        stack.home.stay_up(True)
        with Display(["postgres", "sandbox", "warehouse", "airflow"], console) as display:
            if not stack.with_sandbox:
                display.set("sandbox", "skipped", "all accounts are real")
            stack.start(display.tell)
        addresses(stack, console)


@app.command()
def down(context: typer.Context) -> None:
    """Stop everything; the data stay."""
    with explained():
        if (context.obj.home / "company.json").exists():
            Stack(context.obj).stop()
        console.print("Everything is stopped. `make up` or `make night` takes it up again.")


@app.command()
def status(context: typer.Context) -> None:
    """What landed, what is stale, failed or held, and what to do next."""
    from include.stack.status import show

    with explained(), postgres_of(context) as stack:
        show(stack, console)


@app.command()
def psql(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="Whose rights; `reader` sees mart only")] = "admin",
    command: Annotated[str, typer.Option("--command", "-c", help="Run this and leave")] = "",
) -> None:
    """Open the warehouse."""
    from include.stack.prompt import open_prompt

    with explained(), postgres_of(context) as stack:
        raise typer.Exit(open_prompt(stack, role, command))


@app.command()
def hold(context: typer.Context, load: int, why: str = "held by hand") -> None:
    """Keep one load out of the next build; `make status` lists loads."""
    from include.warehouse.nights import hold_load

    with explained(), postgres_of(context) as stack:
        done = hold_load(stack.settings, load, why)
        console.print(f"Load {load} is held." if done else f"Load {load} is not there or was held already.")
        console.print("`make night` builds without it.")


@app.command()
def release(context: typer.Context, load: int, why: str = "released by hand") -> None:
    """Let a held load into the next build."""
    from include.warehouse.nights import release_load

    with explained(), postgres_of(context) as stack:
        done = release_load(stack.settings, load, why)
        console.print(f"Load {load} is released." if done else f"Load {load} was not held.")
        console.print("`make night` builds with it.")


@app.command()
def backfill(
    context: typer.Context,
    first_day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    last_day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    source: Annotated[list[str] | None, typer.Option(help="Repeat for several; default all")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would cost")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="Read the lake instead of the vendors")] = False,
) -> None:
    """Ask the sources again for past days, both included, and build once. Sends nothing outside."""
    from include.backfill.plan import Wish as PastDays
    from include.sources import REGISTRY
    from include.stack.past import foretell_backfill, run_backfill

    wish = PastDays(tuple(source or REGISTRY), first_day.date(), last_day.date(), replay)
    with explained():
        if dry_run:
            with postgres_of(context) as stack:
                raise typer.Exit(foretell_backfill(stack, console, wish))
        raise typer.Exit(run_backfill(Stack(context.obj), console, wish))


@app.command()
def backtest(
    context: typer.Context,
    skus: Annotated[int, typer.Option(min=1, help="Best sellers of the built-in book to replay")] = 800,
    lead_days: Annotated[
        int | None, typer.Option(min=1, help="One lead time for SKUs no file tells of")
    ] = None,
    cover_days: Annotated[
        int, typer.Option(min=7, help="Demand an order is to last for, with review days")
    ] = 28,
) -> None:
    """Replay an order book day by day: what our restock policy and two moving averages would have held and lost."""
    from include.backtest.command import run_backtest

    with explained():
        wish: Wish = context.obj
        zone = ZoneInfo(wish.timezone or "America/New_York")
        run_backtest(console, wish.base / "reports", wish.order_book, zone, skus, lead_days, cover_days)


@app.command("full-refresh")
def full_refresh(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would cost")] = False,
) -> None:
    """Build every model again from all accepted loads and publish; slow, and gives the same tables."""
    from include.stack.refresh import run_full_refresh

    with explained(), postgres_of(context) as stack:
        raise typer.Exit(run_full_refresh(stack, console, dry_run))


@app.command()
def contracts() -> None:
    """Bring the promises to readers up to date; refuses to break one."""
    from include.stack.contracts import bring_up_to_date

    with explained():
        raise typer.Exit(bring_up_to_date(console))


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def airflow(context: typer.Context) -> None:
    """Airflow's own command line on this home: airflow backfill create --dag-id pull_odoo …"""
    with explained(), postgres_of(context) as stack:
        raise typer.Exit(stack.airflow(context.args))


@app.command()
def clean(context: typer.Context) -> None:
    """Stop everything and delete the home with all its data."""
    import shutil

    with explained():
        base: Path = context.obj.base.absolute()
        if not (base / "company.json").exists() and not (base / "books").is_dir():
            console.print(f"There is no Nightshift in {base}.")
            return
        homes = [book for book in sorted((base / "books").glob("*")) if book.is_dir()] + [base]
        for home in homes:
            if (home / "company.json").exists():
                stack = Stack(Wish(base=home))
                stack.stop()
                stack.postgres.remove()
        shutil.rmtree(base, ignore_errors=True)
        console.print(f"{base} is gone.")


@app.command(hidden=True)
def prepare() -> None:
    """docker compose: make and migrate the databases, write the secrets."""
    from include.stack import containers

    with explained():
        containers.prepare()


@app.command("connect-sandbox", hidden=True)
def connect_sandbox(airflow_url: str, sandbox_url: str, smtp_port: int) -> None:
    """docker compose: store connections to the sandbox in Airflow."""
    from include.stack import containers

    with explained():
        console.print(
            "Connected: " + ", ".join(containers.connect_sandbox(airflow_url, sandbox_url, smtp_port))
        )


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    app()
