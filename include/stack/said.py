"""`make approve` and `make dismiss`: who says it is whoever is logged in."""

import getpass
from datetime import date

from rich.console import Console
from rich.table import Table

from include.activation import said
from include.settings import Settings


def approve(settings: Settings, console: Console, action_id: int | None) -> None:
    """Say yes to an action, or list what waits for a yes."""
    if action_id is not None:
        one = said.approve(settings, action_id, getpass.getuser())
        console.print(f"Action {action_id} ({one.about}) leaves with the next night.", highlight=False)
        return
    table = Table("id", "day", "kind", "to", "what", box=None, header_style="dim")
    for one in said.waiting(settings):
        table.add_row(str(one.action_id), str(one.as_of_day), one.kind, one.destination, one.about)
    if table.row_count:
        console.print(table, highlight=False)
        console.print("`make approve ID=…` says yes to one.")
    else:
        console.print("Nothing waits for a yes.")


def dismiss(settings: Settings, console: Console, sku: str, place: str, why: str, until: date | None) -> None:
    """Silence a need."""
    need = said.dismiss(settings, sku, place, why, getpass.getuser(), until)
    back = f"on {until}" if until else "when it has become more severe or half as big again"
    console.print(
        f"The need of {sku} at {need['location_code']} is silenced; it returns {back}.", highlight=False
    )
