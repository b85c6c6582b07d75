"""What a query costs and what a client may spend: Shopify's calculated cost and leaky bucket.

Fitted to recorded answers of real shops: an object with an id costs 1 and a plain value (money, an
address) nothing; a connection multiplies what is in it by ceil(2 ln first), plus 1 for its pageInfo; a
list without `first` counts as 10; a mutation costs 10. Example: `product{variants(first:250){nodes{
inventoryItem{id}}}}` is 1 + 12 * 2 = 25.
"""

import math
import threading
import time
from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_object_type,
    value_from_ast_untyped,
)

MOST_PER_QUERY = 1000
MUTATION_COST = 10
DEFAULT_LIST = 10


def weight(size: int) -> int:
    """How many times the content of a list of this size is charged."""
    return max(1, math.ceil(2 * math.log(size))) if size > 0 else 0


class Costing:
    """The cost of one operation: `requested()` by its arguments, `actual(data)` by what came back."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ):
        self._schema, self._operation = schema, operation
        self._fragments, self._variables = fragments, variables

    def requested(self) -> int:
        if self._operation.operation is OperationType.MUTATION:
            return MUTATION_COST
        return self._selected(self._operation.selection_set, self._schema.query_type, None, known=False)

    def actual(self, data: Any) -> int:
        if self._operation.operation is OperationType.MUTATION:
            return MUTATION_COST
        return self._selected(self._operation.selection_set, self._schema.query_type, data, known=True)

    def _selected(self, selection: SelectionSetNode | None, kind: Any, data: Any, *, known: bool) -> int:
        if selection is None or (known and data is None):
            return 0
        cost = 0
        for node in selection.selections:
            if isinstance(node, FieldNode):
                cost += self._field(node, kind, data, known=known)
            elif isinstance(node, InlineFragmentNode):
                inner = self._schema.type_map[node.type_condition.name.value] if node.type_condition else kind
                cost += self._selected(node.selection_set, inner, data, known=known)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                inner = self._schema.type_map[fragment.type_condition.name.value]
                cost += self._selected(fragment.selection_set, inner, data, known=known)
        return cost

    def _field(self, node: FieldNode, kind: Any, data: Any, *, known: bool) -> int:
        name = node.name.value
        if node.selection_set is None or name.startswith("__") or name not in kind.fields:
            return 0
        field_type = kind.fields[name].type
        named = get_named_type(field_type)
        value = data.get(node.alias.value if node.alias else name) if known and data else None
        if known and value is None:
            return 0
        if named.name.endswith("Connection"):
            return self._connection(node, named, value, known=known)
        if _is_list(field_type):
            size = len(value or ()) if known else self._argument(node, "first", DEFAULT_LIST)
            sample = value[0] if known and value else None
            return weight(size) * self._object(node, named, sample, known=known)
        return self._object(node, named, value, known=known)

    def _connection(self, node: FieldNode, kind: GraphQLObjectType, value: Any, *, known: bool) -> int:
        asked = self._argument(node, "first", self._argument(node, "last", DEFAULT_LIST))
        cost, largest = 0, 0
        for part in node.selection_set.selections if node.selection_set else ():
            if not isinstance(part, FieldNode):
                continue
            if part.name.value == "pageInfo":
                cost += 1
            elif part.name.value == "nodes":
                nodes = (value or {}).get(part.alias.value if part.alias else "nodes") or []
                size = len(nodes) if known else asked
                inner = get_named_type(kind.fields["nodes"].type)
                sample = nodes[0] if nodes else None
                largest = max(largest, weight(size) * self._object(part, inner, sample, known=known))
        return cost + largest

    def _object(self, node: FieldNode, kind: Any, value: Any, *, known: bool) -> int:
        own = 1 if (is_object_type(kind) or is_interface_type(kind)) and _has_id(kind) else 0
        return own + self._selected(node.selection_set, kind, value, known=known)

    def _argument(self, node: FieldNode, name: str, default: int) -> int:
        for argument in node.arguments or ():
            if argument.name.value == name:
                value = value_from_ast_untyped(argument.value, dict(self._variables))
                return value if isinstance(value, int) else default
        return default


def _is_list(field_type: Any) -> bool:
    if isinstance(field_type, GraphQLNonNull):
        field_type = field_type.of_type
    return isinstance(field_type, GraphQLList)


def _has_id(kind: GraphQLObjectType | GraphQLInterfaceType) -> bool:
    return "id" in kind.fields


class Buckets:
    """A leaky bucket per access token: 2000 points that refill at 100 a second, times the scale."""

    def __init__(self, scale: float):
        self.maximum, self.rate = 2000 * scale, 100 * scale
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def spend(self, token: str, cost: float) -> bool:
        """Take the points if they are there; a negative cost gives points back."""
        with self._lock:
            level = self._level(token)
            if cost > level:
                return False
            self._levels[token] = (min(level - cost, self.maximum), time.monotonic())
            return True

    def status(self, token: str) -> dict[str, float]:
        """Shopify's throttleStatus."""
        with self._lock:
            available = int(self._level(token))
        return {"maximumAvailable": self.maximum, "currentlyAvailable": available, "restoreRate": self.rate}

    def _level(self, token: str) -> float:
        level, at = self._levels.get(token, (self.maximum, time.monotonic()))
        return min(self.maximum, level + (time.monotonic() - at) * self.rate)
