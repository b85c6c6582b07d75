"""Checkouts begun and left, and what became of them."""

from datetime import datetime, timedelta

from include.sandbox.truth.moments import happened, local_day, money
from include.sandbox.truth.sales import Sales
from include.sandbox.world.model import Checkout, World

IDLE = timedelta(hours=24)


def states(world: World, now: datetime) -> dict[int, str]:
    """By checkout id, of all stores: 'recovered' when it was completed or the same person ordered since it
    began (anywhere; no test, not voided), 'abandoned' after 24 idle hours, else 'open'. Anonymous checkouts
    can only be completed."""
    shops = [Sales(one, now) for one in (world, *world.branches)]
    ordered: dict[str, datetime] = {}
    for shop in shops:
        for order in shop.orders:
            if order.customer_id is not None and not order.test and not shop.is_voided(order):
                who = shop.who(order.customer_id)
                ordered[who] = max(order.created_at, ordered.get(who, order.created_at))
    return {key: state for shop in shops for key, state in _of_shop(shop, ordered, now).items()}


def cart_rows(world: World, now: datetime) -> dict[int, dict[str, object]]:
    """The rows of `fct_abandoned_carts` by checkout id: what was in them and what became of them."""
    found = states(world, now)
    return {
        one.id: {
            "store_id": shop.company.shop_domain,
            "started_at": one.created_at.replace(microsecond=0),
            "last_activity_at": _touched(one, now).replace(microsecond=0),
            "business_date": local_day(shop, one.created_at),
            "state": found[one.id],
            "units": sum(line.quantity for line in one.lines),
            "value_amount": money(shop, sum(line.unit_price_minor * line.quantity for line in one.lines)),
            "currency": shop.company.currency,
        }
        for shop in (world, *world.branches)
        for one in shop.checkouts
        if one.id in found
    }


def _touched(checkout: Checkout, now: datetime) -> datetime:
    """When its person last did something with it; to finish it is to do something."""
    done = checkout.completed_at if happened(checkout.completed_at, now) else None
    return min(max(checkout.updated_at, done or checkout.updated_at), now)


def _of_shop(shop: Sales, ordered: dict[str, datetime], now: datetime) -> dict[int, str]:
    found: dict[int, str] = {}
    for checkout in shop.world.checkouts:
        if not happened(checkout.created_at, now):
            continue
        latest = ordered.get(shop.who(checkout.customer_id)) if checkout.customer_id else None
        if happened(checkout.completed_at, now) or (latest and latest >= checkout.created_at):
            found[checkout.id] = "recovered"
        else:
            found[checkout.id] = "abandoned" if checkout.updated_at <= now - IDLE else "open"
    return found
