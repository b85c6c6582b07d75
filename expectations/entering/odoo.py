"""Stock is a number, and hardly ever below zero."""

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
            gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=0, mostly=0.95),
        ),
    ),
)
