"""Who belongs into which audience, before consent, suppression and the holdout are asked.

Nobody is in two audiences of carts and looks at once, and nobody ordered since what brought them there.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from include.sandbox.truth.approachable import approachable, parcels_by_order, persons_orders
from include.sandbox.truth.carts import cart_rows
from include.sandbox.truth.company import Company
from include.sandbox.truth.moments import happened, money
from include.sandbox.truth.orders import order_rows
from include.sandbox.truth.people import person_rows, rfm_rows
from include.sandbox.truth.sales import Sales
from include.sandbox.truth.stock import FBA, shelf_rows
from include.sandbox.world.hearsay import told_at
from include.sandbox.world.model import Browsing, Checkout

CART_DAYS, LOOK_DAYS, FLOW_WRITES = timedelta(days=30), timedelta(days=14), timedelta(hours=72)
ARRIVED_FROM, ARRIVED_TO, LAPSED_AFTER, GOOD = 45, 14, 30, 4
Member = dict[str, Any]


def audience_rows(company: Company, day: date) -> dict[tuple[str, str], Member]:
    """The rows of `act_audience_member` by audience and who somebody is."""
    audiences = Audiences(company, day)
    carts, reminded = audiences.left_carts(), audiences.in_cart_flow()
    told = {
        "abandoned_cart": {who: row for who, row in carts.items() if who not in reminded},
        "viewed_not_bought": {who: row for who, row in audiences.looked().items() if who not in carts},
        "post_purchase": audiences.served(),
        "lapsed_valuable": audiences.lapsed(),
    }
    return {(name, who): row for name, members in told.items() for who, row in members.items()}


class Audiences:
    """One evening's; the people of each by who they are."""

    def __init__(self, company: Company, day: date):
        self.company, self.day, self.now = company, day, company.now
        self.last_order = approachable(company, day)
        self._sold_out = _sold_out(company)
        self._variants = {one.id: one for shop in company.shops for one in shop.world.variants}

    def left_carts(self) -> dict[str, Member]:
        """Their newest abandoned cart of 30 days of which something can still be bought."""
        newest: dict[str, tuple[datetime, str, Member]] = {}
        rows = cart_rows(self.company.world, self.now)
        for shop, checkout in self._checkouts():
            row = rows.get(checkout.id)
            if checkout.customer_id is None or row is None or row["state"] != "abandoned":
                continue
            at, who = row["last_activity_at"], shop.who(checkout.customer_id)
            assert isinstance(at, datetime)
            if at >= self.now - CART_DAYS and self._is_buyable(checkout):
                place = (at, _reversed(checkout.id), row)
                newest[who] = max(newest.get(who, place), place, key=lambda one: one[:2])
        return {
            who: self._member(who, row["value_amount"], row["currency"])
            for who, (at, _, row) in newest.items()
            if self._has_not_ordered_since(who, at)
        }

    def in_cart_flow(self) -> set[str]:
        """Whom the shop's own mails remind of their cart for three days."""
        allowed = {who for who, row in person_rows(self.company).items() if row["email_consent"]}
        shop = self.company.shops[0]
        return allowed & {
            shop.who(one.customer_id)
            for one in shop.world.checkouts
            if one.customer_id is not None
            and not (one.completed_at and one.completed_at <= self.now)
            and self.now - FLOW_WRITES < one.updated_at <= self.now
        }

    def looked(self) -> dict[str, Member]:
        """The dearest product that each looked at twice or put into the cart in 14 days, and did not buy since."""
        wanted: dict[str, tuple[Any, ...]] = {}
        bought = self._bought()
        for (who, product), events in self._looks().items():
            first, last = events[0].at, events[-1].at
            if not _is_interest(events) or any(at >= first for at in bought.get((who, product), ())):
                continue
            if all(self._variants[event.variant_id].sku in self._sold_out for event in events):
                continue
            value = max(event.value_minor for event in events)
            place = (value, last.replace(microsecond=0), _reversed(product))
            wanted[who] = max(wanted.get(who, place), place)
        shop = self.company.shops[0].world
        return {
            who: self._member(who, money(shop, value), shop.company.currency)
            for who, (value, last, _) in wanted.items()
            if self._has_not_ordered_since(who, last)
        }

    def served(self) -> dict[str, Member]:
        """Whose last order is two to six weeks old, arrived whole and stayed with them."""
        rows, parcels, found = order_rows(self.company), parcels_by_order(self.company, self.day), {}
        for who, shop, order in persons_orders(self.company):
            key = shop.world.company.shop_domain, order.name
            row, arrived = rows[key], parcels[key]
            if not shop.is_sale(order) or not happened(order.paid_at, self.now):
                continue
            if not ARRIVED_TO <= (self.day - row["business_date"]).days <= ARRIVED_FROM:
                continue
            came_back = any(happened(one.requested_at, self.now) for one in order.returns)
            came_back |= any(kind != "cancel" for _, _, kind in shop.refunded(order))
            is_last = self.last_order.get(who) == order.created_at.replace(microsecond=0)
            if is_last and not came_back and arrived and all(one.is_delivered for one in arrived):
                found[who] = self._member(who, row["net_sales_amount"], shop.world.company.currency)
        return found

    def lapsed(self) -> dict[str, Member]:
        """Who spent much and has not ordered for more than a month."""
        return {
            who: self._member(who, row["monetary_amount"], self.company.world.company.currency)
            for who, row in rfm_rows(self.company, self.day).items()
            if row["m_score"] is not None and row["m_score"] >= GOOD and row["r_score"] <= 2
            and row["recency_days"] > LAPSED_AFTER and who in self.last_order
        }  # fmt: skip

    def _member(self, who: str, value: object, currency: object) -> Member:
        return {"value_amount": value, "currency": currency, "last_order_at": self.last_order[who]}

    def _has_not_ordered_since(self, who: str, at: datetime) -> bool:
        if who not in self.last_order:
            return False
        last = self.last_order[who]
        return last is None or last < at

    def _checkouts(self) -> Iterator[tuple[Sales, Checkout]]:
        return ((shop, one) for shop in self.company.shops for one in shop.world.checkouts)

    def _is_buyable(self, checkout: Checkout) -> bool:
        return any(self._variants[line.variant_id].sku not in self._sold_out for line in checkout.lines)

    def _looks(self) -> dict[tuple[str, int], list[Browsing]]:
        """What our analytics have heard of 14 days, by person and product, oldest first."""
        shop, found = self.company.shops[0], defaultdict(list)
        for event in sorted(shop.world.browsing, key=lambda event: event.at):
            if self.now - LOOK_DAYS <= event.at < self.now and happened(told_at(event), self.now):
                product = self._variants[event.variant_id].product_id
                found[shop.who(event.customer_id), product].append(event)
        return found

    def _bought(self) -> dict[tuple[str, int], list[datetime]]:
        found: dict[tuple[str, int], list[datetime]] = defaultdict(list)
        for who, _, order in persons_orders(self.company):
            if not order.test:
                for line in order.lines:
                    found[who, self._variants[line.variant_id].product_id].append(order.created_at)
        return found


def _is_interest(events: list[Browsing]) -> bool:
    last = {event.kind: event.at for event in events}
    added, checkout = last.get("Added to Cart"), last.get("Started Checkout")
    is_in_cart = added is not None and (checkout is None or checkout < added)
    return is_in_cart or sum(event.kind == "Viewed Product" for event in events) >= 2


def _sold_out(company: Company) -> set[str]:
    """SKUs of which no shelf of ours has one to sell; a marketplace's shelf serves its own."""
    left: dict[str, Decimal] = defaultdict(Decimal)
    for (sku, place), row in shelf_rows(company.world, company.now).items():
        if place != FBA:
            left[sku] += Decimal(str(row["available"]))
    return {sku for sku, units in left.items() if units <= 0}


def _reversed(number: int) -> str:
    """Of two numbers the one that is told first as a text sorts last."""
    return "".join(chr(ord("~") - ord(digit)) for digit in str(number)) + "~"
