"""Stock by variant and location at one instant, from the moves that had happened."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from include.sandbox.faces.shopify.order_state import OrderState
from include.sandbox.world.model import Order, World

Place = tuple[int, int]


class Stock:
    """Units by (variant id, location id). A variant is stocked where it ever had a move."""

    def __init__(self, world: World, orders: Iterable[OrderState], now: datetime):
        self.world, self.now = world, now
        self.on_hand: Counter[Place] = Counter()
        self.moved_at: dict[Place, datetime] = {}
        self._move()
        self.committed = self._committed(orders)
        self.incoming = self._incoming()
        self._locations: dict[int, list[int]] = {}
        for variant_id, location_id in self.moved_at:
            self._locations.setdefault(variant_id, []).append(location_id)

    def locations_of(self, variant_id: int) -> list[int]:
        return sorted(self._locations.get(variant_id, ()))

    def quantity(self, place: Place, name: str) -> int | None:
        """The quantity Shopify calls `name`; None for a name the sandbox does not know."""
        if name == "available":
            return self.on_hand[place] - self.committed[place]
        counts = {"on_hand": self.on_hand, "committed": self.committed, "incoming": self.incoming}
        return counts[name][place] if name in counts else None

    def available(self, variant_id: int) -> int:
        places = ((variant_id, location_id) for location_id in self.locations_of(variant_id))
        return sum(self.on_hand[place] - self.committed[place] for place in places)

    def _move(self) -> None:
        for move in self.world.stock_moves:
            if move.at >= self.now:
                continue
            if move.from_location_id is not None:
                self._touch((move.variant_id, move.from_location_id), -move.quantity, move.at)
            if move.to_location_id is not None:
                self._touch((move.variant_id, move.to_location_id), move.quantity, move.at)

    def _touch(self, place: Place, quantity: int, at: datetime) -> None:
        self.on_hand[place] += quantity
        self.moved_at[place] = max(at, self.moved_at.get(place, at))

    def _committed(self, orders: Iterable[OrderState]) -> Counter[Place]:
        committed: Counter[Place] = Counter()
        for state in orders:
            if state.order.test or state.is_cancelled or state.fulfillment_status == "FULFILLED":
                continue
            for line in state.order.lines:
                waiting = state.unshipped_quantity(line)
                if waiting:
                    committed[(line.variant_id, self._assigned(state.order, line.id))] += waiting
        return committed

    def _assigned(self, order: Order, line_id: int) -> int:
        """Where the line will be shipped from: the plan if there is one, else the nearest location."""
        for parcel in order.parcels:
            if parcel.created_at >= self.now and line_id in parcel.line_quantities:
                return parcel.location_id
        province = order.ship_to.province
        nearest = [place for place in self.world.locations if province in place.provinces]
        others = [place for place in self.world.locations if not place.provinces]
        return (nearest or others or self.world.locations)[0].id

    def _incoming(self) -> Counter[Place]:
        incoming: Counter[Place] = Counter()
        for order in self.world.purchase_orders:
            approved = order.approved_at is not None and order.approved_at < self.now
            cancelled = order.cancelled_at is not None and order.cancelled_at < self.now
            if not approved or cancelled:
                continue
            for line in order.lines:
                received = sum(receipt.quantity for receipt in line.receipts if receipt.at < self.now)
                incoming[(line.variant_id, order.location_id)] += max(line.quantity - received, 0)
        return incoming
