"""The shop as it stands at one instant: the world's facts that have become true, indexed."""

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from include.sandbox.faces.shopify.order_state import OrderState
from include.sandbox.faces.shopify.stock import Stock
from include.sandbox.world.model import (
    Checkout,
    Customer,
    Order,
    Product,
    ReturnLine,
    Variant,
    World,
)

COMPLAINT_REASONS = frozenset({"DEFECTIVE", "NOT_AS_DESCRIBED", "WRONG_ITEM"})


@dataclass(slots=True)
class CustomerState:
    """A customer, with the orders they had placed by then (tests included)."""

    customer: Customer
    orders: list[OrderState]
    updated_at: datetime
    granted: dict[str, tuple[bool, datetime]]
    has_open_complaint: bool

    @property
    def id(self) -> int:
        return self.customer.id


@dataclass(slots=True)
class ProductState:
    product: Product
    variants: list["VariantState"]
    updated_at: datetime

    @property
    def id(self) -> int:
        return self.product.id


@dataclass(slots=True)
class VariantState:
    """`price_minor` now; `previous_minor` is the price before the last change, if there was one."""

    variant: Variant
    product: Product
    price_minor: int
    previous_minor: int | None
    updated_at: datetime

    @property
    def id(self) -> int:
        return self.variant.id


@dataclass(slots=True)
class CheckoutState:
    checkout: Checkout
    updated_at: datetime
    completed_at: datetime | None

    @property
    def id(self) -> int:
        return self.checkout.id


class Shop:
    """Everything that happened before `now` (a window's end is not in it), computed when first asked for."""

    def __init__(self, world: World, now: datetime):
        self.world, self.now, self.company = world, now, world.company

    @cached_property
    def orders(self) -> dict[int, OrderState]:
        included = self.company.taxes_included
        return {
            order.id: OrderState(order, self.now, included)
            for order in self.world.orders
            if order.created_at < self.now
        }

    @cached_property
    def customers(self) -> dict[int, CustomerState]:
        orders: dict[int, list[OrderState]] = defaultdict(list)
        for state in self.orders.values():
            if state.order.customer_id is not None:
                orders[state.order.customer_id].append(state)
        known = (customer for customer in self.world.customers if customer.created_at < self.now)
        return {customer.id: self._customer(customer, orders[customer.id]) for customer in known}

    @cached_property
    def products(self) -> dict[int, ProductState]:
        by_product: dict[int, list[VariantState]] = defaultdict(list)
        for state in self.variants.values():
            by_product[state.product.id].append(state)
        return {
            number: ProductState(states[0].product, states, max(state.updated_at for state in states))
            for number, states in by_product.items()
        }

    @cached_property
    def variants(self) -> dict[int, VariantState]:
        products = {product.id: product for product in self.world.products if self._is_listed(product)}
        listed = (variant for variant in self.world.variants if variant.product_id in products)
        return {variant.id: self._variant(variant, products[variant.product_id]) for variant in listed}

    @cached_property
    def checkouts(self) -> dict[int, CheckoutState]:
        begun = (checkout for checkout in self.world.checkouts if checkout.created_at < self.now)
        return {checkout.id: self._checkout(checkout) for checkout in begun}

    @cached_property
    def every_variant(self) -> dict[int, Variant]:
        """Also those of deleted products: old orders still name their SKU."""
        return {variant.id: variant for variant in self.world.variants}

    @cached_property
    def every_product(self) -> dict[int, Product]:
        return {product.id: product for product in self.world.products}

    @cached_property
    def stock(self) -> Stock:
        return Stock(self.world, self.orders.values(), self.now)

    @cached_property
    def locations(self) -> dict[int, Any]:
        return {location.id: location for location in self.world.locations}

    def _is_listed(self, product: Product) -> bool:
        deleted = product.deleted_at is not None and product.deleted_at < self.now
        return product.created_at < self.now and not deleted

    def _variant(self, variant: Variant, product: Product) -> VariantState:
        prices = [change for change in variant.prices if change.at < self.now] or variant.prices[:1]
        newest = max(product.created_at, prices[-1].at)
        previous = prices[-2].price_minor if len(prices) > 1 else None
        return VariantState(variant, product, prices[-1].price_minor, previous, min(newest, self.now))

    def _checkout(self, checkout: Checkout) -> CheckoutState:
        completed = checkout.completed_at if _passed(checkout.completed_at, self.now) else None
        moments = (checkout.created_at, checkout.updated_at, completed)
        return CheckoutState(checkout, self._newest(moments), completed)

    def _customer(self, customer: Customer, orders: list[OrderState]) -> CustomerState:
        granted: dict[str, tuple[bool, datetime]] = {}
        for change in sorted(customer.consents, key=lambda change: change.at):
            if change.at < self.now:
                granted[change.purpose] = (change.granted, change.at)
        complaints = list(_complaints(state.order for state in orders))
        moments: list[datetime | None] = [customer.created_at]
        moments += [change.at for change in customer.consents]
        moments += [moment for state in orders for moment in _paying_moments(state.order)]
        moments += [moment for complaint in complaints for moment in complaint]
        is_open = any(begun < self.now and not _passed(ended, self.now) for begun, ended in complaints)
        return CustomerState(customer, orders, self._newest(moments), granted, is_open)

    def _newest(self, moments: Iterable[datetime | None]) -> datetime:
        return max(moment for moment in moments if moment is not None and moment < self.now)


class Shops:
    """The shop at the instant asked for, kept until the clock moves."""

    def __init__(self, world: World):
        self.world = world
        self._lock = threading.Lock()
        self._shop: Shop | None = None

    def at(self, now: datetime) -> Shop:
        with self._lock:
            if self._shop is None or self._shop.now != now:
                self._shop = Shop(self.world, now)
            return self._shop


def _passed(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment < now


def _paying_moments(order: Order) -> list[datetime | None]:
    return [order.created_at, order.paid_at, order.cancelled_at, *(refund.at for refund in order.refunds)]


def _complaints(orders: Iterable[Order]) -> Iterable[tuple[datetime, datetime | None]]:
    """Returns for a fault of ours count as complaints from the request until the case is closed."""
    for order in orders:
        for item in order.returns:
            if any(_is_our_fault(line) for line in item.lines):
                yield item.requested_at, item.closed_at


def _is_our_fault(line: ReturnLine) -> bool:
    return line.reason in COMPLAINT_REASONS
