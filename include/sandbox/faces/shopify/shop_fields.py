"""How each field of the shop, its catalogue and its stock is read."""

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from include.sandbox.faces.shopify.context import Connection, Connections, Context, Fields, by_id
from include.sandbox.faces.shopify.readers import gid_of, same, value, when
from include.sandbox.faces.shopify.shop import ProductState, VariantState
from include.sandbox.faces.shopify.values import decimal, fixed, gid, instant
from include.sandbox.world.model import Location

SHOP_ID = 1


@dataclass(slots=True, frozen=True)
class Level:
    """An inventory item at a location."""

    variant: VariantState
    location_id: int

    @property
    def id(self) -> int:
        return self.location_id

    @property
    def place(self) -> tuple[int, int]:
        return (self.variant.id, self.location_id)


def _handle(state: ProductState, context: Context) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", state.product.title.casefold()).strip("-")
    return f"{words}-{state.product.id}"


def _is_tracked(state: VariantState) -> bool:
    return not state.product.is_gift_card


def _price(state: VariantState, context: Context) -> str:
    return fixed(state.price_minor, context.shop.company.minor_digits)


def _compare_at(state: VariantState, context: Context) -> str | None:
    """The old price, struck through, while the variant sells for less."""
    if state.previous_minor is None or state.previous_minor <= state.price_minor:
        return None
    return fixed(state.previous_minor, context.shop.company.minor_digits)


def _total_inventory(state: ProductState, context: Context) -> int:
    return sum(context.shop.stock.available(variant.id) for variant in state.variants)


def _levels(
    state: VariantState, context: Context, includeInactive: bool = False, query: str | None = None
) -> list[Level]:
    return [Level(state, number) for number in context.shop.stock.locations_of(state.id)]


def _level_id(level: Level, context: Context) -> str:
    item = level.variant.variant.inventory_item_id
    return f"{gid('InventoryLevel', level.location_id)}?inventory_item_id={item}"


def _moved_at(level: Level, context: Context) -> str:
    return instant(context.shop.stock.moved_at[level.place])


def _quantities(level: Level, context: Context, names: list[str]) -> list[dict[str, Any]]:
    stock = context.shop.stock
    counted = {name: stock.quantity(level.place, name) for name in names}
    moved_at = _moved_at(level, context)
    return [
        {"name": name, "quantity": quantity, "updatedAt": moved_at}
        for name, quantity in counted.items()
        if quantity is not None
    ]


def _item_updated(state: VariantState, context: Context) -> str:
    stock = context.shop.stock
    moves = [stock.moved_at[(state.id, number)] for number in stock.locations_of(state.id)]
    return instant(max([state.updated_at, *moves]))


def _company(name: str) -> Any:
    return lambda source, context: getattr(context.shop.company, name)


FIELDS: Fields = {
    "MoneyBag": {"shopMoney": same, "presentmentMoney": same},
    "MoneyV2": {
        "amount": lambda minor, context: decimal(minor, context.shop.company.minor_digits),
        "currencyCode": _company("currency"),
    },
    "MailingAddress": {
        "city": value("city"),
        "zip": value("zip"),
        "provinceCode": value("province"),
        "countryCodeV2": value("country"),
    },
    "LocationAddress": {
        "city": value("city"),
        "provinceCode": value("province"),
        "countryCode": value("country"),
    },
    "Shop": {
        "id": lambda shop, context: gid("Shop", SHOP_ID),
        "name": _company("name"),
        "myshopifyDomain": _company("shop_domain"),
        "currencyCode": _company("currency"),
        "ianaTimezone": _company("timezone"),
    },
    "Location": {
        "id": gid_of("Location"),
        "name": value("name"),
        "isActive": lambda location, context: True,
        "fulfillsOnlineOrders": lambda location, context: True,
        "address": value("address"),
    },
    "Product": {
        "id": gid_of("Product"),
        "title": value("product.title"),
        "handle": _handle,
        "productType": value("product.product_type"),
        "vendor": value("product.vendor"),
        "status": lambda state, context: "ACTIVE",
        "tags": lambda state, context: [],
        "createdAt": when("product.created_at"),
        "updatedAt": when("updated_at"),
        "publishedAt": when("product.created_at"),
        "totalInventory": _total_inventory,
        "tracksInventory": lambda state, context: any(_is_tracked(variant) for variant in state.variants),
    },
    "ProductVariant": {
        "id": gid_of("ProductVariant"),
        "sku": value("variant.sku"),
        "title": value("variant.title"),
        "barcode": value("variant.barcode"),
        "price": _price,
        "compareAtPrice": _compare_at,
        "updatedAt": when("updated_at"),
        "inventoryQuantity": lambda state, context: context.shop.stock.available(state.id),
        "inventoryItem": same,
    },
    "InventoryItem": {
        "id": lambda state, context: gid("InventoryItem", state.variant.inventory_item_id),
        "sku": value("variant.sku"),
        "tracked": lambda state, context: _is_tracked(state),
        "unitCost": value("variant.cost_minor"),
        "updatedAt": _item_updated,
    },
    "InventoryLevel": {
        "id": _level_id,
        "item": value("variant"),
        "location": lambda level, context: context.shop.locations[level.location_id],
        "updatedAt": _moved_at,
        "quantities": _quantities,
    },
    "InventoryQuantity": {
        "name": lambda quantity, context: quantity["name"],
        "quantity": lambda quantity, context: quantity["quantity"],
        "updatedAt": lambda quantity, context: quantity["updatedAt"],
    },
}

CONNECTIONS: Connections = {
    ("Product", "variants"): Connection(
        lambda state, context, sortKey="POSITION": sorted(state.variants, key=attrgetter("id")), by_id
    ),
    ("InventoryItem", "inventoryLevels"): Connection(_levels, by_id),
}

SOURCES = {
    Location: "Location",
    ProductState: "Product",
    VariantState: "ProductVariant",
}
