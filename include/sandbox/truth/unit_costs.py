"""What a unit of the goods costs."""

from datetime import datetime

from include.sandbox.truth.moments import happened
from include.sandbox.world.model import World


def unit_costs(world: World) -> dict[str, int]:
    """What a unit of each SKU costs, in minor units; SKUs of unknown cost are left out."""
    by_variant = costs_of_variants(world)
    return {one.sku: by_variant[one.id] for one in world.variants if one.id in by_variant}


def costs_of_variants(world: World) -> dict[int, int]:
    """What a unit costs: the ERP's figure, else the cheapest supplier's price, else not known."""
    costs: dict[int, int] = {}
    for offer in world.offers:
        costs[offer.variant_id] = min(offer.price_minor, costs.get(offer.variant_id, offer.price_minor))
    for variant in world.variants:
        if variant.cost_minor:
            costs[variant.id] = variant.cost_minor
    return costs


def deleted_by(world: World, moment: datetime) -> set[int]:
    """The variants of products that were deleted by then."""
    gone = {product.id for product in world.products if happened(product.deleted_at, moment)}
    return {variant.id for variant in world.variants if variant.product_id in gone}
