"""Sections of the morning summary, each read from mart, act and ops."""

from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from include.settings import Settings
from include.stack.telling import money, plain, read, title
from include.warehouse import nights
from include.warehouse.quarantine import asking_again, put_aside

MOST = 8
SEVERITIES = {"out": "red", "late": "red", "due": "yellow"}


def restock(settings: Settings, console: Console) -> None:
    """What to order, move or hurry, most pressing first."""
    rows = read(
        settings,
        "activation",
        "SELECT sku, title, location_code, supplier_name, advice, qty_to_order, order_value_amount, currency,"
        " latest_order_date, severity, transfer_from_location_code, transfer_qty, expedite_po_name, is_simulated"
        " FROM act.act_restock_order"
        " ORDER BY array_position(ARRAY['out', 'late', 'due', 'ok'], severity), order_value_amount DESC NULLS LAST",
    )
    orders = [row for row in rows if row["advice"] == "ORDER"]
    value: dict[str, Decimal] = {}
    for row in orders:
        if row["order_value_amount"] is not None:
            value[row["currency"]] = value.get(row["currency"], Decimal(0)) + row["order_value_amount"]
    worth = " and ".join(money(amount, currency) for currency, amount in value.items())
    moves, hurries = (sum(row["advice"] == advice for row in rows) for advice in ("TRANSFER", "EXPEDITE"))
    made_up = "  [yellow]SIMULATED[/]" if any(row["is_simulated"] for row in rows) else ""
    title(console, "What to reorder")
    console.print(
        f"  {len(orders)} to order{f' for {worth}' if worth else ''}, {moves} to move, {hurries} to hurry{made_up}",
        highlight=False,
    )
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 2))
    for column in ("", "sku", "where", "do", "by"):
        table.add_column(column, no_wrap=True, min_width=10 if column == "by" else None)
    table.add_column("what", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("supplier", no_wrap=True, overflow="ellipsis", max_width=20)
    for row in rows[:MOST]:
        style = SEVERITIES.get(row["severity"], "dim")
        table.add_row(
            f"[{style}]{row['severity']}[/]",
            plain(row["sku"]),
            plain(row["location_code"]),
            plain(_deed(row)),
            plain(row["latest_order_date"]),
            plain(row["title"]),
            plain(row["supplier_name"]),
        )
    if rows:
        console.print(table, highlight=False)
    if len(rows) > MOST:
        console.print(f"  and {len(rows) - MOST} more in the report", style="dim")


def audiences(settings: Settings, console: Console) -> None:
    """Whom we may write to: desired, after consent and hold-out, and confirmed by the destination."""
    rows = read(
        settings,
        "activation",
        "SELECT audience, destination, count(*) FILTER (WHERE desired) AS desired,"
        " count(*) FILTER (WHERE confirmed) AS confirmed FROM ops.audience_member GROUP BY 1, 2 ORDER BY 1, 2",
    )
    candidates = {
        row["audience"]: row["people"]
        for row in read(
            settings,
            "activation",
            "SELECT audience, count(*) AS people FROM act.act_audience_member GROUP BY 1",
        )
    }
    title(console, "Whom we may write to")
    lists: dict[str, list[str]] = {}
    for row in rows:
        missing = f" of {row['desired']}" if row["confirmed"] != row["desired"] else ""
        lists.setdefault(row["audience"], []).append(f"{row['confirmed']}{missing} in {row['destination']}")
    for audience, stands in lists.items():
        console.print(
            f"  {audience}: {candidates.get(audience, 0)} people qualify; with consent and not held out"
            f" {', '.join(stands)}",
            highlight=False,
        )
    if not rows:
        console.print("  Nobody: no audience was sent.")


def promises(settings: Settings, console: Console) -> None:
    """Who broke their promise: carriers, suppliers, ourselves."""
    carriers = read(
        settings,
        "reader",
        "SELECT * FROM (SELECT DISTINCT ON (carrier, service, lane) carrier, service, lane, target_rate,"
        " rate_28d, shipments_28d, verdict FROM mart.mart_carrier_sla_daily"
        " ORDER BY carrier, service, lane, due_date DESC) AS newest"
        " WHERE verdict = 'breached' ORDER BY rate_28d LIMIT 5",
    )
    late = read(
        settings,
        "activation",
        "SELECT carrier, count(*) AS parcels, count(*) FILTER (WHERE claim_status = 'claimable') AS claims,"
        " min(claim_file_by_date) FILTER (WHERE claim_status = 'claimable') AS file_by"
        " FROM act.act_late_parcel GROUP BY 1 ORDER BY 2 DESC",
    )
    suppliers = read(
        settings,
        "reader",
        "SELECT supplier_name, overdue_lines FROM (SELECT DISTINCT ON (supplier_id) supplier_name, overdue_lines"
        " FROM mart.mart_supplier_performance ORDER BY supplier_id, month DESC) AS newest"
        " WHERE overdue_lines > 0 ORDER BY overdue_lines DESC LIMIT 5",
    )
    ours = read(
        settings,
        "activation",
        "SELECT kind, count(*) FILTER (WHERE hours_overdue > 0) AS late, count(*) FILTER (WHERE hours_overdue <= 0) AS due"
        " FROM act.act_ship_today GROUP BY 1 ORDER BY 1",
    )
    title(console, "Who broke their promise")
    for row in read(
        settings,
        "reader",
        "SELECT stale_streams FROM mart.freshness WHERE is_stale AND mart_name = 'mart_carrier_sla_daily'",
    ):
        console.print(f"  [red]STALE[/]: {row['stale_streams']} did not arrive, parcels are as last known")
    for row in carriers:
        console.print(
            f"  {plain(row['carrier'])} {plain(row['service'])} {plain(row['lane'])}: [red]{row['rate_28d']:.1%}[/] on time"
            f" of {row['shipments_28d']} parcels in 28 days, target {row['target_rate']:.1%}",
            highlight=False,
        )
    for row in late:
        claim = f", {row['claims']} to claim by {row['file_by']}" if row["claims"] else ""
        console.print(
            f"  {plain(row['carrier'])}: {row['parcels']} parcels late or lost{claim}", highlight=False
        )
    for row in suppliers:
        console.print(
            f"  {plain(row['supplier_name'])}: {row['overdue_lines']} order lines overdue", highlight=False
        )
    names = {
        "unshipped": "orders that should have left",
        "label_unscanned": "labels without a scan",
        "motionless": "parcels that stand still",
    }
    broken = [f"{row['late']} {names.get(row['kind'], row['kind'])}" for row in ours if row["late"]]
    if broken:
        console.print(f"  Our own: {', '.join(broken)}", highlight=False)
    if not (carriers or late or suppliers or broken):
        console.print("  Nobody.")
    if due := sum(row["due"] for row in ours):
        console.print(f"  To leave today: {due} orders", highlight=False)


def stale(settings: Settings, day: date, console: Console) -> None:
    """Which inputs are missing and which marts therefore show an older state."""
    missing = nights.stale_streams(settings, day)
    marts = read(
        settings,
        "reader",
        "SELECT mart_name, stale_streams FROM mart.freshness WHERE is_stale ORDER BY mart_name",
    )
    held = nights.held_loads(settings)
    title(console, "What is stale")
    for known in missing:
        console.print(
            f"  [red]{known.source}.{known.stream}[/] {known.status}: {plain((known.why or '')[:250])}",
            highlight=False,
        )
    if marts:
        console.print(f"  Stale marts: {', '.join(row['mart_name'] for row in marts)}", highlight=False)
    for load_id, source, _, stream, reason in held:
        console.print(
            f"  [yellow]held[/] load {load_id} of {source}.{stream}: {plain((reason or '')[:250])}",
            highlight=False,
        )
    if held:
        console.print(
            f"  If it is right: make release LOAD={held[0][0]}, then make night. If not: it stays out (docs/gates.md).",
            highlight=False,
        )
    if not (missing or marts or held):
        console.print("  Nothing: every source has landed.")


def requests(settings: Settings, console: Console) -> None:
    """People's open requests: how many of each kind, by when, which are overdue. Nobody is named."""
    rows = read(
        settings,
        "privacy",
        "SELECT kind, count(*) AS many, min(due_at)::date AS due, array_agg(request_id ORDER BY due_at)"
        " FILTER (WHERE due_at < now()) AS overdue FROM pii.request WHERE done_at IS NULL GROUP BY 1 ORDER BY 3",
    )
    if not rows:
        return
    title(console, "Who asked about their data")
    for row in rows:
        late = row["overdue"] and f", [red]OVERDUE[/]: {', '.join(map(str, row['overdue']))}"
        console.print(
            f"  {row['many']} open: {row['kind'].replace('_', ' ')}, next due {row['due']}{late or ''}",
            highlight=False,
        )


def missing_records(settings: Settings, console: Console) -> None:
    """Records that could not be used: whose, why, and how to have them after all. Nothing when there are none."""
    missing = put_aside(settings)
    if not missing:
        return
    title(console, "What was put aside")
    for one in missing[:MOST]:
        console.print(
            f"  [yellow]{one.records}[/] of {one.source}.{one.stream}: {plain(one.example[:60])}: field"
            f" {plain(one.field)}: {plain(one.reason[:120])}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if len(missing) > MOST:
        console.print(f"  and {len(missing) - MOST} more reasons, in raw.quarantine", style="dim")
    command = asking_again(missing)
    once_mended = f"{command} asks again" if command else "the next night reads them again"
    console.print(f"  Once the cause is mended: {once_mended}", highlight=False, soft_wrap=True)


def _deed(row: dict[str, Any]) -> str:
    if row["advice"] == "TRANSFER":
        return f"move {row['transfer_qty']:g} from {row['transfer_from_location_code']}"
    if row["advice"] == "EXPEDITE":
        return f"hurry {row['expedite_po_name']}"
    return f"order {row['qty_to_order']:g}"
