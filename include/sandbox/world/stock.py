"""The stock ledger: goods are promised when an order is placed and leave when its parcel does.

`free` is what may still be promised; on hand is `free` plus what is promised and not yet shipped, so
neither can fall below zero.
"""

from collections.abc import Sequence
from datetime import datetime

from include.sandbox.world.model import Location, StockMove

FIRST_MOVE_ID = 20_001


class Stock:
    """Free units per (variant, location) and every move, in the order in which they were decided."""

    def __init__(self, locations: Sequence[Location], offset: int = 0):
        self._offset = offset
        self.locations = locations
        self.main = locations[0]
        self.free: dict[tuple[int, int], int] = {}
        self.on_order: dict[tuple[int, int], int] = {}
        self.moves: list[StockMove] = []

    def preferred(self, province: str | None) -> Location:
        """The location that serves a destination first."""
        return next((place for place in self.locations if province in place.provinces), self.main)

    def others(self, location: Location) -> list[Location]:
        return [place for place in self.locations if place is not location]

    def free_at(self, variant_id: int, location: Location) -> int:
        return self.free.get((variant_id, location.id), 0)

    def promise(self, variant_id: int, location: Location, quantity: int) -> None:
        """Set units aside for an order; raises ValueError when there are not enough."""
        self._change(variant_id, location.id, -quantity)

    def release(self, variant_id: int, location: Location, quantity: int) -> None:
        """Units set aside for an order that will not ship."""
        self._change(variant_id, location.id, quantity)

    def ship(self, at: datetime, variant_id: int, location: Location, quantity: int, reference: str) -> None:
        """Promised units leave; `at` may lie ahead."""
        self._move(at, variant_id, location.id, None, quantity, "sale", reference)

    def arrive(
        self, at: datetime, variant_id: int, location_id: int, quantity: int, kind: str, reference: str,
        purchase_line_id: int | None = None,
    ) -> None:  # fmt: skip
        """Units come in from outside: kinds opening, receipt, return, adjustment."""
        self._change(variant_id, location_id, quantity)
        self._move(at, variant_id, None, location_id, quantity, kind, reference, purchase_line_id)

    def write_off(
        self, at: datetime, variant_id: int, location: Location, quantity: int, reference: str
    ) -> None:
        """An adjustment downwards."""
        self._change(variant_id, location.id, -quantity)
        self._move(at, variant_id, location.id, None, quantity, "adjustment", reference)

    def transfer(
        self, at: datetime, variant_id: int, donor: Location, taker: Location, quantity: int, reference: str
    ) -> None:
        self._change(variant_id, donor.id, -quantity)
        self._change(variant_id, taker.id, quantity)
        self._move(at, variant_id, donor.id, taker.id, quantity, "transfer", reference)

    def send_out(
        self, at: datetime, variant_id: int, location: Location, quantity: int, reference: str
    ) -> None:
        """Units leave for somebody else's warehouse; they are still ours, but not in our house."""
        self._change(variant_id, location.id, -quantity)
        self._move(at, variant_id, location.id, None, quantity, "transfer", reference)

    def expect(self, variant_id: int, location_id: int, quantity: int) -> None:
        """Add to (or take from) what is on its way from suppliers."""
        key = (variant_id, location_id)
        self.on_order[key] = self.on_order.get(key, 0) + quantity

    def promised(self, at: datetime) -> dict[tuple[int, int], int]:
        """Units on the shelves at an instant that belong to orders not yet shipped."""
        waiting: dict[tuple[int, int], int] = {}
        for move in self.moves:
            if move.kind == "sale" and move.at > at and move.from_location_id is not None:
                key = (move.variant_id, move.from_location_id)
                waiting[key] = waiting.get(key, 0) + move.quantity
        return waiting

    def _change(self, variant_id: int, location_id: int, quantity: int) -> None:
        key = (variant_id, location_id)
        left = self.free.get(key, 0) + quantity
        if left < 0:
            raise ValueError(f"variant {variant_id} at {location_id}: {-left} units short")
        self.free[key] = left

    def _move(
        self, at: datetime, variant_id: int, source: int | None, target: int | None, quantity: int, kind: str,
        reference: str, purchase_line_id: int | None = None,
    ) -> None:  # fmt: skip
        number = FIRST_MOVE_ID + self._offset + len(self.moves)
        self.moves.append(
            StockMove(number, at, variant_id, source, target, quantity, kind, reference, purchase_line_id)
        )
