"""Our schema is a part of Shopify's own: nothing in it that a real shop would not understand."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLSchema,
    build_schema,
    is_enum_type,
    is_input_type,
    is_object_type,
    print_ast,
)

from include.sandbox.faces.shopify.resolvers import executable
from include.sandbox.faces.shopify.schema import schema
from tests.sandbox import tiny

BESIDE_THE_REPOSITORY = "*/contracts/shopify/admin-2026-07*.graphql"
PUBLISHED = next(Path(__file__).parents[3].glob(BESIDE_THE_REPOSITORY), None)
"""A copy of the schema Shopify publishes, where there is one; it is not ours to pass on."""

NOT_IN_THE_EXCERPT = {
    "Node",
    "InventoryLevel.item",
    "LineItem.isGiftCard",
    "QueryRoot.node",
    "QueryRoot.nodes",
    "QueryRoot.productVariants",
}
"""Part of the real schema (shopify.dev), but cut from the excerpt we compare with."""


def differences(ours: GraphQLSchema, theirs: GraphQLSchema) -> set[str]:
    found: set[str] = set()
    for name, kind in ours.type_map.items():
        if name.startswith("__"):
            continue
        real = theirs.type_map.get(name)
        if real is None:
            found.add(name)
        elif is_enum_type(kind):
            found |= {f"{name}.{value}" for value in set(kind.values) - set(real.values)}
        elif not is_input_type(kind):
            found |= field_differences(name, kind, real)
    return found


def field_differences(name, ours, theirs) -> set[str]:
    found = set()
    for field_name, field in ours.fields.items():
        path, real = f"{name}.{field_name}", theirs.fields.get(field_name)
        if real is None or str(real.type) != str(field.type):
            found.add(path)
            continue
        for argument_name, argument in field.args.items():
            same = real.args.get(argument_name)
            if same is None or written(same) != written(argument):
                found.add(f"{path}({argument_name})")
    return found


def written(argument: GraphQLArgument) -> tuple[str, str]:
    """Type and default as the schema's text has them."""
    default = argument.ast_node.default_value
    return str(argument.type), print_ast(default) if default else ""


def test_every_type_field_and_argument_is_shopifys_own():
    if PUBLISHED is None:
        pytest.skip(f"NOT CHECKED against Shopify's own schema: no {BESIDE_THE_REPOSITORY} is here")
    ours = schema(frozenset({"US"}), frozenset({"USD"}))
    assert differences(ours, build_schema(PUBLISHED.read_text())) == NOT_IN_THE_EXCERPT


def test_the_comparison_notices_what_does_not_belong():
    ours = build_schema("type Query { a(x: Int = 1): Int, b: Int, c: String }")
    theirs = build_schema("type Query { a(x: Int = 2): Int, c: Int }")
    assert differences(ours, theirs) == {"Query.a(x)", "Query.b", "Query.c"}


def test_every_field_can_be_answered():
    for kind in executable(tiny.world()).type_map.values():
        if is_object_type(kind) and not kind.name.startswith("__"):
            silent = [name for name, field in kind.fields.items() if field.resolve is None]
            assert not silent, f"{kind.name} cannot answer {silent}"
