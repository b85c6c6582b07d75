"""An order as it looks at one instant: what has not happened yet is left out."""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter

from include.sandbox.world.model import Order, OrderLine, Parcel, Refund, Return, Scan


class OrderState:
    """One order at an instant. Sums are minor units; `taxes_included` is the shop's way of pricing."""

    __slots__ = ("_fulfillment", "_parts", "_refunded", "now", "order", "taxes_included", "updated_at")

    def __init__(self, order: Order, now: datetime, taxes_included: bool):
        self.order, self.now, self.taxes_included = order, now, taxes_included
        self.updated_at = max(moment for moment in events(order) if moment < now)
        self._parts: tuple[list[Refund], list[Return], list[Parcel]] | None = None
        self._refunded: dict[int, int] | None = None
        self._fulfillment: str | None = None

    @property
    def id(self) -> int:
        return self.order.id

    @property
    def refunds(self) -> list[Refund]:
        return self._visible()[0]

    @property
    def returns(self) -> list[Return]:
        return self._visible()[1]

    @property
    def parcels(self) -> list[Parcel]:
        return self._visible()[2]

    @property
    def is_cancelled(self) -> bool:
        return self.order.cancelled_at is not None and self.order.cancelled_at < self.now

    @property
    def is_paid(self) -> bool:
        return self.order.paid_at is not None and self.order.paid_at < self.now

    def refunded_quantity(self, line_id: int) -> int:
        """Units of a line taken off the order by refunds, cancellations included."""
        if self._refunded is None:
            self._refunded = {}
            for refund in self.refunds:
                for line in refund.lines:
                    self._refunded[line.line_id] = self._refunded.get(line.line_id, 0) + line.quantity
        return self._refunded.get(line_id, 0)

    def current_quantity(self, line: OrderLine) -> int:
        if self.is_cancelled and not self.refunds:
            return 0
        return line.quantity - self.refunded_quantity(line.id)

    def unshipped_quantity(self, line: OrderLine) -> int:
        """Units still to be sent: neither cancelled nor in a parcel."""
        if self.is_cancelled:
            return 0
        taken = (part for refund in self.refunds for part in refund.lines if part.line_id == line.id)
        cancelled = sum(part.quantity for part in taken if part.restock_type == "CANCEL")
        shipped = sum(parcel.line_quantities.get(line.id, 0) for parcel in self.parcels)
        return max(line.quantity - cancelled - shipped, 0)

    @property
    def subtotal(self) -> int:
        return sum(line.quantity * line.unit_price_minor - line.discount_minor for line in self.order.lines)

    @property
    def discounts(self) -> int:
        return sum(line.discount_minor for line in self.order.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax_minor for line in self.order.lines) + self.order.shipping_tax_minor

    @property
    def total(self) -> int:
        return self.subtotal + self.order.shipping_minor + (0 if self.taxes_included else self.tax)

    @property
    def current_total(self) -> int:
        """The total without what was taken off the order; money given as goodwill stays in."""
        if self.is_cancelled and not self.refunds:
            return 0
        goods = sum(line.subtotal_minor + line.tax_minor for refund in self.refunds for line in refund.lines)
        return self.total - goods - sum(refund.shipping_minor for refund in self.refunds)

    @property
    def received(self) -> int:
        return self.total if self.is_paid else 0

    @property
    def refunded(self) -> int:
        return sum(self.refund_total(refund) for refund in self.refunds)

    def refund_total(self, refund: Refund) -> int:
        """The money a refund gave back: none when nothing had been paid."""
        if self.order.paid_at is None or self.order.paid_at > refund.at:
            return 0
        goods = sum(line.subtotal_minor + line.tax_minor for line in refund.lines)
        return goods + refund.goodwill_minor + refund.shipping_minor

    @property
    def financial_status(self) -> str:
        if not self.is_paid:
            return "VOIDED" if self.is_cancelled else "PENDING"
        if self.refunded == 0:
            return "PAID"
        return "REFUNDED" if self.refunded >= self.received else "PARTIALLY_REFUNDED"

    @property
    def fulfillment_status(self) -> str:
        if self._fulfillment is None:
            waiting = any(self.unshipped_quantity(line) for line in self.order.lines)
            shipped = "PARTIALLY_FULFILLED" if waiting else "FULFILLED"
            self._fulfillment = shipped if self.parcels else "UNFULFILLED"
        return self._fulfillment

    @property
    def return_status(self) -> str:
        if not self.returns:
            return "NO_RETURN"
        return "RETURNED" if all(self.is_closed(item) for item in self.returns) else "IN_PROGRESS"

    def is_closed(self, item: Return) -> bool:
        return item.closed_at is not None and item.closed_at < self.now

    @property
    def closed_at(self) -> datetime | None:
        """Shopify archives an order once it is paid and shipped, or cancelled."""
        if self.is_cancelled:
            return self.order.cancelled_at
        if self.is_paid and self.fulfillment_status == "FULFILLED":
            return max([parcel.created_at for parcel in self.parcels] + [self.order.paid_at or self.now])
        return None

    def _visible(self) -> tuple[list[Refund], list[Return], list[Parcel]]:
        if self._parts is None:
            order, now = self.order, self.now
            self._parts = (
                [refund for refund in order.refunds if refund.at < now],
                [item for item in order.returns if item.requested_at < now],
                [parcel for parcel in order.parcels if parcel.created_at < now],
            )
        return self._parts


def events(order: Order) -> Iterator[datetime]:
    """Every instant at which Shopify would have touched the order's `updatedAt`."""
    yield order.created_at
    if order.paid_at:
        yield order.paid_at
    if order.cancelled_at:
        yield order.cancelled_at
    for refund in order.refunds:
        yield refund.at
    for item in order.returns:
        yield item.requested_at
        if item.closed_at:
            yield item.closed_at
    for parcel in order.parcels:
        yield parcel.created_at
        yield from (scan.seen_at for scan in status_changes(parcel))


def status_changes(parcel: Parcel) -> Iterator[Scan]:
    """The scans, in the order they became known, that changed the shown status."""
    status = ""
    for scan in sorted(parcel.scans, key=attrgetter("seen_at", "at")):
        if scan.status != status:
            status = scan.status
            yield scan
