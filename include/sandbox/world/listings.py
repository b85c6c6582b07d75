"""What the company offers on the marketplace: a fixed table, so that `seeds/sku_map.csv` can know it.

A seller SKU never equals ours. `LP-CJ-995242-FBA` is one unit kept by the marketplace, `-FBM` one that we
ship ourselves, `-2PK` a kit of two, `-SET` one unit each of two neighbours in the list. Exactly one
listing, LP-UNMAPPED, is missing from the seed: somebody forgot it. Goods that are not in the assortment
are not offered.
"""

import csv
import hashlib
from pathlib import Path

from include.sandbox.world.model import Listing, Product, Variant

CHANNEL = "amazon"
UNMAPPED = "LP-UNMAPPED"
ALWAYS = "2000-01-01"

# The sixty best sellers of the book, best first.
SKUS = tuple(
    f"CJ-{number}"
    for number in (
        995242, 1029743, 1133018, 981760, 1106523, 883404, 908531, 5569230, 951590, 826249,
        862349, 1058997, 1098066, 840361, 849843, 994928, 1126899, 859075, 1065593, 1070820,
        844165, 923746, 1053690, 833715, 1013321, 1022003, 938700, 927191, 914190, 5569471,
        1096036, 962229, 1092026, 1080414, 1071939, 862139, 8090521, 929668, 953476, 8090537,
        1085604, 976998, 907014, 833025, 909894, 1068719, 999971, 868764, 930917, 5568378,
        987562, 965766, 822407, 1053763, 1050229, 1124729, 1038217, 1120741, 893501, 1075368,
    )
)  # fmt: skip
KIT_EVERY, MERCHANT_EVERY, SET_EVERY = 8, 4, 20
UNMAPPED_SKU = SKUS[9]


def table() -> list[tuple[str, str, tuple[tuple[str, int], ...]]]:
    """(seller SKU, fulfilled by, ((our SKU, units), …)) of everything offered but LP-UNMAPPED.

    Every fourth SKU is shipped by ourselves, every eighth is also a kit of two, every twentieth leads a
    set of two different SKUs; sets are shipped by ourselves and by the marketplace in turn.
    """
    rows: list[tuple[str, str, tuple[tuple[str, int], ...]]] = []
    for rank, sku in enumerate(SKUS):
        if rank % MERCHANT_EVERY == 3:
            rows.append((f"LP-{sku}-FBM", "MERCHANT", ((sku, 1),)))
        else:
            rows.append((f"LP-{sku}-FBA", "AMAZON", ((sku, 1),)))
        if rank % KIT_EVERY == 1:
            rows.append((f"LP-{sku}-2PK", "AMAZON", ((sku, 2),)))
        if rank % SET_EVERY == 0:
            keeper = "AMAZON" if rank % (2 * SET_EVERY) else "MERCHANT"
            rows.append((f"LP-{sku}-SET", keeper, ((sku, 1), (SKUS[rank + 1], 1))))
    return rows


def offered(variants: list[Variant], products: list[Product]) -> list[Listing]:
    """The listings whose goods are in the assortment; none at all for other books."""
    variant_of = {variant.sku: variant for variant in variants}
    titles = {product.id: product.title for product in products}
    rows = [*table(), (UNMAPPED, "AMAZON", ((UNMAPPED_SKU, 1),))]
    return [
        _listing(seller_sku, keeper, [(variant_of[sku], units) for sku, units in parts], titles)
        for seller_sku, keeper, parts in rows
        if all(sku in variant_of for sku, _ in parts)
    ]


def write_sku_map(path: Path) -> None:
    """The seed that tells the warehouse which of our SKUs a seller SKU stands for."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("channel", "channel_sku", "sku", "units_per", "valid_from", "valid_to"))
        for seller_sku, _, parts in table():
            writer.writerows((CHANNEL, seller_sku, sku, units, ALWAYS, "") for sku, units in parts)


def _listing(
    seller_sku: str, keeper: str, parts: list[tuple[Variant, int]], titles: dict[int, str]
) -> Listing:
    """The marketplace's price is ours and a fifth, plus a little for its fees, ending in 9."""
    goods = sum(variant.prices[0].price_minor * units for variant, units in parts)
    price = (goods * 6 // 5 + 60) // 10 * 10 + 9
    words = " and ".join(titles[variant.product_id] for variant, _ in parts)
    count = sum(units for _, units in parts)
    return Listing(
        seller_sku=seller_sku,
        asin="B0" + hashlib.md5(seller_sku.encode(), usedforsecurity=False).hexdigest()[:8].upper(),
        title=f"{words} ({count} pack)" if count > 1 else words,
        price_minor=price,
        fulfilled_by=keeper,
        components=tuple((variant.id, units) for variant, units in parts),
    )
