"""What an order's lines come to: its sales, its costs and its margins, in its own currency and in the company's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from include.sandbox.truth.company import Company, added, less
from include.sandbox.truth.fees import FeeTruth
from include.sandbox.truth.margins import Entry
from include.sandbox.truth.moments import ratio
from include.sandbox.truth.rates import Total

Row = dict[str, Any]
Amounts = tuple[Decimal | None, Decimal | None]  # in the order's currency, in the company's
Priced = tuple[Decimal, Decimal, Decimal | None, int]  # gross, discount, cost if known, units
BELOW_CM1 = ("payment_fees", "shipping_cost", "handling", "marketplace_fees", "return_handling")
NOTHING: Amounts = (Decimal(0), Decimal(0))
UNKNOWN: Amounts = (None, None)


def in_reporting(
    company: Company, currency: str, day: date, lines: Sequence[Priced], backs: Iterable[Row]
) -> Row:
    """The order's sums, converted line by line, and what its goods cost."""
    sums: dict[str, Total] = defaultdict(Total)
    units, costed = sum(line[-1] for line in lines), 0
    for gross, discount, cost, quantity in lines:
        sums["gross"].add(company.rates.convert(gross, currency, day))
        sums["discount"].add(company.rates.convert(discount, currency, day))
        if cost is not None:
            costed += quantity
            sums["own cost"].add(cost)
            sums["cost"].add(company.rates.convert(cost, currency, day))
    for back in backs:
        if back["kind"] != "adjustment" and back["is_sale_line"]:
            sums["cancel" if back["kind"] == "cancel" else "return"].add(back["reporting_amount"])
            then = back["order_rate_reporting_amount"]
            sums["fx"].add(less(back["reporting_amount"], then))
            if back["own_cost_back"] is not None:
                sums["own cost back"].add(back["own_cost_back"])
                sums["cost back"].add(back["cost_back_reporting_amount"])
    net = less(
        less(less(sums["gross"].value, sums["discount"].value), sums["return"].value), sums["cancel"].value
    )
    return {
        "currency": currency,
        "fx_rate": company.rates.rate(currency, day),
        "gross_sales_reporting_amount": sums["gross"].value,
        "discounts_reporting_amount": sums["discount"].value,
        "returns_reporting_amount": sums["return"].value,
        "cancelled_reporting_amount": sums["cancel"].value,
        "net_sales_reporting_amount": net,
        "fx_gain_loss_amount": sums["fx"].value,
        "cogs_amount": less(sums["own cost"].value, sums["own cost back"].value) if costed else None,
        "cogs_reporting_amount": less(sums["cost"].value, sums["cost back"].value) if costed else None,
        "cost_coverage": ratio(costed, units, 6),
    }


def extras_in_reporting(
    company: Company,
    currency: str,
    day: date,
    charged: tuple[Decimal, Decimal] | None,
    backs: Iterable[Row],
) -> Row:
    """Tax and shipping of a sale, each converted once; tax given back is worth what it is on its own day."""
    tax, shipping = Total(), Total()
    if charged:
        tax.add(company.rates.convert(charged[0], currency, day))
        shipping.add(company.rates.convert(charged[1], currency, day))
    for back in backs:
        if back["kind"] != "adjustment" and back["is_sale_line"]:
            given = company.rates.convert(back["tax_amount"], currency, back["refund_date"])
            tax.add(less(Decimal(0), given))
    return {"tax_reporting_amount": tax.value, "shipping_reporting_amount": shipping.value}


def charged_fees(fees: list[FeeTruth]) -> Amounts:
    """What the marketplace took; unknown until it posts the first fee."""
    if not fees:
        return UNKNOWN
    reporting = Total()
    for fee in fees:
        reporting.add(fee.reporting_amount)
    return sum((fee.amount for fee in fees), Decimal(0)), reporting.value


def costs_below(entries: Iterable[Entry], fees: Amounts) -> Row:
    """What comes below CM1: each kind in the order's currency, all of it in both."""
    own: dict[str, Total] = defaultdict(Total)
    reporting: dict[str, Total] = defaultdict(Total)
    for entry in entries:
        own[entry.kind].add(entry.own)
        reporting[entry.kind].add(entry.amount)
    own["marketplace_fees"].add(fees[0])
    reporting["marketplace_fees"].add(fees[1])
    below, below_reporting = Total(), Total()
    for kind in BELOW_CM1:
        below.add(own[kind].value)
        below_reporting.add(reporting[kind].value)
    return {f"{kind}_amount": own[kind].value for kind in BELOW_CM1} | {
        "below": below.value,
        "below_reporting": below_reporting.value,
    }


def with_margins(row: Row) -> Row:
    """CM1 when every unit's cost is known, CM2 when all that comes below it is as well."""
    below, below_reporting = row.pop("below", None), row.pop("below_reporting", None)
    is_whole, coverage = row["cost_coverage"] == 1, row["cost_coverage"]
    cm1 = less(row["net_sales_amount"], row["cogs_amount"]) if is_whole else None
    in_ours = less(row["net_sales_reporting_amount"], row["cogs_reporting_amount"]) if is_whole else None
    known = (coverage if below is not None else Decimal(0)) if row["is_sale"] else None
    return {
        **{f"{kind}_amount": None for kind in BELOW_CM1},
        **row,
        "cm1_amount": cm1,
        "cm1_reporting_amount": in_ours,
        "cm2_amount": less(cm1, below),
        "cm2_reporting_amount": less(in_ours, below_reporting),
        "cost_coverage_pct": None if known is None else 100 * known,
        "total_sales_reporting_amount": added(
            row["net_sales_reporting_amount"], row["tax_reporting_amount"], row["shipping_reporting_amount"]
        ),
    }
