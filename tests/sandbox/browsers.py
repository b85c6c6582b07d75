"""People who look around in the tiny company, or in any other: Ann, and Bob who never agreed to anything."""

from dataclasses import replace

from include.sandbox.world.hearsay import told_at
from include.sandbox.world.model import Browsing, Checkout, CheckoutLine, ConsentChange, Customer, World
from tests.sandbox import tiny
from tests.sandbox.tiny import NEVADA, at

ANN, BOB, GHOST = 1, 2, 3


def world(base: World | None = None) -> World:
    """Ann looks twice, adds and begins a checkout of two lines on the 5th, all within minutes; Bob looks on the 6th.

    Customer 3 has no e-mail: Klaviyo hears nothing of her. Ann agreed to mail and left a checkout on the 7th.
    """
    base = base or tiny.world()
    ann = base.customers[0]
    ann = replace(ann, consents=ann.consents or [ConsentChange(at(1), "email", True)])
    bob = Customer(BOB, "Bob", "Ray", "bob@example.com", None, NEVADA, at(2))
    ghost = Customer(GHOST, "No", "Mail", None, "+14155550111", NEVADA, at(2))
    return replace(
        base,
        customers=[ann, bob, ghost, *base.customers[1:]],
        browsing=[
            prompt("view", "Viewed Product", ANN, 101, day=5),
            prompt("look", "Viewed Product", ANN, 102, day=5, minute=5),
            prompt("add", "Added to Cart", ANN, 101, day=5, minute=7, quantity=2, value_minor=2000),
            *begun_checkout(),
            prompt("bob", "Viewed Product", BOB, 101, day=6),
            prompt("ghost", "Viewed Product", GHOST, 101, day=6),
            prompt("tomorrow", "Viewed Product", BOB, 101, day=20),
        ],
        checkouts=[*base.checkouts, Checkout(8101, ANN, at(7), at(8), [CheckoutLine(101, 1, 1000)])],
    )


def begun_checkout() -> list[Browsing]:
    moment = at(5, 12, 9)
    return [
        Browsing("checkout-a", moment, "Started Checkout", ANN, 101, 2, 2000, 8101),
        Browsing("checkout-b", moment, "Started Checkout", ANN, 102, 1, 700, 8101),
    ]


def prompt(
    name: str, kind: str, customer: int, variant: int, *, day: int, minute: int = 0, **more
) -> Browsing:
    """A deed that Klaviyo hears of at once."""
    return _drawn(name, kind, customer, variant, day, minute, False, **more)


def late(name: str, kind: str, customer: int, variant: int, *, day: int, minute: int = 0, **more) -> Browsing:
    """A deed that Klaviyo hears of hours later."""
    return _drawn(name, kind, customer, variant, day, minute, True, **more)


def _drawn(
    name: str, kind: str, customer: int, variant: int, day: int, minute: int, is_late: bool, **more
) -> Browsing:
    """Whether an event is late is drawn from its id."""
    amounts = {"quantity": 1, "value_minor": 1000, **more}
    moment = at(day, 12, minute)
    for number in range(10_000):
        fact = Browsing(f"{name}-{number}", moment, kind, customer, variant, **amounts)
        if (told_at(fact) > fact.at) == is_late:
            return fact
    raise AssertionError("no id draws that")
