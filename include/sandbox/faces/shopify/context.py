"""What resolving a field needs besides its source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from include.sandbox.faces.shopify.connections import Key
from include.sandbox.faces.shopify.records import Finder
from include.sandbox.faces.shopify.shop import Shop


class BulkDesk(Protocol):
    """Where bulk operations are started and looked up; see `bulk.Bulk`."""

    def start(self, query: str, group_objects: bool) -> dict[str, Any]: ...

    def find(self, operation_id: str) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Context:
    """One request: the shop at its instant. `warnings` collects the searches' for the answer."""

    shop: Shop
    finder: Finder
    bulk: BulkDesk
    base_url: str
    warnings: list[dict[str, Any]] = field(default_factory=list)


Resolver = Callable[..., Any]
"""`(source, context, **arguments)`; gives JSON values for scalars, and sources for objects."""

Fields = Mapping[str, Mapping[str, Resolver]]


@dataclass(frozen=True)
class Connection:
    """A connection field: `items` lists all of it in ascending order of `key`, whatever the page."""

    items: Callable[..., Sequence[Any]]
    key: Callable[..., Callable[[Any], Key]]


Connections = Mapping[tuple[str, str], Connection]


def by_id(**arguments: Any) -> Callable[[Any], Key]:
    """The key of a connection that is always in order of id."""
    return lambda item: (item.id, item.id)
