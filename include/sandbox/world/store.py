"""What sets one store of the company apart from another: where its numbers begin and whom it knows."""

from dataclasses import dataclass

from include.sandbox.world.model import Customer


@dataclass(frozen=True, slots=True)
class Store:
    """`offset` is added to every numeric id, so that no two stores of a company share one.

    `advertises` stores have visitors who came by an ad; `carriers` empty means all of them; `regulars` are
    people of another store of whom some buy here too, with the same mail address.
    """

    offset: int = 0
    order_prefix: str = "#"
    sku_prefix: str = ""
    advertises: bool = True
    carriers: frozenset[str] = frozenset()
    mail_domains: tuple[str, ...] = ()
    regulars: tuple[Customer, ...] = ()


MAIN = Store()
