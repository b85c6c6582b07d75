"""Orders name their day, their currency and what was bought."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.entering.payloads import never_null, new_payloads

CHECKS = (
    Check(
        "shopify_orders",
        new_payloads(
            "shopify_orders",
            """r.payload ->> 'createdAt' as created_at,
               r.payload ->> 'currencyCode' as currency,
               (r.payload #>> '{{totalPriceSet,shopMoney,amount}}')::float as total_amount,
               jsonb_array_length(r.payload #> '{{lineItems,nodes}}') as line_count""",
        ),
        "load_id",
        (
            *never_null("created_at", "currency", "total_amount"),
            gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
            gxe.ExpectColumnValuesToBeBetween(column="total_amount", min_value=0, mostly=0.999),
            gxe.ExpectColumnValuesToBeBetween(column="line_count", min_value=1, mostly=0.99),
        ),
    ),
)
