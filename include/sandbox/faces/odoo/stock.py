"""Stock in the ERP: moves done, and the quants they and the open orders add up to."""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime
from typing import Any

from include.sandbox.faces.odoo.records import ADJUSTMENT, CUSTOMERS, OUTSIDE, VENDORS, Records, Row, text
from include.sandbox.world.model import Location, Order, StockMove, World

OUTSIDE_OF = {"receipt": VENDORS, "sale": CUSTOMERS, "return": CUSTOMERS}


class Stock:
    """Rows of stock.move and stock.quant at an instant."""

    def __init__(self, records: Records):
        self._records = records
        self._moves = sorted(records.world.stock_moves, key=lambda move: (move.at, move.id))
        self._move_times = [move.at for move in self._moves]
        self._move_rows: list[Row] | None = None
        self._quants: tuple[datetime, list[Row]] | None = None

    def stock_moves(self, now: datetime) -> list[Row]:
        """Done moves, in the order they happened."""
        if self._move_rows is None:
            self._move_rows = [self._move(move) for move in self._moves]
        return self._move_rows[: bisect_right(self._move_times, now)]

    def _move(self, move: StockMove) -> Row:
        name = self._records.product(move.variant_id)
        return {
            "id": move.id,
            "product_id": name,
            "location_id": self._place(move.from_location_id, move.kind),
            "location_dest_id": self._place(move.to_location_id, move.kind),
            "product_uom_qty": float(move.quantity),
            "quantity": float(move.quantity),
            "state": "done",
            "date": text(move.at),
            "origin": move.reference or False,
            "reference": move.reference or False,
            "purchase_line_id": [move.purchase_line_id, name[1]] if move.purchase_line_id else False,
            "x_kind": move.kind,
            "write_date": text(move.at),
        }

    def _place(self, location_id: int | None, kind: str) -> list[Any]:
        if location_id is None:
            outside = OUTSIDE_OF.get(kind, ADJUSTMENT)
            return [outside, OUTSIDE[outside][1]]
        location = self._records.locations[location_id]
        return [location.erp_id, f"{location.code}/Stock"]

    def quants(self, now: datetime) -> list[Row]:
        """Stock by product and internal location: all moves so far, and what unshipped orders reserve."""
        if self._quants is None or self._quants[0] != now:
            self._quants = (now, self._counted(now))
        return self._quants[1]

    def _counted(self, now: datetime) -> list[Row]:
        stock: dict[tuple[int, int], int] = defaultdict(int)
        for move in self._moves[: bisect_right(self._move_times, now)]:
            if move.from_location_id is not None:
                stock[move.variant_id, move.from_location_id] -= move.quantity
            if move.to_location_id is not None:
                stock[move.variant_id, move.to_location_id] += move.quantity
        reserved = reserved_units(self._records.world, now)
        rows = []
        for key in sorted(stock.keys() | reserved.keys()):
            product, location = self._records.product(key[0]), self._records.locations[key[1]]
            rows.append(
                {
                    "id": product[0] * 1000 + location.erp_id,
                    "product_id": product,
                    "location_id": [location.erp_id, f"{location.code}/Stock"],
                    "quantity": float(stock.get(key, 0)),
                    "reserved_quantity": float(reserved.get(key, 0)),
                    "write_date": text(now),
                }
            )
        return rows


def reserved_units(world: World, now: datetime) -> dict[tuple[int, int], int]:
    """(variant, location) -> units of open orders that have neither left the warehouse nor been cancelled."""
    reserved: dict[tuple[int, int], int] = defaultdict(int)
    for order in world.orders:
        if order.created_at > now or order.test or (order.cancelled_at and order.cancelled_at <= now):
            continue
        for line in order.lines:
            waiting = line.quantity - _cancelled(order, line.id, now)
            for parcel in order.parcels:
                packed = parcel.line_quantities.get(line.id, 0)
                waiting -= packed
                if packed and parcel.created_at > now:
                    reserved[line.variant_id, parcel.location_id] += packed
            if waiting > 0:
                reserved[line.variant_id, _ships_from(world, order, line.id, now)] += waiting
    return reserved


def _cancelled(order: Order, line_id: int, now: datetime) -> int:
    parts = (part for refund in order.refunds if refund.at <= now for part in refund.lines)
    return sum(part.quantity for part in parts if part.line_id == line_id and part.restock_type == "CANCEL")


def _ships_from(world: World, order: Order, line_id: int, now: datetime) -> int:
    """The plan if there is one, else the warehouse that serves the destination."""
    planned = (
        parcel for parcel in order.parcels if parcel.created_at > now and line_id in parcel.line_quantities
    )
    parcel = next(planned, None)
    return parcel.location_id if parcel else preferred(world, order).id


def preferred(world: World, order: Order) -> Location:
    """The warehouse that serves the order's destination."""
    province = order.ship_to.province
    serving = [location for location in world.locations if province in location.provinces]
    others = [location for location in world.locations if not location.provinces]
    return (serving or others or world.locations)[0]
