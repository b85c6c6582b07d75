"""What may lie beside an order book: stock.csv, suppliers.csv and costs.csv (docs/order-book.md)."""

from pathlib import Path

from include.csv_table import Problems, rows
from include.sandbox.world.book import SideFiles, SupplierRow

STOCK = ("sku", "location", "on_hand")
SUPPLIERS = ("supplier", "sku", "lead_time_days", "min_quantity", "pack_size", "unit_price")
SUPPLIERS_OPTIONAL = ("country", "email", "min_order")
COSTS = ("sku", "unit_cost")


def read_side_files(folder: Path, digits: int, country: str, problems: Problems) -> SideFiles:
    """The files that exist; None stands for one that does not, and is then simulated."""
    side = SideFiles()
    if (folder / "stock.csv").exists():
        _read_stock(folder / "stock.csv", side, problems)
    if (folder / "suppliers.csv").exists():
        side.suppliers = _read_suppliers(folder / "suppliers.csv", digits, country, problems)
    if (folder / "costs.csv").exists():
        side.costs = _read_costs(folder / "costs.csv", digits, problems)
    return side


def _read_stock(path: Path, side: SideFiles, problems: Problems) -> None:
    side.stock = {}
    for row in rows(path, STOCK, (), problems):
        key = (row.needed("sku"), row.needed("location"))
        on_hand = row.whole("on_hand", least=0)
        if key in side.stock:
            row.wrong("sku", f"{key[0]} at {key[1]} stands there twice")
        if key[1] and len(key[1].split()) > 1:
            row.wrong("location", f"{key[1]!r} is not one word")
        side.stock[key] = on_hand
        if key[1] not in side.location_codes:
            side.location_codes.append(key[1])


def _read_suppliers(path: Path, digits: int, country: str, problems: Problems) -> list[SupplierRow]:
    found: list[SupplierRow] = []
    seen: set[tuple[str, str]] = set()
    for row in rows(path, SUPPLIERS, SUPPLIERS_OPTIONAL, problems):
        key = (row.needed("supplier"), row.needed("sku"))
        if key in seen:
            row.wrong("sku", f"{key[1]} from {key[0]} stands there twice")
        seen.add(key)
        found.append(
            SupplierRow(
                supplier=key[0],
                sku=key[1],
                lead_time_days=row.whole("lead_time_days", least=0),
                min_quantity=row.whole("min_quantity", least=1, default=1),
                pack_size=row.whole("pack_size", least=1, default=1),
                price_minor=row.minor("unit_price", digits),
                country=row.code("country", 2, country),
                email=row.text("email") or None,
                min_order_minor=row.minor("min_order", digits, default=0),
            )
        )
    return found


def _read_costs(path: Path, digits: int, problems: Problems) -> dict[str, int]:
    costs: dict[str, int] = {}
    for row in rows(path, COSTS, (), problems):
        sku, cost = row.needed("sku"), row.minor("unit_cost", digits)
        if sku in costs:
            row.wrong("sku", f"{sku} stands there twice")
        costs[sku] = cost
    return costs
