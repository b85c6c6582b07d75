"""Small readers shared by the tables of fields."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from include.sandbox.faces.shopify.context import Context, Resolver
from include.sandbox.faces.shopify.order_state import OrderState
from include.sandbox.faces.shopify.values import gid, instant

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class Part(Generic[T]):
    """A part of an order (a line, a refund, a parcel...) with the order it belongs to."""

    state: OrderState
    of: T

    @property
    def id(self) -> int:
        return self.of.id  # type: ignore[attr-defined]


def value(path: str) -> Resolver:
    """Read an attribute, dots included."""
    read = attrgetter(path)
    return lambda source, context: read(source)


def when(path: str) -> Resolver:
    """Read an instant."""
    read = attrgetter(path)
    return lambda source, context: instant(read(source))


def gid_of(kind: str) -> Resolver:
    """The source's global id."""
    return lambda source, context: gid(kind, source.id)


def same(source: Any, context: Context) -> Any:
    """The field is another view of its own source."""
    return source
