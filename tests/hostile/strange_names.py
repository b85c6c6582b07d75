"""A company whose every name is hostile, and still one that vendors deliver: what may stand in a name is not ours to say."""

from dataclasses import replace
from itertools import cycle

from include.sandbox.world.model import World

LONG = 20_000
NAMES = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!channel> *now* <http://x|y>", "[red]late[/red]",
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "＝1+1", "{{7*7}}{%import os%}${7*7}", "%s%n%x",
    "'; DROP SCHEMA raw CASCADE; --", "\\.", "\\N", 'a"b', "a,b;c", "a\nb", "a\u2028b", "\u202egnp.exe", "a\u200bb",
    "\ufeffbom", "\u05de\u05dc\u05d5\u05df", "\U0001f469\u200d\U0001f52c", "I\u0307\u01c5\ufb01", "NULL", "NaN", "infinity", "  two  spaces  ",
    "../../etc/passwd", "x" * LONG,
)  # fmt: skip
SKUS = (
    "caf\u00e9", "cafe\u0301", "CAF\u00c9", "=SKU+1", "<b>SKU</b>", "\u202eUKS", "S\u200bKU", "S KU", "'SKU", "\u5546\u54c1-\uff11", "\U0001f9e6", "null", "0010", "1e3",
    "S|K", "S/K", "s" * 255,
)  # fmt: skip
"""Each is another thing; some differ in nothing that one sees."""


def rename(world: World) -> World:
    """Products, variants, suppliers, campaigns, customers and discounts under these names, in place; ids stay. Sells in its
    own shops alone."""
    names = cycle(NAMES)
    for product in world.products:
        product.title, product.vendor, product.product_type = next(names), next(names), next(names)
    for variant in world.variants:
        variant.title, variant.size, variant.colour = next(names), next(names), next(names)
    for supplier in world.suppliers:
        supplier.name = next(names)
    for customer in world.customers:
        customer.first_name, customer.last_name = next(names), next(names)
    for order in world.orders:
        order.discount_codes = tuple(next(names)[:200] for _ in order.discount_codes)
    world.campaigns[:] = [replace(one, name=f"{next(names)} {one.name}") for one in world.campaigns]
    world.locations[:] = [replace(one, name=next(names)) for one in world.locations]
    for variant, sku in zip(world.variants, SKUS, strict=False):
        variant.sku = sku
    world.marketplace = None  # which knows our SKUs by a table of its own
    return world
