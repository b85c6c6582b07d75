"""What every command opens: the console, the stack with its Postgres, and errors told as their message."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from include.errors import NightshiftError, Stop
from include.stack.stack import Stack

console = Console(width=None if sys.stdout.isatty() else 120)


@contextmanager
def explained() -> Iterator[None]:
    """Errors we raise on purpose are shown as their message, with exit status 1."""
    try:
        yield
    except NightshiftError as error:
        console.print(f"\n{error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("\nInterrupted. Running it again takes up where this stopped.")
        raise typer.Exit(130) from None


@contextmanager
def postgres_of(context: typer.Context) -> Iterator[Stack]:
    """The stack with its Postgres answering; stopped again afterwards if it was not running."""
    if not (context.obj.home / "postgres.json").exists():
        raise Stop(f"there is nothing in {context.obj.home} yet: run `make night`")
    stack = Stack(context.obj)
    was_running = stack.postgres.pid() is not None
    stack.postgres.start()
    try:
        yield stack
    finally:
        if not was_running:
            stack.postgres.stop()
