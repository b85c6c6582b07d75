"""Who sells us what: suppliers with lead times, minimum order and pack sizes, simulated or as told."""

from collections.abc import Sequence
from random import Random

from include.sandbox.world.book import Item, SupplierRow
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import Supplier, SupplierOffer, Variant

FIRST_SUPPLIER_ID, FIRST_OFFER_ID = 41, 901
WORDS = [
    "Northfield",
    "Harbour",
    "Juniper",
    "Cedar",
    "Prairie",
    "Granite",
    "Willow",
    "Summit",
    "Meadow",
    "Anchor",
    "Falcon",
    "Maple",
    "Orchard",
    "Pioneer",
    "Quarry",
    "Ridge",
    "Sterling",
    "Thistle",
    "Union",
    "Valley",
    "Westgate",
    "Beacon",
    "Copper",
    "Delta",
    "Elm",
]
TRADES = ("Foods", "Wholesale", "Trading", "Supply", "Brands", "Imports")
COUNTRIES = ("US", "US", "US", "US", "MX", "CA", "IT", "CN")
PACKS = (1, 3, 6, 12, 24)
USUAL_COST_SHARE = 0.5


def simulate(
    items: Sequence[Item], variants: Sequence[Variant], dice: Dice, home: str
) -> tuple[list[Supplier], list[SupplierOffer]]:
    """12 to 25 suppliers (fewer for tiny assortments); every maker's goods come from one of them, and
    one SKU in twelve can also be had, dearer, from a second."""
    roll = dice.roll("suppliers", 0)
    count = max(3, min(25, 12 + len(items) // 100))
    suppliers = [_supplier(roll, n, home) for n in range(count)]
    makers = sorted({item.group[0] for item in items})
    maker_of = {maker: suppliers[roll.randrange(count)] for maker in makers}
    offers: list[SupplierOffer] = []
    for item, variant in zip(items, variants, strict=True):
        supplier = maker_of[item.group[0]]
        offers.append(_offer(len(offers), supplier, item, variant, 1.0))
        if roll.random() < 1 / 12:
            other = suppliers[roll.randrange(count)]
            if other is not supplier:
                offers.append(_offer(len(offers), other, item, variant, 1.06 + roll.random() * 0.1))
    _set_minimum_orders(suppliers, offers, items, variants)
    return suppliers, offers


def from_rows(
    rows: Sequence[SupplierRow], variants: Sequence[Variant]
) -> tuple[list[Supplier], list[SupplierOffer]]:
    """The suppliers of a shop's own suppliers.csv."""
    variant_of = {variant.sku: variant for variant in variants}
    suppliers: dict[str, Supplier] = {}
    offers: list[SupplierOffer] = []
    for row in rows:
        supplier = suppliers.get(row.supplier)
        if supplier is None:
            number = FIRST_SUPPLIER_ID + len(suppliers)
            email = row.email or f"orders@supplier{number}.example.com"
            supplier = Supplier(
                number, row.supplier, row.country, email, row.lead_time_days, row.min_order_minor
            )
            suppliers[row.supplier] = supplier
        offers.append(
            SupplierOffer(
                FIRST_OFFER_ID + len(offers),
                supplier.id,
                variant_of[row.sku].id,
                row.price_minor,
                row.min_quantity,
                row.pack_size,
                row.lead_time_days,
            )
        )
    return list(suppliers.values()), offers


def _supplier(roll: Random, number: int, home: str) -> Supplier:
    name = f"{WORDS[number % len(WORDS)]} {roll.choice(TRADES)}"
    country = roll.choice(COUNTRIES) if home == "US" else home
    lead_time = roll.randint(12, 24) if country in ("IT", "CN") else roll.randint(3, 12)
    email = f"orders@{name.lower().replace(' ', '-')}.example.com"
    return Supplier(FIRST_SUPPLIER_ID + number, name, country, email, lead_time, 0)


def _offer(number: int, supplier: Supplier, item: Item, variant: Variant, dearer: float) -> SupplierOffer:
    """Packs hold at most about three weeks of a SKU's whole demand."""
    pack = max((size for size in PACKS if size <= max(1.0, item.daily_units * 21)), default=1)
    cost = variant.cost_minor or max(1, round(item.price_minor * USUAL_COST_SHARE))
    lead_time = supplier.lead_time_days + (2 if dearer > 1 else 0)
    minimum = pack * (2 if item.daily_units * 21 > pack * 2 else 1)
    return SupplierOffer(
        FIRST_OFFER_ID + number,
        supplier.id,
        variant.id,
        max(1, round(cost * dearer)),
        minimum,
        pack,
        lead_time,
    )


def _set_minimum_orders(
    suppliers: list[Supplier], offers: list[SupplierOffer], items: Sequence[Item], variants: Sequence[Variant]
) -> None:
    """A supplier wants at least half a week of what we sell of his goods, in a round amount."""
    daily = {variant.id: item.daily_units for item, variant in zip(items, variants, strict=True)}
    for supplier in suppliers:
        week = sum(
            offer.price_minor * daily[offer.variant_id] * 7
            for offer in offers
            if offer.supplier_id == supplier.id
        )
        supplier.min_order_minor = int(week * 0.5) // 500 * 500
