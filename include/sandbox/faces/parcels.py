"""Every parcel that carriers know of: of the shop, of its branches, and those we send for a marketplace."""

from collections.abc import Iterator
from dataclasses import dataclass

from include.sandbox.world.model import Address, Parcel, World


@dataclass(frozen=True, slots=True)
class Followed:
    """A parcel with the places it goes between."""

    parcel: Parcel
    origin: Address
    ship_to: Address


def parcels(world: World) -> Iterator[Followed]:
    """In no order."""
    for company in (world, *world.branches):
        places = {location.id: location.address for location in company.locations}
        sold = [*company.orders, *(company.marketplace.orders if company.marketplace else ())]
        for order in sold:
            for parcel in order.parcels:
                yield Followed(parcel, places[parcel.location_id], order.ship_to)
