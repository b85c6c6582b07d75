"""The bulk walker: a validated query compiled once, then run over every record of a collection.

It reads through the same tables as single queries do, without the executor's cost per field.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from include.sandbox.faces.shopify.context import Connection, Context, Resolver

MOST_CONNECTIONS = 5
DEEPEST = 2
BATCH = 250

Reader = Callable[[Any, Context], Any]


class InvalidBulkQuery(Exception):
    """The query breaks a rule of bulk operations; the message is Shopify's."""


@dataclass
class Branch:
    """A connection: how to list its records, what to write of each, and the connections below."""

    name: str
    records: Callable[[Any, Context], Iterable[Any]]
    read: Reader
    global_id: Reader
    children: list["Branch"] = field(default_factory=list)


@dataclass
class Counts:
    objects: int = 0
    roots: int = 0


class BulkPlan:
    """A bulk query, checked against Shopify's rules and compiled to readers."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode, document: DocumentNode):
        from include.sandbox.faces.shopify.resolvers import CONNECTIONS, FIELDS

        self._schema, self._connections, self._fields = schema, CONNECTIONS, FIELDS
        definitions = document.definitions
        self._fragments = {
            node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._count = 0
        self.roots: list[Branch] = []
        self._compile(operation.selection_set, schema.query_type, self.roots, depth=0, in_list=False)
        if not self.roots:
            raise InvalidBulkQuery("Bulk queries must contain at least one connection.")

    def _compile(
        self, selection: SelectionSetNode, kind: Any, branches: list[Branch], *, depth: int, in_list: bool
    ) -> Reader:
        """A reader of a source's selected fields; connections among them go to `branches`."""
        readers: list[tuple[str, Reader]] = []
        for node, owner in self._flat(selection, kind):
            name = node.name.value
            key = node.alias.value if node.alias else name
            if name == "__typename":
                readers.append((key, _constant(owner.name)))
            elif (owner.name, name) in self._connections:
                branches.append(self._branch(node, owner, depth=depth, in_list=in_list))
            elif owner is self._schema.query_type and name in ("node", "nodes"):
                raise InvalidBulkQuery("Bulk queries cannot contain a top level `node` or `nodes` field.")
            else:
                readers.append((key, self._reader(node, owner, branches, depth=depth, in_list=in_list)))
        return lambda source, context: {key: read(source, context) for key, read in readers}

    def _flat(self, selection: SelectionSetNode, kind: Any) -> Iterator[tuple[FieldNode, Any]]:
        """The selected fields with fragments opened; an interface is read as its one implementation."""
        if not is_object_type(kind):
            kind = self._schema.get_possible_types(kind)[0]
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, kind
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set, kind)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._flat(self._fragments[node.name.value].selection_set, kind)

    def _reader(
        self, node: FieldNode, owner: Any, branches: list[Branch], *, depth: int, in_list: bool
    ) -> Reader:
        definition = owner.fields[node.name.value]
        read = _with_arguments(
            self._fields[owner.name][node.name.value], get_argument_values(definition, node)
        )
        kind = get_named_type(definition.type)
        if is_leaf_type(kind) or node.selection_set is None:
            return read
        is_list = _is_list(definition.type)
        inner = self._compile(node.selection_set, kind, branches, depth=depth, in_list=in_list or is_list)
        if kind.name == "MoneyBag":
            inner = _remembering(inner)
        return _each(read, inner) if is_list else _one(read, inner)

    def _branch(self, node: FieldNode, owner: Any, *, depth: int, in_list: bool) -> Branch:
        self._count += 1
        if in_list:
            raise InvalidBulkQuery("Bulk queries cannot contain a connection field within a list field.")
        if self._count > MOST_CONNECTIONS:
            raise InvalidBulkQuery(f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections.")
        if depth >= DEEPEST:
            raise InvalidBulkQuery(
                f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}."
            )
        name = node.name.value
        definition = owner.fields[name]
        arguments = get_argument_values(definition, node)
        record = get_named_type(get_named_type(definition.type).fields["nodes"].type)
        if not is_object_type(record):
            record = self._schema.get_possible_types(record)[0]
        children: list[Branch] = []
        selections = [
            part.selection_set
            for part in (node.selection_set.selections if node.selection_set else ())
            if isinstance(part, FieldNode) and part.name.value == "nodes" and part.selection_set
        ]
        if not selections:
            raise InvalidBulkQuery(f"Bulk queries must select `nodes` of the connection {name}.")
        read = self._compile(selections[0], record, children, depth=depth + 1, in_list=False)
        lister = _lister(self._connections[(owner.name, name)], arguments)
        return Branch(name, lister, read, self._fields[record.name]["id"], children)


def write(
    plan: BulkPlan, context: Context, path: Path, grouped: bool, report: Callable[[Counts], None]
) -> Counts:
    """Write the result. Grouped, children follow their parent; else each batch's parents come first."""
    counts = Counts()
    with path.open("wb") as file:
        for branch in plan.roots:
            remaining = iter(branch.records(None, context))
            while batch := list(islice(remaining, BATCH)):
                counts.roots += len(batch)
                _write_batch(file, branch, batch, context, counts, grouped)
                report(counts)
    return counts


def _write_batch(
    file: BinaryIO, branch: Branch, batch: list[Any], context: Context, counts: Counts, grouped: bool
) -> None:
    lines: list[bytes] = []
    later: list[list[bytes]] = []
    for record in batch:
        lines.append(orjson.dumps(branch.read(record, context)))
        below = list(_children(branch, record, context))
        if grouped:
            lines += below
        else:
            later.append(below)
    # Children of one parent end up apart, as they do at Shopify.
    for position in range(max(map(len, later), default=0)):
        lines += [below[position] for below in later if position < len(below)]
    counts.objects += len(lines)
    file.write(b"\n".join(lines) + b"\n")


def _children(branch: Branch, record: Any, context: Context) -> Iterator[bytes]:
    if not branch.children:
        return
    parent = branch.global_id(record, context)
    for child in branch.children:
        for item in child.records(record, context):
            row = child.read(item, context)
            row["__parentId"] = parent
            yield orjson.dumps(row)
            yield from _children(child, item, context)


def _lister(connection: Connection, arguments: dict[str, Any]) -> Callable[[Any, Context], Iterable[Any]]:
    paging = {"first", "after", "last", "before", "savedSearchId"}
    reverse = arguments.pop("reverse", False)
    kept = {name: value for name, value in arguments.items() if name not in paging}

    def items(source: Any, context: Context) -> Iterable[Any]:
        found = connection.items(source, context, **kept)
        return list(reversed(found)) if reverse else found

    return items


def _with_arguments(read: Resolver, arguments: dict[str, Any]) -> Reader:
    if not arguments:
        return read
    return lambda source, context: read(source, context, **arguments)


def _one(read: Reader, inner: Reader) -> Reader:
    def both(source: Any, context: Context) -> Any:
        value = read(source, context)
        return None if value is None else inner(value, context)

    return both


def _remembering(inner: Reader) -> Reader:
    """Most of a result is money, and the same amounts come again and again."""
    known: dict[int, Any] = {}

    def recall(minor: int, context: Context) -> Any:
        found = known.get(minor)
        if found is None:
            found = known[minor] = inner(minor, context)
        return found

    return recall


def _each(read: Reader, inner: Reader) -> Reader:
    return lambda source, context: [inner(value, context) for value in read(source, context)]


def _constant(value: Any) -> Reader:
    return lambda source, context: value


def _is_list(field_type: Any) -> bool:
    if isinstance(field_type, GraphQLNonNull):
        field_type = field_type.of_type
    return isinstance(field_type, GraphQLList)
