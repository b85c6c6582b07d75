"""The schema made answerable: every field of every type, from one set of tables.

The same tables serve graphql-core (single queries) and the bulk walker.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    is_interface_type,
    is_object_type,
)

from include.sandbox.faces.shopify import customer_fields, delivery_fields, order_fields, shop_fields
from include.sandbox.faces.shopify.connections import Page, page
from include.sandbox.faces.shopify.context import Connection, Context, Resolver
from include.sandbox.faces.shopify.order_state import OrderState
from include.sandbox.faces.shopify.readers import Part, value
from include.sandbox.faces.shopify.records import COLLECTIONS, sort_key
from include.sandbox.faces.shopify.schema import schema
from include.sandbox.faces.shopify.values import split_gid
from include.sandbox.world.model import World

SOURCES: dict[type, str] = {
    **shop_fields.SOURCES,
    **customer_fields.SOURCES,
    OrderState: "Order",
    Part: "ReturnLineItem",
    dict: "BulkOperation",
}

PAGING = ("first", "after", "last", "before", "reverse")


def _list_of(collection: str) -> Connection:
    default = "NAME" if collection == "locations" else "PROCESSED_AT" if collection == "orders" else "ID"

    def items(
        root: Any,
        context: Context,
        query: str | None = None,
        sortKey: str = default,
        **ignored: Any,
    ) -> list[Any]:
        found, warnings = context.finder.find(collection, query, sortKey)
        if warnings:
            context.warnings.append({"path": [collection], "query": query, "warnings": warnings})
        return found

    return Connection(items, lambda sortKey=default, **ignored: sort_key(collection, sortKey))


def _node(root: Any, context: Context, id: str) -> Any:
    found = split_gid(id)
    if found is None:
        return context.bulk.find(id)
    kind, number = found
    shop = context.shop
    holders: dict[str, dict[int, Any]] = {
        "Order": shop.orders,
        "Customer": shop.customers,
        "Product": shop.products,
        "ProductVariant": shop.variants,
        "Location": shop.locations,
        "AbandonedCheckout": shop.checkouts,
    }
    if kind == "BulkOperation":
        return context.bulk.find(id)
    return holders[kind].get(number) if kind in holders else None


def _bulk_url(operation: dict[str, Any], context: Context) -> str | None:
    return f"{context.base_url}{operation['path']}" if operation["path"] else None


_BULK_FIELDS = ("id", "status", "errorCode", "createdAt", "completedAt")
_BULK_COUNTS = ("objectCount", "rootObjectCount")

_ROOTS: dict[str, dict[str, Resolver]] = {
    "QueryRoot": {
        "shop": lambda root, context: context.shop,
        "node": _node,
        "nodes": lambda root, context, ids: [_node(root, context, id) for id in ids],
        "bulkOperation": lambda root, context, id: context.bulk.find(id),
    },
    "Mutation": {
        "bulkOperationRunQuery": lambda root, context, query, groupObjects=False: context.bulk.start(
            query, groupObjects
        ),
    },
    "BulkOperationRunQueryPayload": {
        "bulkOperation": lambda payload, context: payload["bulkOperation"],
        "userErrors": lambda payload, context: payload["userErrors"],
    },
    "BulkOperationUserError": {
        name: lambda error, context, name=name: error[name] for name in ("field", "message", "code")
    },
    "BulkOperation": {
        **{name: lambda operation, context, name=name: operation[name] for name in _BULK_FIELDS},
        **{name: lambda operation, context, name=name: str(operation[name]) for name in _BULK_COUNTS},
        "fileSize": lambda operation, context: (
            None if operation["fileSize"] is None else str(operation["fileSize"])
        ),
        "url": _bulk_url,
        "partialDataUrl": lambda operation, context: None,
    },
    "PageInfo": {
        "hasNextPage": lambda found, context: found.has_next,
        "endCursor": lambda found, context: found.end_cursor,
    },
}

FIELDS: dict[str, dict[str, Resolver]] = {}
for _table in (
    _ROOTS,
    shop_fields.FIELDS,
    customer_fields.FIELDS,
    order_fields.FIELDS,
    delivery_fields.FIELDS,
):
    for _type, _fields in _table.items():
        FIELDS.setdefault(_type, {}).update(_fields)

CONNECTIONS: dict[tuple[str, str], Connection] = {
    **{("QueryRoot", collection): _list_of(collection) for collection in COLLECTIONS},
    **shop_fields.CONNECTIONS,
    **customer_fields.CONNECTIONS,
    **order_fields.CONNECTIONS,
    **delivery_fields.CONNECTIONS,
}

CONNECTION_FIELDS: dict[str, Resolver] = {"nodes": value("nodes"), "pageInfo": lambda found, context: found}


def executable(world: World) -> GraphQLSchema:
    """The schema for this world with a resolver on every field."""
    countries = {world.company.country} | {place.address.country for place in world.locations}
    countries |= {customer.address.country for customer in world.customers}
    countries |= {order.ship_to.country for order in world.orders}
    made = schema(frozenset(countries), frozenset({world.company.currency}))
    for kind in made.type_map.values():
        if kind.name.startswith("__"):
            continue
        if is_object_type(kind):
            _attach(kind)
        elif is_interface_type(kind):
            _tell_types(kind)
    return made


def _attach(kind: GraphQLObjectType) -> None:
    for name, field in kind.fields.items():
        if (kind.name, name) in CONNECTIONS:
            field.resolve = _paged(CONNECTIONS[(kind.name, name)])
        elif kind.name.endswith("Connection"):
            field.resolve = _plain(CONNECTION_FIELDS[name])
        else:
            field.resolve = _plain(FIELDS[kind.name][name])


def _tell_types(kind: GraphQLInterfaceType) -> None:
    kind.resolve_type = lambda source, info, abstract: SOURCES[type(source)]


def _plain(read: Resolver) -> Callable[..., Any]:
    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return read(source, info.context, **arguments)

    return resolve


def _paged(connection: Connection) -> Callable[..., Page]:
    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Page:
        paging = {name: arguments.pop(name) for name in PAGING if name in arguments}
        arguments.pop("savedSearchId", None)
        items = connection.items(source, info.context, **arguments)
        return page(items, connection.key(**arguments), **paging)

    return resolve
