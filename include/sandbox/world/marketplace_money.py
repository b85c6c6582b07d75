"""What the marketplace charges for a line sold, and what it gives back with a refund."""

from datetime import datetime

from include.sandbox.world.model import Fee, Listing, MarketplaceLine, MarketplaceRefundLine
from include.sandbox.world.money import tax_of

CHEAP_UNTIL = 1_500  # groceries up to 15.00 pay 8 %, above 15 %
CHEAP_PERCENT, USUAL_PERCENT, PROMOTION_PERCENT = 8, 15, 10
KEPT_PERCENT, KEPT_AT_MOST = 20, 500


def fees(listing: Listing, quantity: int, paid_minor: int) -> tuple[Fee, ...]:
    """The commission on what the buyer paid without tax and, where the marketplace packs, its work."""
    percent = CHEAP_PERCENT if paid_minor <= CHEAP_UNTIL * quantity else USUAL_PERCENT
    owed = [Fee("Commission", -(paid_minor * percent // 100))]
    if listing.fulfilled_by == "AMAZON":
        owed.append(Fee("FBAPerUnitFulfillmentFee", -quantity * (45 + listing.price_minor * 6 // 100)))
    return tuple(owed)


def invoice_line(
    number: str,
    listing: Listing,
    quantity: int,
    is_promoted: bool,
    rate: float,
    shipping_minor: int,
    shipping_discount_minor: int,
) -> MarketplaceLine:
    goods = listing.price_minor * quantity
    discount = goods * PROMOTION_PERCENT // 100 if is_promoted else 0
    return MarketplaceLine(
        id=number,
        seller_sku=listing.seller_sku,
        quantity=quantity,
        unit_price_minor=listing.price_minor,
        discount_minor=discount,
        tax_minor=tax_of(goods - discount, rate, False),
        shipping_minor=shipping_minor,
        fees=fees(listing, quantity, goods - discount + shipping_minor),
        shipping_discount_minor=shipping_discount_minor,
    )


def refund_part(
    line: MarketplaceLine, quantity: int, reason: str, disposition: str | None, returned_at: datetime | None
) -> MarketplaceRefundLine:
    """The buyer's money for that many units, without shipping. The commission comes back less a fifth of it,
    five dollars at most, kept for the trouble; the fulfilment fee does not."""
    paid = line.unit_price_minor * line.quantity - line.discount_minor
    commission = -sum(fee.amount_minor for fee in line.fees if fee.kind == "Commission")
    back = commission * quantity // line.quantity
    given = [Fee("Commission", back)]
    if kept := min(KEPT_AT_MOST, back * KEPT_PERCENT // 100):
        given.append(Fee("RefundCommission", -kept))
    return MarketplaceRefundLine(
        line_id=line.id,
        quantity=quantity,
        amount_minor=paid * quantity // line.quantity,
        tax_minor=line.tax_minor * quantity // line.quantity,
        fees=tuple(given),
        reason=reason,
        disposition=disposition,
        returned_at=returned_at,
    )
