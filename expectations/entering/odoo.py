"""Stock is a number, and most of it is not below zero (what is sold before it is received is)."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import never_null, new_payloads

CHECKS = (
    Check(
        "odoo_stock_quants",
        new_payloads("odoo_stock_quants", "(r.payload ->> 'quantity')::float as quantity"),
        "load_id",
        (
            *never_null("quantity"),
            gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=0, mostly=0.5),
        ),
    ),
)
